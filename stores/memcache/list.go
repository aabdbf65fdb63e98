package memcache

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

// A list is a part of what there is in a partition: memcached finds nothing but by its name, so Range needs to be told the sorts. Each is
// in the part that its hash says, so that many who write to one partition do not wait for each other.
//
// A sort is added before its item is written, and an item that is not there is passed over. Two rules keep every item listed that is
// there, whatever process dies or stands still:
//
//   - Who creates an item lists its sort anew, under another id, also where it is listed already.
//   - Who has deleted an item takes only that entry out which he saw before he deleted: under its id.
//
// What expires is listed until some time after, and taken out by who writes the list later.
type list struct {
	partition string
	part      int
	entries   []listEntry // by sort
	cas       uint64      // 0: there is no list
}

type listEntry struct {
	sort  string    // or the prefix of a run
	run   bool      // all sorts that a run has
	id    uint32    // of this listing
	until time.Time // when it ends to be listed; zero: never
}

const (
	listParts = 16
	// maxList is how many bytes a part may have: memcached takes no more than a mebibyte.
	maxList = 1_000_000
)

// partOf returns the part that a sort is in.
func partOf(sort string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(sort)) // it never fails
	return int(h.Sum32() % listParts)
}

func (l *list) find(sort string, run bool) (int, bool) {
	return slices.BinarySearchFunc(l.entries, listEntry{sort: sort, run: run}, compareEntries)
}

func compareEntries(a, b listEntry) int {
	if a.run != b.run {
		if b.run {
			return -1
		}
		return 1
	}
	return strings.Compare(a.sort, b.sort)
}

// with returns the list with an entry added or replaced, and without those that have ended.
func (l *list) with(e listEntry, now time.Time) *list {
	next := l.without(func(o listEntry) bool {
		return !o.until.IsZero() && o.until.Add(slack).Before(now)
	})
	i, there := next.find(e.sort, e.run)
	if there {
		next.entries[i] = e
		return next
	}
	next.entries = slices.Insert(next.entries, i, e)
	return next
}

func (l *list) without(ended func(listEntry) bool) *list {
	next := *l
	next.entries = slices.DeleteFunc(slices.Clone(l.entries), ended)
	return &next
}

func (l *list) value() []byte {
	var w writer
	w.byte(formList)
	w.text(l.partition)
	w.uint(uint64(l.part))
	w.uint(uint64(len(l.entries)))
	for _, e := range l.entries {
		kind := byte(0)
		if e.run {
			kind = 1
		}
		w.byte(kind)
		w.text(e.sort)
		w.b = binary.LittleEndian.AppendUint32(w.b, e.id)
		w.time(e.until)
	}
	return w.b
}

// life is how long the list is needed; 0: for ever.
func (l *list) life(now time.Time) time.Duration {
	last := now.Add(time.Second)
	for _, e := range l.entries {
		if e.until.IsZero() {
			return 0
		}
		if e.until.After(last) {
			last = e.until
		}
	}
	return last.Sub(now)
}

func readList(partition string, part int, it *memcache.Item) (*list, error) {
	l := &list{partition: partition, part: part}
	if it == nil {
		return l, nil
	}
	l.cas = it.CasID
	r := reader{rest: it.Value}
	form := r.byte()
	if form == formDeleted && len(it.Value) == 1 {
		return l, nil
	}
	bad := form != formList || r.text() != partition || r.uint() != uint64(part)
	for n := r.uint(); n > 0 && !r.bad && !bad; n-- {
		l.entries = append(l.entries, r.entry())
	}
	if bad || r.bad || len(r.rest) > 0 {
		return nil, fmt.Errorf("list of partition %q: %w", partition, errForm)
	}
	return l, nil
}

func (r *reader) entry() listEntry {
	e := listEntry{run: r.byte() == 1, sort: r.text()}
	if len(r.rest) < 4 {
		r.bad = true
		return e
	}
	e.id, r.rest = binary.LittleEndian.Uint32(r.rest), r.rest[4:]
	e.until = r.time()
	return e
}

// enlist lists a sort, or the prefix of a run, until a time, under a new id. l is the list as it was read.
func (s *Store) enlist(ctx context.Context, l *list, sort string, run bool, until time.Time) error {
	e := listEntry{sort: sort, run: run, id: rand.Uint32(), until: until} //nolint:gosec // G404: another one than before, no secret
	return s.changeList(ctx, l, func(l *list) (*list, error) {
		if i, there := l.find(sort, run); there && lasts(l.entries[i].until, e.until) {
			e.until = l.entries[i].until
		}
		next := l.with(e, s.now())
		if size := len(next.value()); size > maxList {
			return nil, fmt.Errorf("list %q of partition %q: it would have %d bytes, and memcached takes %d: the partition has too many items",
				sort, l.partition, size, maxList)
		}
		return next, nil
	})
}

// lasts reports whether until is no earlier than another time; the zero time is never.
func lasts(until, other time.Time) bool {
	return until.IsZero() || !other.IsZero() && !until.Before(other)
}

// delist takes out an entry that was seen before its item was deleted.
func (s *Store) delist(ctx context.Context, l *list, seen listEntry) error {
	return s.changeList(ctx, l, func(l *list) (*list, error) {
		next := l.without(func(o listEntry) bool { return o.sort == seen.sort && o.run == seen.run && o.id == seen.id })
		if len(next.entries) == len(l.entries) {
			return nil, nil
		}
		return next, nil
	})
}

// changeList computes a list anew until it could be written. change returns nil where nothing is to be written.
func (s *Store) changeList(ctx context.Context, l *list, change func(*list) (*list, error)) error {
	for try := 0; ; try++ {
		next, err := change(l)
		if err != nil || next == nil {
			return err
		}
		name := s.names.list(l.partition, l.part)
		err = s.client.write(ctx, name, next.value(), l.cas, next.life(s.now()))
		if !errors.Is(err, errElse) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
		if l, err = s.loadList(ctx, l.partition, l.part); err != nil {
			return err
		}
	}
}

func (s *Store) loadList(ctx context.Context, partition string, part int) (*list, error) {
	name := s.names.list(partition, part)
	found, err := s.client.gets(ctx, name)
	if err != nil {
		return nil, err
	}
	return readList(partition, part, found[name])
}

// pause waits a little before a further try, the longer the more there were.
func pause(ctx context.Context, try int) error {
	longest := min(100*time.Microsecond<<min(try, 10), 50*time.Millisecond)
	timer := time.NewTimer(rand.N(longest)) //nolint:gosec // G404: spreads tries, hides nothing
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
