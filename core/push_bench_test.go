package core_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A nowhere takes what is pushed and does nothing with it.
type nowhere struct{}

func (nowhere) Push(context.Context, string, []core.Delivery) error { return nil }
func (nowhere) CloseSocket(context.Context, string) error           { return nil }

// BenchmarkPublishToSockets measures a publish with its pushes, and says how often it uses the store.
func BenchmarkPublishToSockets(b *testing.B) {
	for _, sockets := range []int{0, 1, 1000} {
		b.Run(fmt.Sprintf("%d sockets", sockets), func(b *testing.B) {
			store := &counting{Store: memory.New(nil)}
			set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Pusher: nowhere{}})
			set.AddDestination(&core.Destination{Name: "news"})
			b.Cleanup(func() { _ = set.Close() })
			for i := range sockets {
				r := &core.SubscribeRequest{Subscription: on("news", "")}
				if err := subscribePush(b.Context(), set, fmt.Sprint("s", i), r); err != nil {
					b.Fatal(err)
				}
			}
			p := &core.Publication{Topic: core.Topic{Destination: "news"}, Body: packedText(b)}
			if _, err := set.Publish(b.Context(), nil, p); err != nil {
				b.Fatal(err)
			}
			store.reset()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.Publish(b.Context(), nil, p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(store.reads())/float64(b.N), "reads/op")
			b.ReportMetric(float64(store.writes.Load())/float64(b.N), "writes/op")
		})
	}
}
