package core_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// newBenchSet returns a set with the destination "news" and a number of connections that have subscribed to it.
func newBenchSet(b *testing.B, subscribers int) (*core.ChannelSet, []*core.Connection) {
	b.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
	set.AddDestination(&core.Destination{Name: "news"})
	b.Cleanup(func() { _ = set.Close() })
	conns := make([]*core.Connection, subscribers)
	for i := range conns {
		client, err := set.NewClient(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if conns[i], err = set.Connect(b.Context(), "c", client); err != nil {
			b.Fatal(err)
		}
		r := &core.SubscribeRequest{Subscription: core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}}
		if err := set.Subscribe(b.Context(), nil, conns[i], r); err != nil {
			b.Fatal(err)
		}
	}
	return set, conns
}

func packedText(b *testing.B) value.Packed {
	b.Helper()
	body, err := value.PackValue(map[string]any{"from": "ann", "text": "hello there"}, nil, value.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func BenchmarkPublish(b *testing.B) {
	set, _ := newBenchSet(b, 0)
	p := &core.Publication{Topic: core.Topic{Destination: "news"}, Body: packedText(b)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Publish(b.Context(), nil, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPublishMany(b *testing.B) {
	set, _ := newBenchSet(b, 0)
	p := &core.Publication{Topic: core.Topic{Destination: "news"}, Body: packedText(b)}
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := set.Publish(b.Context(), nil, p); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkPoll(b *testing.B) {
	for _, messages := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("%d messages", messages), func(b *testing.B) {
			set, conns := newBenchSet(b, 1)
			p := &core.Publication{Topic: core.Topic{Destination: "news"}, Body: packedText(b)}
			id := conns[0].Client().ID()
			var polls atomic.Int64
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for range messages {
					if _, err := set.Publish(b.Context(), nil, p); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				_, conn, err := set.LoadConnection(context.Background(), "c", id)
				if err != nil {
					b.Fatal(err)
				}
				batch, err := set.Poll(context.Background(), conn, &core.PollRequest{ID: fmt.Sprint(polls.Add(1))})
				if err != nil || len(batch.Deliveries) != messages {
					b.Fatalf("%d messages, %v", len(batch.Deliveries), err)
				}
			}
		})
	}
}
