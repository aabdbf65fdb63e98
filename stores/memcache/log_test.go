//go:build peers

package memcache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// newTestLog returns a log that has begun, and its end.
func newTestLog(t *testing.T, address string) (log testLog, end uint64) {
	t.Helper()
	log = testLog{t, New(address, nil)}
	t.Cleanup(func() { _ = log.store.Close() })
	if log.append(1) {
		t.Fatal("a log begins with number 1")
	}
	return log, log.end()
}

// another returns the log as another process sees it.
func (l testLog) another() testLog {
	l.t.Helper()
	s := New(string(l.store.client.address), nil)
	l.t.Cleanup(func() { _ = s.Close() })
	return testLog{l.t, s}
}

// grow appends entries and returns the number of the last.
func (l testLog) grow(entries int) uint64 {
	l.t.Helper()
	end := l.end()
	for range entries {
		end++
		if !l.append(end) {
			l.t.Fatalf("number %d is not free", end)
		}
	}
	return end
}

// after returns the numbers of the entries behind one, as far as one call gives them.
func (l testLog) after(number uint64) []uint64 {
	l.t.Helper()
	items, err := l.store.Range(l.t.Context(), testPartition, sortOf("", number), 0, 0)
	if err != nil {
		l.t.Fatal(err)
	}
	numbers := make([]uint64, len(items))
	for i, it := range items {
		_, numbers[i], _ = numbered(it.Sort)
	}
	return numbers
}

func (l testLog) wantAfter(number uint64, want ...uint64) {
	l.t.Helper()
	if got := l.after(number); !slices.Equal(got, want) && len(got)+len(want) > 0 {
		l.t.Fatalf("behind %d stand %v, want %v", number, got, want)
	}
}

// lose removes entries as memcached does to make room.
func (l testLog) lose(numbers ...uint64) {
	l.t.Helper()
	for _, number := range numbers {
		name := l.store.names.item(core.Key{Partition: testPartition, Sort: sortOf("", number)})
		if err := l.store.client.lib.Delete(name); err != nil {
			l.t.Fatal(err)
		}
	}
}

// half appends an entry as a process does that dies before it has raised the run.
func (l testLog) half(ctx context.Context, number uint64) error {
	rec := l.store.fresh(core.Item{Key: core.Key{Partition: testPartition, Sort: sortOf("", number)}})
	return l.store.store(ctx, rec, 0)
}

// TestLogsAtOnce: many processes append while others read, and some die in the middle of it. A number is there only after the one before
// it, and readers skip nothing.
func TestLogsAtOnce(t *testing.T) {
	log, begin := newTestLog(t, servers.Run(t, servers.Memcached()).Address)
	const writers, readers, each = 5, 4, 150
	var written atomic.Int64
	var group sync.WaitGroup
	for w := range writers {
		own := log.another()
		group.Go(func() {
			for n := range each {
				if err := appendSomewhere(t.Context(), own, (n+w)%20 == 0); err != nil {
					t.Error(err)
					return
				}
				written.Add(1)
			}
		})
	}
	for range readers {
		own := log.another()
		group.Go(func() {
			for at := begin; at < begin+writers*each && !t.Failed(); {
				items, err := own.store.Range(t.Context(), testPartition, sortOf("", at), 16, 0)
				if err != nil {
					t.Error(err)
					return
				}
				for _, it := range items {
					if at++; it.Sort != sortOf("", at) {
						t.Errorf("read %s, want number %d", it.Sort, at)
						return
					}
				}
			}
		})
	}
	group.Wait()
	if got, want := log.end(), begin+uint64(written.Load()); got != want {
		t.Errorf("the log ends at %d, want %d", got, want)
	}
}

// appendSomewhere appends an entry behind the end, as core does.
func appendSomewhere(ctx context.Context, l testLog, dies bool) error {
	for {
		last, err := l.store.Last(ctx, testPartition)
		if err != nil {
			return err
		}
		_, end, _ := numbered(last.Sort)
		if dies {
			err = l.half(ctx, end+1)
		} else {
			_, err = l.store.Create(ctx, core.Item{Key: core.Key{Partition: testPartition, Sort: sortOf("", end+1)}})
		}
		if _, conflict := errors.AsType[*core.ConflictError](err); !conflict && !errors.Is(err, errElse) {
			return err
		}
	}
}

