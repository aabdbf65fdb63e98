package services

import (
	"context"
	"log/slog"
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

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := ChannelSet(memory.New(nil), slog.New(slog.DiscardHandler), nil)
		ctx, cancel := context.WithCancel(t.Context())
		feed := set.NewFeed()
		if err := feed.Subscribe(ctx, nil, &core.SubscribeRequest{Subscription: core.Subscription{Topic: core.Topic{Destination: "clock"}}}); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		time.Sleep(300 * time.Millisecond) // the clock shows full seconds, whenever it starts
		go func() { runClock(ctx, set); close(ended) }()
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
		<-ended
		feed.Close(context.WithoutCancel(ctx))
		_ = set.Close()
	})
}
