package services

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// The names, subtopics and replay of topics are a contract with foreign clients.
func TestTopics(t *testing.T) {
	type topic struct {
		Name              string
		Subtopics, Replay bool
		TTL               time.Duration
	}
	var got []topic
	for _, d := range newSet().Destinations() {
		if d.Separator != "." {
			t.Errorf("%s: separator %q", d.Name, d.Separator)
		}
		got = append(got, topic{d.Name, !d.NoSubtopics, d.Replay, d.TTL})
	}
	want := []topic{
		{"chat", false, true, 30 * time.Second},
		{"clock", false, false, 30 * time.Second},
		{"coordinates", false, true, 30 * time.Second},
		{"messages", true, false, 30 * time.Minute},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestClock: the clock ticks once a second, in however many instances it goes.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(nil)
		set, other := ChannelSet(store, nil, quiet), ChannelSet(store, nil, quiet)
		ctx, cancel := context.WithCancel(t.Context())
		feed := set.NewFeed()
		if err := feed.Subscribe(ctx, nil, &core.SubscribeRequest{Subscription: core.Subscription{Topic: core.Topic{Destination: "clock"}}}); err != nil {
			t.Fatal(err)
		}
		var clocks sync.WaitGroup
		time.Sleep(300 * time.Millisecond) // the clock shows full seconds, whenever it starts
		clocks.Go(func() { runClock(ctx, set) })
		clocks.Go(func() { runClock(ctx, other) })
		begun := time.Now().Truncate(time.Second)
		for i := 1; i <= 3; {
			events, err := feed.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				var got time.Time
				if err := e.Message.Body.Bind(&got, set.Registry(), value.Limits{}); err != nil {
					t.Fatal(err)
				}
				if want := begun.Add(time.Duration(i) * time.Second); !got.Equal(want) {
					t.Errorf("message %d: got %v, want %v", i, got, want)
				}
				i++
			}
		}
		cancel()
		clocks.Wait()
		feed.Close(context.WithoutCancel(ctx))
		other.Drain()
		_ = set.Close()
	})
}
