package core_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// Who waits in one instance is woken by the Bus at once by what another one publishes or sends, where the store tells nobody.
func TestBusWakes(t *testing.T) {
	topic := core.Topic{Destination: "news"}
	for name, tell := range map[string]func(p *post, to *core.Connection) error{
		"publish": func(p *post, _ *core.Connection) error {
			_, err := p.set.Publish(t.Context(), nil, &core.Publication{Topic: topic, Body: "a"})
			return err
		},
		"send": func(p *post, to *core.Connection) error {
			_, err := p.set.Send(t.Context(), to, "s", &core.Publication{Topic: topic, Body: "a"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &counting{Store: memory.New(nil)} // no Waiter
				bus := core.NewLocalBus()
				here, elsewhere := newInstance(t, store, bus), newInstance(t, store, bus)
				here.subscribe(core.Subscription{ID: "s", Topic: topic})
				start := time.Now()
				got := make(chan time.Duration)
				go func() {
					b, err := here.set.Poll(t.Context(), here.conn, &core.PollRequest{Wait: time.Minute})
					if err != nil || len(b.Deliveries) != 1 {
						t.Errorf("got %v, %v, want one message", b, err)
					}
					got <- time.Since(start)
				}()
				const between = 11 * time.Second // two looks at the store, had nobody told
				time.Sleep(between)
				if err := tell(elsewhere, here.conn); err != nil {
					t.Error(err)
				}
				if took := <-got; took != between {
					t.Errorf("the poll was answered after %v, want %v", took, between)
				}
			})
		})
	}
}

// newInstance returns one of several instances over one store.
func newInstance(t *testing.T, store core.Store, bus core.Bus) *post {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Bus: bus})
	t.Cleanup(func() { _ = set.Close() })
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
	set.AddDestination(&core.Destination{Name: "news"})
	p := &post{t: t, set: set}
	p.conn = p.connect()
	return p
}

// A Bus that has other realms' notices, damaged ones, and those of instances with more shards, wakes nobody and breaks nothing; a set that
// was closed hears nothing more.
func TestBusIsNotTrusted(t *testing.T) {
	bus := core.NewLocalBus()
	p := newPost(t, &core.Options{Bus: bus}, &core.Destination{Name: "news"})
	for _, n := range []core.Notice{
		{Realm: "another", Destination: "news", Number: 1},
		{Realm: "realm1", Destination: "nowhere", Number: 1},
		{Realm: "realm1", Destination: "news", Shard: -1, Number: 1},
		{Realm: "realm1", Destination: "news", Shard: 1 << 20, Number: 1},
		{Realm: "realm1", Destination: "news", Shard: 7, Number: 1},
		{Realm: "realm1", Connection: "no handle"},
	} {
		if err := bus.Publish(t.Context(), n); err != nil {
			t.Errorf("%+v: %v", n, err)
		}
	}
	p.publish("news", "", "a")
	if err := p.set.Close(); err != nil {
		t.Fatal(err)
	}
	if err := bus.Publish(t.Context(), core.Notice{Realm: "realm1", Destination: "news", Number: 2}); err != nil {
		t.Error(err)
	}
}
