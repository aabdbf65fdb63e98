package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// together runs f n times at once and fails the test with the first error of each.
func together(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			if err := f(i); err != nil {
				t.Errorf("worker %d: %v", i, err)
			}
		})
	}
	group.Wait()
}

func isConflict(err error) bool {
	_, ok := errors.AsType[*core.ConflictError](err)
	return ok
}

func testCreateRace(s *subject) {
	t := s.t
	var mu sync.Mutex
	var winners []core.Item
	together(t, 16, func(i int) error {
		it := s.item("a", strconv.Itoa(i))
		version, err := s.Create(t.Context(), it)
		if isConflict(err) {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		it.Version = version
		winners = append(winners, it)
		return err
	})
	if len(winners) != 1 {
		t.Fatalf("%d creates of one item succeeded", len(winners))
	}
	s.wantOnly(winners[0])
}

func testReplaceRace(s *subject) {
	t := s.t
	const workers, each = 8, 20
	s.mustCreate(s.item("n", "0"))
	together(t, workers, func(int) error {
		for range each {
			if err := increment(t.Context(), s.Store, s.key("n")); err != nil {
				return err
			}
		}
		return nil
	})
	if got, want := string(s.present("n").Body), strconv.Itoa(workers*each); got != want {
		t.Errorf("after %s increments the item holds %s", want, got)
	}
}

// increment adds one to the number that an item holds, by compare-and-set.
func increment(ctx context.Context, s core.Store, key core.Key) error {
	for {
		items, err := s.Get(ctx, key)
		if err != nil || len(items) != 1 {
			return fmt.Errorf("get: %d items, %w", len(items), err)
		}
		n, err := strconv.Atoi(string(items[0].Body))
		if err != nil {
			return err
		}
		items[0].Body = strconv.AppendInt(nil, int64(n+1), 10)
		if _, err = s.Replace(ctx, items[0]); !isConflict(err) {
			return err
		}
	}
}

// testAppend: writers append by conditional create behind the end that they know, and readers follow with a cursor. A number exists
// only after its predecessor, so a reader that sees one has seen all before it.
func testAppend(s *subject) {
	t := s.t
	const writers, readers, each = 4, 3, 40
	total := writers * each
	together(t, writers+readers, func(i int) error {
		if i < writers {
			return appendEntries(t.Context(), s, fmt.Sprintf("writer %d", i), each)
		}
		return followEntries(t.Context(), s, total)
	})
	items, err := s.Range(t.Context(), s.p, "", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) == 0 || items[0].Sort != entry(1) {
		t.Fatalf("the log does not begin with %q", entry(1))
	}
}

func entry(n int) string { return fmt.Sprintf("%020d", n) }

func appendEntries(ctx context.Context, s *subject, body string, count int) error {
	tail := 0
	for range count {
		for {
			tail++
			if _, err := s.Create(ctx, s.item(entry(tail), body)); err == nil {
				break
			} else if !isConflict(err) {
				return fmt.Errorf("append %d: %w", tail, err)
			}
		}
	}
	return nil
}

// followEntries reads until it has seen all entries, each once and in order.
func followEntries(ctx context.Context, s *subject, total int) error {
	cursor := 0
	for cursor < total {
		items, err := s.Range(ctx, s.p, entry(cursor), 16, 0)
		if err != nil {
			return fmt.Errorf("read after %d: %w", cursor, err)
		}
		for _, it := range items {
			if cursor++; it.Sort != entry(cursor) {
				return fmt.Errorf("read %q, want %q", it.Sort, entry(cursor))
			}
		}
	}
	return nil
}
