//go:build peers

package pubsub_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	apiv1 "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/patchbay-go/patchbay/adapters/pubsub"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/tests/servers"
)

const project = "demo"

// An emulator is Google's, with clients to look at what is in it.
type emulator struct {
	address string
	topics  *apiv1.TopicAdminClient
	subs    *apiv1.SubscriptionAdminClient
	server  *servers.Server
}

func emulate(t *testing.T) *emulator {
	t.Helper()
	e := &emulator{server: servers.Run(t, servers.PubSub())}
	e.address = e.server.Address
	opts := []option.ClientOption{
		option.WithEndpoint(e.address), option.WithoutAuthentication(), option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
	ctx := context.WithoutCancel(t.Context())
	var err error
	if e.topics, err = apiv1.NewTopicAdminClient(ctx, opts...); err != nil {
		t.Fatal(err)
	}
	if e.subs, err = apiv1.NewSubscriptionAdminClient(ctx, opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = e.topics.Close(), e.subs.Close() })
	return e
}

// topic makes a topic with a subscription of the same name that keeps order.
func (e *emulator) topic(t *testing.T, name string) {
	t.Helper()
	if _, err := e.topics.CreateTopic(t.Context(), &pubsubpb.Topic{Name: "projects/demo/topics/" + name}); err != nil {
		t.Fatal(err)
	}
	_, err := e.subs.CreateSubscription(t.Context(), &pubsubpb.Subscription{
		Name: "projects/demo/subscriptions/" + name, Topic: "projects/demo/topics/" + name, EnableMessageOrdering: true, AckDeadlineSeconds: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// put publishes a foreign message.
func (e *emulator) put(t *testing.T, topic string, m *pubsubpb.PubsubMessage) {
	t.Helper()
	_, err := e.topics.Publish(t.Context(), &pubsubpb.PublishRequest{Topic: "projects/demo/topics/" + topic, Messages: []*pubsubpb.PubsubMessage{m}})
	if err != nil {
		t.Fatal(err)
	}
}

// pull takes so many messages off a subscription.
func (e *emulator) pull(t *testing.T, subscription string, n int) []*pubsubpb.PubsubMessage {
	t.Helper()
	name := "projects/demo/subscriptions/" + subscription
	var all []*pubsubpb.PubsubMessage
	for late := time.Now().Add(30 * time.Second); len(all) < n; {
		if time.Now().After(late) {
			t.Fatalf("got %d of %d messages", len(all), n)
		}
		response, err := e.subs.Pull(t.Context(), &pubsubpb.PullRequest{Subscription: name, MaxMessages: int32(n - len(all))})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range response.GetReceivedMessages() {
			all = append(all, r.GetMessage())
			if err := e.subs.Acknowledge(t.Context(), &pubsubpb.AcknowledgeRequest{Subscription: name, AckIds: []string{r.GetAckId()}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

// subscriptions are those of the emulator.
func (e *emulator) subscriptions(t *testing.T) []string {
	t.Helper()
	var all []string
	for s, err := range e.subs.ListSubscriptions(t.Context(), &pubsubpb.ListSubscriptionsRequest{Project: "projects/demo"}).All() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s.GetName())
	}
	return all
}

// within fails unless something comes true soon.
func within(t *testing.T, what string, ask func() bool) {
	t.Helper()
	for late := time.Now().Add(30 * time.Second); !ask(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("it did not come true that %s", what)
		}
	}
}

// newSet returns a set with a destination.
func newSet(t *testing.T, store core.Store, destination string, opts *core.Options) *core.ChannelSet {
	t.Helper()
	if store == nil {
		store = memory.New(nil)
	}
	set := core.NewChannelSet(core.NewServiceMapper(), store, opts).AddDestination(&core.Destination{Name: destination})
	t.Cleanup(set.Drain)
	return set
}

func say(t *testing.T, set *core.ChannelSet, destination, subtopic string, body any) *core.Message {
	t.Helper()
	m, err := set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: destination, Subtopic: subtopic}, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// bodies are those of a destination's messages, in order.
func bodies(t *testing.T, set *core.ChannelSet, destination string) []any {
	t.Helper()
	var all []any
	err := set.Follow(t.Context(), &core.Follower{
		Name: "look-" + fmt.Sprint(time.Now().UnixNano()), Destination: destination, Replay: true,
		Deliver: func(_ context.Context, _ int, messages []*core.Message) error {
			for _, m := range messages {
				var v any
				if err := m.Body.Bind(&v, nil, value.Limits{}); err != nil {
					return err
				}
				all = append(all, v)
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (e *emulator) client() pubsub.ClientOptions { return pubsub.ClientOptions{Emulator: e.address} }

// silentStore tells nobody of writes: the six verbs alone.
type silentStore struct{ core.Store }

// Who waits in one instance hears at once what is published in another, and each instance leaves no subscription behind.
func TestBus(t *testing.T) {
	e := emulate(t)
	store := silentStore{memory.New(nil)}
	var sets [2]*core.ChannelSet
	var buses [2]*pubsub.Bus
	for i := range sets {
		bus, err := pubsub.OpenBus(t.Context(), project, "notices", &pubsub.BusOptions{ClientOptions: e.client()})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = bus.Close() }()
		buses[i] = bus
		sets[i] = newSet(t, store, "news", &core.Options{Bus: bus, Reread: time.Hour})
	}
	if got := len(e.subscriptions(t)); got != 2 {
		t.Errorf("got %d subscriptions, want one for each instance", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	feed := sets[0].NewFeed()
	if err := feed.Subscribe(ctx, nil, &core.SubscribeRequest{Subscription: core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}}); err != nil {
		t.Fatal(err)
	}
	came := make(chan time.Time, 100)
	var work sync.WaitGroup
	work.Go(func() {
		defer feed.Close(context.WithoutCancel(ctx))
		for {
			if _, err := feed.Next(ctx); err != nil {
				return
			}
			came <- time.Now()
		}
	})
	defer work.Wait()
	defer cancel()
	wakes := func(t *testing.T) time.Duration {
		t.Helper()
		start := time.Now()
		say(t, sets[1], "news", "", "x")
		select {
		case at := <-came:
			return at.Sub(start)
		case <-time.After(30 * time.Second):
			t.Fatal("nothing came")
			return 0
		}
	}
	t.Run("wakes", func(t *testing.T) {
		wakes(t) // the first opens the connections
		var took []time.Duration
		for range 20 {
			took = append(took, wakes(t))
		}
		slices.Sort(took)
		t.Logf("half within %v, the last after %v", took[10], took[19])
		if took[10] > 500*time.Millisecond {
			t.Errorf("half of the messages came after %v", took[10])
		}
		if stats := buses[1].Stats(); stats.Sent == 0 || stats.Heard != 0 || stats.Ignored != 0 {
			t.Errorf("its publisher: got %+v, want that it does not hear itself", stats)
		}
	})
	t.Run("foreign payloads", func(t *testing.T) {
		e.put(t, "notices", &pubsubpb.PubsubMessage{Data: []byte("who are you")})
		within(t, "it is ignored", func() bool { return buses[0].Stats().Ignored == 1 })
	})
	t.Run("a subscription that was deleted is made anew", func(t *testing.T) {
		for _, name := range e.subscriptions(t) {
			if err := e.subs.DeleteSubscription(t.Context(), &pubsubpb.DeleteSubscriptionRequest{Subscription: name}); err != nil {
				t.Fatal(err)
			}
		}
		within(t, "both are back", func() bool { return len(e.subscriptions(t)) == 2 })
		wakes(t)
	})
	t.Run("close", func(t *testing.T) {
		for _, bus := range buses {
			for range 2 {
				if err := bus.Close(); err != nil {
					t.Error(err)
				}
			}
			if err := bus.Publish(t.Context(), core.Notice{}); err == nil {
				t.Error("it can be published on a bus that is closed")
			}
		}
		if all := e.subscriptions(t); len(all) != 0 {
			t.Errorf("got %v", all)
		}
	})
}

// While Pub/Sub is away nothing waits for it, and closing does not hang.
func TestBusWithoutPubSub(t *testing.T) {
	e := emulate(t)
	bus, err := pubsub.OpenBus(t.Context(), project, "notices", &pubsub.BusOptions{ClientOptions: e.client(), Queue: 2})
	if err != nil {
		t.Fatal(err)
	}
	e.server.Kill()
	start := time.Now()
	for i := range 1000 {
		if err := bus.Publish(t.Context(), core.Notice{Realm: "r", Destination: "d", Number: uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("publishing took %v", took)
	}
	_ = bus.Close()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("closing took %v", took)
	}
	if stats := bus.Stats(); stats.Dropped == 0 || stats.Sent != 0 {
		t.Errorf("got %+v", stats)
	}
}

func TestOpenBusRefuses(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	opts := &pubsub.BusOptions{ClientOptions: pubsub.ClientOptions{Emulator: "127.0.0.1:1"}}
	if bus, err := pubsub.OpenBus(ctx, project, "notices", opts); err == nil {
		t.Errorf("got %v where nobody listens", bus)
	}
	if bus, err := pubsub.OpenBus(ctx, project, "x", opts); err == nil {
		t.Errorf("got %v with a name that is none", bus)
	}
}
