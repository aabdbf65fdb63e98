package core

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A log is one shard of a destination: numbered entries, each appended by a conditional put behind the last one. So nothing in flight
// stands behind what is read, and readers never skip. docs/delivery.md says what is promised and why it holds.
type log struct {
	set         *ChannelSet
	destination *Destination
	shard       int
	partition   string
	metaKey     Key // of the head hint

	mu      sync.Mutex
	tail    tail              // the last entry that this process knows of
	hint    uint64            // the head hint as this process knows it
	queue   []*publisher      // who waits for an append to be part of
	leading bool              // somebody appends
	bridges map[int]time.Time // those of Options.Bridges that are known to have a lease here; until when one rests that has failed

	pump pump
}

// logKind is what the names of logs' partitions begin with, behind the realm's.
const logKind = "t/"

func logName(destination string, shard int) string { return fmt.Sprintf("%s/%d", destination, shard) }

// A tail is the last entry of a log.
type tail struct {
	number   uint64
	appended time.Time // zero for a gap, and where nothing is known: never young
}

// The ages that the rules of the log rest on. A number must never come twice nor stand behind a cursor, also where the store removes
// entries late and out of order: while the tail is younger than youngTail the next number is free or taken by who was faster, since
// nothing that was appended after the tail can have been removed before afterExpiry.
const (
	youngTail   = 24 * time.Hour
	afterExpiry = 48 * time.Hour // how long an entry stays in the store beyond its expiry
	jumpLength  = 1000
	hintEvery   = 100 // appends
	hintMust    = 500 // so far behind, the hint is raised before anything is appended
	putTries    = 5
)

func newLog(s *ChannelSet, d *Destination, shard int) *log {
	l := &log{set: s, destination: d, shard: shard}
	l.partition = s.partition(logKind, logName(d.Name, shard))
	l.metaKey = s.key(metaKind+logName(d.Name, shard), "head")
	l.pump.init(l)
	return l
}

func (l *log) key(number uint64) Key { return Key{l.partition, sortOf(number)} }

// append puts messages at the end of the log, as one entry, and returns its number.
func (l *log) append(ctx context.Context, messages []*Message) (uint64, error) {
	e, err := l.newEntry(messages)
	if err != nil {
		return 0, err
	}
	err = retry(ctx, func(anew bool) error {
		e.begun = l.set.Now()
		if e.number, err = l.next(ctx, anew); err != nil {
			return err
		}
		return l.put(ctx, e)
	})
	if err != nil {
		return 0, fmt.Errorf("append to %s: %w", l.partition, err)
	}
	l.appended(ctx, e)
	return e.number, nil
}

func (l *log) newEntry(messages []*Message) (*entry, error) {
	nonce, err := l.set.newNonce()
	return &entry{nonce: nonce, messages: messages}, err
}

// put creates an entry under its number. An answer that leaves open whether it is there has the same number tried again: it holds
// this entry, or another, or nothing. The error is a *ConflictError where another one is there.
func (l *log) put(ctx context.Context, e *entry) error {
	e.appended = l.set.Now()
	body, err := e.form(l.set.maxEntry)
	if err != nil {
		return err
	}
	it := Item{Key: l.key(e.number), Expires: l.physicalExpiry(e), Body: body}
	for try := range putTries {
		if err = pause(ctx, try); err != nil {
			break
		}
		_, err = l.set.store.Create(ctx, it)
		if err == nil {
			return l.inTime(ctx, e)
		}
		if conflict, ok := errors.AsType[*ConflictError](err); ok {
			return l.putConflict(ctx, e, conflict)
		}
	}
	return storeError("append", err)
}

// inTime takes an entry back that was put long after its number was looked for, since its process stood still: what stood at that
// number may have been removed meanwhile, and readers be further. A gap takes its place, and all starts again.
func (l *log) inTime(ctx context.Context, e *entry) error {
	if e.isGap() || l.set.Now().Sub(e.begun) <= appendTimeout {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendTimeout)
	defer cancel()
	items, err := l.set.store.Get(ctx, l.key(e.number))
	if err != nil || len(items) == 0 {
		return storeError("take back log entry", err)
	}
	gap := &entry{number: e.number, appended: e.appended}
	if items[0].Body, err = gap.form(l.set.maxEntry); err != nil {
		return err
	}
	if _, err := l.set.store.Replace(ctx, items[0]); err != nil && !isConflict(err) {
		return storeError("take back log entry", err)
	}
	return &ConflictError{Key: items[0].Key}
}

// putConflict tells this entry, whose first answer was lost, from another one.
func (l *log) putConflict(ctx context.Context, e *entry, conflict *ConflictError) error {
	present, err := l.present(ctx, e.number, conflict.Present)
	switch {
	case err != nil:
		return err
	case present != nil && present.nonce == e.nonce:
		return l.inTime(ctx, e)
	}
	return conflict
}

// present returns the entry with that number, or nil. known is its item, where that is known.
func (l *log) present(ctx context.Context, number uint64, known *Item) (*entry, error) {
	if known == nil {
		items, err := l.set.store.Get(ctx, l.key(number))
		if err != nil || len(items) == 0 {
			return nil, storeError("load log entry", err)
		}
		known = &items[0]
	}
	return readEntry(l.destination.Name, *known)
}

// physicalExpiry is when the store may remove an entry. One that is a Trimmer removes nothing by itself.
func (l *log) physicalExpiry(e *entry) time.Time {
	if l.set.trimmer != nil {
		return time.Time{}
	}
	return e.expires().Add(afterExpiry)
}

// appended notes what this process has put at the end, wakes who waits for it, and now and then raises the head hint.
func (l *log) appended(ctx context.Context, e *entry) {
	l.saw(e)
	l.pump.nudge(e.number)
	l.set.tell(ctx, l, e.number)
	l.mu.Lock()
	due := l.usesHints() && e.number >= l.hint+hintEvery
	l.mu.Unlock()
	if !due {
		return
	}
	if err := l.raiseHint(ctx, e.number); err != nil {
		l.set.opts.Logger.WarnContext(ctx, "head hint not raised", "partition", l.partition, "error", err)
	}
}

// knownTail returns the last entry that this process has seen.
func (l *log) knownTail() tail {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail
}

// saw notes an entry that stands in the log.
func (l *log) saw(e *entry) {
	t := tail{number: e.number, appended: e.appended}
	if e.isGap() {
		t.appended = time.Time{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.number > l.tail.number {
		l.tail = t
	}
}
