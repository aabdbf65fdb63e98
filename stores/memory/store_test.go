package memory_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/stores/storetest"
)

func open(*testing.T) core.Store { return memory.New(nil) }

func TestStore(t *testing.T) { storetest.Run(t, open) }

func TestSessions(t *testing.T) { storetest.Sessions(t, open) }

func TestMessaging(t *testing.T) { storetest.Messaging(t, open) }

// plain is the store with no more than the six verbs, as those are that remove by themselves and cannot wait.
type plain struct{ core.Store }

func TestMessagingByPlainVerbs(t *testing.T) {
	storetest.Messaging(t, func(*testing.T) core.Store { return plain{memory.New(nil)} })
}

// TestExpiredAreRemoved: what nobody reads any more does not stay in memory.
func TestExpiredAreRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memory.New(nil)
		const items = 1000
		for i := range items {
			put(t, s, core.Item{Key: core.Key{Partition: fmt.Sprint(i), Sort: "x"}, Expires: time.Now().Add(time.Minute)})
		}
		time.Sleep(2 * time.Minute)
		for i := range items {
			put(t, s, core.Item{Key: core.Key{Partition: "kept", Sort: fmt.Sprint(i % 3)}})
			put(t, s, core.Item{Key: core.Key{Partition: fmt.Sprint("kept ", i), Sort: "x"}})
		}
		if got, most := s.Len(), items+3+items/10; got > most {
			t.Errorf("%d items are in memory, want at most %d", got, most)
		}
	})
}

// TestWrittenOften: what is written again and again takes no more memory than what was written once, and is removed when it expires, be
// that earlier or later than it was to.
func TestWrittenOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memory.New(nil)
		write := func(sort string, ttl time.Duration) {
			put(t, s, core.Item{Key: core.Key{Partition: "p", Sort: sort}, Expires: time.Now().Add(ttl)})
		}
		for range 100 {
			write("later", time.Minute)
			time.Sleep(time.Second)
		}
		write("earlier", time.Hour)
		write("earlier", time.Minute)
		write("deleted", time.Minute)
		if err := s.Delete(t.Context(), core.Key{Partition: "p", Sort: "deleted"}, 0); err != nil {
			t.Fatal(err)
		}
		if got := s.Expiring(); got != 2 {
			t.Errorf("%d expiries are in memory, want one for each item", got)
		}
		for _, c := range []struct {
			after time.Duration
			want  int
		}{{58 * time.Second, 2}, {time.Second, 1}, {time.Second, 0}} {
			time.Sleep(c.after)
			put(t, s, core.Item{Key: core.Key{Partition: "p", Sort: "kept"}})
			if got := s.Len() - 1; got != c.want {
				t.Errorf("%v later there are %d items, want %d", c.after, got, c.want)
			}
		}
	})
}

func put(t testing.TB, s *memory.Store, it core.Item) {
	t.Helper()
	if _, err := s.Put(t.Context(), it); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkCreate(b *testing.B) {
	for _, size := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("in a partition of %d", size), func(b *testing.B) {
			s := memory.New(nil)
			for i := range size {
				put(b, s, core.Item{Key: core.Key{Partition: "p", Sort: fmt.Sprintf("%020d", i*7919%size)}})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				key := core.Key{Partition: "p", Sort: fmt.Sprintf("%020d+", i*7919%size)}
				put(b, s, core.Item{Key: key})
				if err := s.Delete(b.Context(), key, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
