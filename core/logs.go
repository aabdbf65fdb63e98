package core

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// A destinationLogs is a destination as this process knows it: its settings, what is stored about it, and its logs.
type destinationLogs struct {
	set         *ChannelSet
	destination *Destination
	in          meter // of what is published
	pushed      meter // of what this process has pushed, by row
	rowPage     int   // push rows that are read, and so are in memory, at once

	mu     sync.Mutex
	meta   destinationMeta
	logs   map[int]*log // by shard
	loaded time.Time    // when meta was read; zero: not yet
}

func newDestinationLogs(s *ChannelSet, d *Destination) *destinationLogs {
	return &destinationLogs{set: s, destination: d, logs: map[int]*log{}, rowPage: pushRowPage}
}

// A destinationMeta is what is stored about a destination. It is never deleted.
type destinationMeta struct {
	// epoch is random and made once: a cursor of another epoch is of logs that are lost.
	epoch string
	// counts are the counts of shards that messages which may still live were published under, and when that was last noted.
	counts  []shardCount
	version uint64
}

type shardCount struct {
	shards int
	noted  time.Time
}

// A destination's meta, and what is noted of each of its logs, lie in partitions of this kind.
const (
	metaKind = "m/"
	metaSort = "meta"
)

const (
	metaForm    = 1
	metaFresh   = time.Minute // how long a process believes what it has read
	countNoted  = time.Hour   // how old the note of the own count may be
	epochLetter = 8
)

func (m *destinationMeta) form() []byte {
	w := formWriter{b: []byte{metaForm}}
	w.text(m.epoch)
	w.uint(uint64(len(m.counts)))
	for _, c := range m.counts {
		w.uint(uint64(c.shards))
		w.time(c.noted)
	}
	return w.b
}

func readMeta(it Item) (m destinationMeta, err error) {
	_, r, err := readForm(it.Body, metaForm)
	if err != nil {
		return m, err
	}
	m.version, m.epoch = it.Version, r.text()
	for range r.count() {
		m.counts = append(m.counts, shardCount{int(r.uint()), r.time()})
	}
	return m, r.err
}

// load returns what is stored about the destination, as it was a minute ago at most, and makes it where there is nothing. The
// destination's own count of shards is always in it.
func (l *destinationLogs) load(ctx context.Context) (destinationMeta, error) {
	now := l.set.Now()
	l.mu.Lock()
	meta, loaded := l.meta, l.loaded
	l.mu.Unlock()
	if !loaded.IsZero() && now.Sub(loaded) < metaFresh {
		return meta, nil
	}
	err := retry(ctx, func(bool) (err error) {
		meta, err = l.reload(ctx, now)
		return err
	})
	if err != nil {
		return destinationMeta{}, fmt.Errorf("load destination %q: %w", l.destination.Name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.meta, l.loaded = meta, now
	return meta, nil
}

// reload reads the meta, and writes it where the note of the own count is missing or old.
func (l *destinationLogs) reload(ctx context.Context, now time.Time) (meta destinationMeta, err error) {
	key := l.set.key(metaKind+l.destination.Name, metaSort)
	items, err := l.set.store.Get(ctx, key)
	if err != nil {
		return meta, storeError("load destination", err)
	}
	if len(items) > 0 {
		if meta, err = readMeta(items[0]); err != nil {
			return meta, err
		}
	} else if meta.epoch, err = l.newEpoch(); err != nil {
		return meta, err
	}
	own := slices.IndexFunc(meta.counts, func(c shardCount) bool { return c.shards == l.destination.Shards })
	if own >= 0 && now.Sub(meta.counts[own].noted) < countNoted {
		return meta, nil
	}
	meta.counts = slices.DeleteFunc(meta.counts, func(c shardCount) bool {
		return c.shards == l.destination.Shards || now.Sub(c.noted) > l.destination.MaxTTL+2*countNoted
	})
	meta.counts = append(meta.counts, shardCount{l.destination.Shards, now})
	meta.version, err = l.set.save(ctx, Item{Key: key, Version: meta.version, Body: meta.form()})
	return meta, storeError("save destination", err)
}

func (l *destinationLogs) newEpoch() (string, error) {
	raw := make([]byte, epochLetter*6/8)
	if _, err := io.ReadFull(l.set.opts.Random, raw); err != nil {
		return "", fmt.Errorf("make epoch: %w", err)
	}
	return idText.EncodeToString(raw), nil
}

// shardsOf returns the shards, in order, in which messages for a subscription to subtopic may lie.
func (l *destinationLogs) shardsOf(meta *destinationMeta, subtopic string) []int {
	var shards []int
	for _, c := range meta.counts {
		if !isWildcard(subtopic) {
			shards = append(shards, shardOfSubtopic(subtopic, c.shards))
			continue
		}
		for shard := range c.shards {
			shards = append(shards, shard)
		}
	}
	slices.Sort(shards)
	return slices.Compact(shards)
}

// log returns the log of a shard.
func (l *destinationLogs) log(shard int) *log {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.logs[shard] == nil {
		l.logs[shard] = newLog(l.set, l.destination, shard)
	}
	return l.logs[shard]
}