// TestEntryBeyondTheRun: an entry whose process died before it raised the run is read, found as the last, and its number is not given again.
func TestEntryBeyondTheRun(t *testing.T) {
	log, begin := newTestLog(t, servers.Run(t, servers.Memcached()).Address)
	end := log.grow(40)
	if err := log.half(t.Context(), end+1); err != nil {
		t.Fatal(err)
	}
	log.wantAfter(end, end+1)
	// Whoever has seen it believes that readers do, from wherever they come.
	log.wantAfter(end-4, end-3, end-2, end-1, end, end+1)
	log.wantAfter(end-20, span{end - 19, end + 1}.numbers()...)
	log.wantAfter(begin-1, span{begin + 1, end + 1}.numbers()...)
	if got := log.end(); got != end+1 {
		t.Errorf("the log ends at %d, want %d", got, end+1)
	}
	if log.append(end + 1) {
		t.Error("its number was given again")
	}
	if r, err := log.store.loadRun(t.Context(), testPartition, ""); err != nil || !r.covers(end+1) {
		t.Errorf("who met it has not raised the run: %v, %v", r.spans, err)
	}
	far := end + 1000 // behind a jump nobody looks for it, but who tries the number meets it
	if err := log.half(t.Context(), far); err != nil {
		t.Fatal(err)
	}
	log.wantAfter(end + 1)
	if log.append(far) {
		t.Error("its number was given again")
	}
	log.wantAfter(end+1, far)
}

// TestLostEntries: what memcached has removed to make room is passed over, and its numbers do not come again, wherever it stood.
func TestLostEntries(t *testing.T) {
	log, begin := newTestLog(t, servers.Run(t, servers.Memcached()).Address)
	end := log.grow(30)
	log.lose(end-20, end-19)
	log.wantAfter(end-22, append([]uint64{end - 21}, span{end - 18, end}.numbers()...)...)
	log.lose(end, end-1)
	if got := log.end(); got != end {
		t.Errorf("the log ends at %d after its last entries were lost, want %d as before", got, end)
	}
	for _, number := range []uint64{end, end - 1, end - 20} {
		if log.append(number) {
			t.Errorf("number %d, whose entry was lost, was given again", number)
		}
	}
	if !log.append(end + 1) {
		t.Errorf("number %d is not free", end+1)
	}
	log.wantAfter(end, end+1)
	for _, number := range log.after(begin) {
		log.lose(number)
	}
	if log.append(1) || log.append(end+1) || log.end() != end+1 || !log.append(end+2) {
		t.Errorf("a log whose entries are lost ends at %d, where it had come to %d", log.end(), end+1)
	}
}

func (s span) numbers() []uint64 {
	var all []uint64
	for n := s.first; n <= s.last; n++ {
		all = append(all, n)
	}
	return all
}

// TestLongGoneIsForgotten: numbers at a log's beginning that are gone are looked for once.
func TestLongGoneIsForgotten(t *testing.T) {
	log, begin := newTestLog(t, servers.Run(t, servers.Memcached()).Address)
	end := log.grow(600)
	for number := begin + 1; number < end-10; number++ {
		log.lose(number)
	}
	cost := func() core.Units {
		ctx, meter := core.WithMeter(t.Context())
		items, err := log.store.Range(ctx, testPartition, "", 0, 0)
		if err != nil || len(items) != 11 {
			t.Fatalf("got %d entries, %v; want 11", len(items), err)
		}
		return meter.Units()
	}
	if first, then := cost(), cost(); first.Reads < 10 || then.Reads > 3 || then.Writes > 0 {
		t.Errorf("the first read from the beginning cost %v, the second %v", first, then)
	}
}

// TestStrays: a log with other sorts too is as good as any partition.
func TestStrays(t *testing.T) {
	log, begin := newTestLog(t, servers.Run(t, servers.Memcached()).Address)
	stray := core.Item{Key: core.Key{Partition: testPartition, Sort: "stray"}, Body: []byte("x")}
	version, err := log.store.Create(t.Context(), stray)
	if err != nil {
		t.Fatal(err)
	}
	end := begin + 2
	if !log.append(end-1) || !log.append(end) {
		t.Fatal("the log has no room beside the stray")
	}
	items, err := log.store.Range(t.Context(), testPartition, sortOf("", begin), 0, 0)
	if err != nil || len(items) != 3 || items[2].Sort != "stray" {
		t.Errorf("got %d items, %v; want two entries and the stray", len(items), err)
	}
	if last, err := log.store.Last(t.Context(), testPartition); err != nil || last.Sort != "stray" {
		t.Errorf("Last is %q, %v; want the stray", last.Sort, err)
	}
	if err := log.store.Delete(t.Context(), stray.Key, version); err != nil {
		t.Fatal(err)
	}
	if got := log.end(); got != end {
		t.Errorf("without the stray the log ends at %d, want %d", got, end)
	}
}

