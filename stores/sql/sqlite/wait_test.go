package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/sqlite"
)

func mustPut(t testing.TB, s core.Store, partition, sort string) {
	t.Helper()
	if _, err := s.Put(t.Context(), core.Item{Key: core.Key{Partition: partition, Sort: sort}}); err != nil {
		t.Fatal(err)
	}
}

// TestWaitElsewhere: who waits hears of what this store writes at once, and of what another one writes to the file soon.
func TestWaitElsewhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	here, elsewhere := open(t, path, nil), open(t, path, nil)
	for _, test := range []struct {
		name   string
		writer core.Store
		within time.Duration
	}{{"here", here, 200 * time.Millisecond}, {"elsewhere", elsewhere, time.Second}} {
		waited := make(chan error, 1)
		go func() { waited <- here.Wait(t.Context(), []core.Key{{Partition: test.name, Sort: "a"}}) }()
		time.Sleep(50 * time.Millisecond) // so that it waits
		start := time.Now()
		mustPut(t, test.writer, test.name, "b")
		if err := <-waited; err != nil || time.Since(start) > test.within {
			t.Errorf("%s: woken after %s, %v", test.name, time.Since(start), err)
		}
	}
	waited := make(chan error, 1)
	go func() { waited <- here.Wait(t.Context(), []core.Key{{Partition: "nothing", Sort: "a"}}) }()
	time.Sleep(10 * time.Millisecond)
	if err := here.Close(); err != nil {
		t.Error(err)
	}
	if err := <-waited; err == nil {
		t.Error("Wait goes on after Close")
	}
}

// TestTwoProcesses: two stores on one file write at once and lose nothing.
func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	stores := []core.Store{open(t, path, nil), open(t, path, nil)}
	const writers, each = 8, 25
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				it := core.Item{Key: core.Key{Partition: "p", Sort: fmt.Sprintf("%d/%03d", w, i)}}
				if _, err := stores[w%2].Create(t.Context(), it); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	for _, s := range stores {
		if items, err := s.Range(t.Context(), "p", "", 1000, 0); err != nil || len(items) != writers*each {
			t.Errorf("%d items, %v; want %d", len(items), err, writers*each)
		}
	}
}

// TestExpiredAreRemoved: what has expired does not stay in the file, and is not removed while any clock may think that it lives.
func TestExpiredAreRemoved(t *testing.T) {
	var offset atomic.Int64
	start := time.Now()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path, &sqlite.Options{Now: func() time.Time { return start.Add(time.Duration(offset.Load())) }, Relaxed: true})
	const items = 1000
	for i := range items {
		it := core.Item{Key: core.Key{Partition: "p", Sort: fmt.Sprint(i)}, Expires: start.Add(time.Hour)}
		if _, err := s.Create(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		after time.Duration
		want  int
	}{{time.Hour + 30*time.Second, items + 1}, {time.Hour + 2*time.Minute, 1}} {
		offset.Store(int64(test.after))
		for range 10 {
			mustPut(t, s, "p", "kept")
		}
		if got := rows(t, path); got != test.want {
			t.Errorf("%d rows after %s, want %d", got, test.after, test.want)
		}
	}
}
