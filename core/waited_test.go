package core_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A waitedStore looks at what is waited for.
type waitedStore struct {
	*memory.Store
	t     *testing.T
	waits atomic.Int64
}

func (s *waitedStore) Wait(ctx context.Context, after []core.Key) error {
	for _, key := range after {
		if s.waits.Add(1); !core.Waited(key.Partition) {
			s.t.Errorf("core waits for what is written to %q, and Waited says that it does not", key.Partition)
		}
	}
	return s.Store.Wait(ctx, after)
}

// TestWaited: Waited names all that is waited for, and not what sessions write.
func TestWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &waitedStore{Store: memory.New(nil), t: t}
		p := newInstance(t, store, nil)
		p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
		if got := p.poll(core.PollRequest{Wait: time.Minute}); len(got) != 0 || store.waits.Load() == 0 {
			t.Errorf("got %v after %d waits, want nothing after some", got, store.waits.Load())
		}
		synctest.Wait()
	})
	for _, partition := range []string{"realm1/c/t/1", "realm1/e/1/0", "realm1/meta", "realm1/m/news/0", "t/", ""} {
		if core.Waited(partition) {
			t.Errorf("Waited(%q): there is nothing to wait for", partition)
		}
	}
}