// TestCosts: in commands, when all has begun.
func TestCosts(t *testing.T) {
	log, begin := newTestLog(t, servers.Run(t, servers.Memcached()).Address)
	s := log.store
	end := log.grow(3)
	kept := core.Item{Key: core.Key{Partition: "realm1/c/x", Sort: "client"}}
	var err error
	if kept.Version, err = s.Create(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		verb func(ctx context.Context) error
		want core.Units
	}{
		{"get of three", func(ctx context.Context) error {
			_, err := s.Get(ctx, kept.Key, core.Key{Partition: "a", Sort: "b"}, kept.Key)
			return err
		}, core.Units{Reads: 1}},
		{"idle read at a log's end", rangeAfter(s, end), core.Units{Reads: 1}},
		{"read of what is new", rangeAfter(s, end-2), core.Units{Reads: 1}},
		{"last entry", func(ctx context.Context) error { _, err := s.Last(ctx, testPartition); return err }, core.Units{Reads: 3}},
		{"append", func(ctx context.Context) error {
			_, err := s.Create(ctx, core.Item{Key: core.Key{Partition: testPartition, Sort: sortOf("", end+1)}})
			return err
		}, core.Units{Reads: 1, Writes: 2}},
		{"append where an entry is", func(ctx context.Context) error {
			_, err := s.Create(ctx, core.Item{Key: core.Key{Partition: testPartition, Sort: sortOf("", begin)}})
			if _, ok := errors.AsType[*core.ConflictError](err); !ok {
				return fmt.Errorf("got %w, want a conflict", err)
			}
			return nil
		}, core.Units{Reads: 1}},
		{"replace", func(ctx context.Context) (err error) { kept.Version, err = s.Replace(ctx, kept); return err }, core.Units{Reads: 1, Writes: 1}},
		{"put of what is there", func(ctx context.Context) (err error) { kept.Version, err = s.Put(ctx, kept); return err }, core.Units{Reads: 1, Writes: 1}},
		{"create", func(ctx context.Context) error {
			_, err := s.Create(ctx, core.Item{Key: core.Key{Partition: "realm1/c/x", Sort: "x/channel"}})
			return err
		}, core.Units{Reads: 1, Writes: 2}},
		{"delete", func(ctx context.Context) error { return s.Delete(ctx, kept.Key, kept.Version) }, core.Units{Reads: 1, Writes: 2}},
	} {
		ctx, meter := core.WithMeter(t.Context())
		if err := c.verb(ctx); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := meter.Units(); got != c.want {
			t.Errorf("%s costs %+v, want %+v", c.name, got, c.want)
		}
	}
}

func rangeAfter(s *Store, number uint64) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.Range(ctx, testPartition, sortOf("", number), 128, 512<<10)
		return err
	}
}

// BenchmarkAppend is one process that appends to a log.
func BenchmarkAppend(b *testing.B) {
	s := New(servers.Run(b, servers.Memcached()).Address, nil)
	defer func() { _ = s.Close() }()
	number := uint64(1 << 62)
	b.ReportAllocs()
	for b.Loop() {
		number++
		_, err := s.Create(b.Context(), core.Item{Key: core.Key{Partition: testPartition, Sort: sortOf("", number)}, Body: make([]byte, 500)})
		if _, conflict := errors.AsType[*core.ConflictError](err); err != nil && !conflict { // the first, which begins the log
			b.Fatal(err)
		}
	}
}

// BenchmarkRange reads a log's end, and pages of a log.
func BenchmarkRange(b *testing.B) {
	s := New(servers.Run(b, servers.Memcached()).Address, nil)
	defer func() { _ = s.Close() }()
	for n := range 1000 {
		it := core.Item{Key: core.Key{Partition: "plain", Sort: sortOf("", uint64(n))}, Body: make([]byte, 500)}
		if _, err := s.Create(b.Context(), it); err != nil {
			b.Fatal(err)
		}
	}
	for _, n := range []int{0, 1, 128} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				items, err := s.Range(b.Context(), "plain", sortOf("", uint64(999-n)), 128, 0)
				if err != nil || len(items) != n {
					b.Fatal(len(items), err)
				}
			}
		})
	}
}
