package core_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A stillStore answers no write once it stands still.
type stillStore struct {
	core.Store
	still bool
}

func (s *stillStore) Create(ctx context.Context, it core.Item) (uint64, error) {
	if s.still {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	return s.Store.Create(ctx, it)
}

// TestPublishIntoAStandstill: it is the store that a publisher hears of, as his own request has all the time in the world.
func TestPublishIntoAStandstill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &stillStore{Store: memory.New(nil)}
		f := newOffice(t, store, nil, &core.Destination{Name: "news"})
		defer f.set.Drain()
		f.publish("news", "a", "before")
		store.still = true
		start := time.Now()
		_, err := f.set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news", Subtopic: "a"}, Body: "now"})
		if got := core.AsFault(err); got == nil || got.Code != core.Unavailable {
			t.Errorf("got %v, want that the store is unavailable", err)
		}
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("it took %v, want 15 s", took)
		}
	})
}
