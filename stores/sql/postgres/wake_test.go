//go:build peers

package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/sql/postgres"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// silent is the endpoint of a channel that nothing is sent to.
type silent struct{}

func (silent) Traits() core.Traits { return core.Traits{Protocol: "silent"} }

func (silent) Serve(context.Context, *core.ChannelSet, *core.Inbound) error { return nil }

// plain is a store without what is optional: nobody can wait by it.
type plain struct{ core.Store }

// instance returns a ChannelSet as a process of its own would have it.
func instance(t *testing.T, store core.Store, bus core.Bus, reread time.Duration) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Bus: bus, Reread: reread})
	t.Cleanup(func() { _ = set.Close() })
	return set.Map(&core.Channel{Name: "c", Endpoint: silent{}}).AddDestination(&core.Destination{Name: "news"})
}

// A reader polls in one process.
type reader struct {
	t    *testing.T
	set  *core.ChannelSet
	conn *core.Connection
	ack  string
}

func newReader(t *testing.T, set *core.ChannelSet) *reader {
	t.Helper()
	client, err := set.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := set.Connect(t.Context(), "c", client)
	if err != nil {
		t.Fatal(err)
	}
	v := core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}
	if err := set.Subscribe(t.Context(), nil, conn, &core.SubscribeRequest{Subscription: v}); err != nil {
		t.Fatal(err)
	}
	return &reader{t: t, set: set, conn: conn}
}

// next polls until something comes and returns it.
func (r *reader) next() (string, error) {
	_, conn, err := r.set.LoadConnection(r.t.Context(), "c", r.conn.Client().ID())
	if err != nil {
		return "", err
	}
	b, err := r.set.Poll(r.t.Context(), conn, &core.PollRequest{Explicit: true, Ack: r.ack, Wait: time.Minute})
	if err != nil {
		return "", err
	}
	if len(b.Deliveries) != 1 {
		return "", fmt.Errorf("%d messages, want 1", len(b.Deliveries))
	}
	r.ack = b.ID
	var body string
	return body, b.Deliveries[0].Message.Body.Bind(&body, nil, value.Limits{})
}

// wakesWithin has a poll wait in one process while another one publishes, and fails unless it is answered soon after.
func wakesWithin(t *testing.T, r *reader, publisher *core.ChannelSet, soon time.Duration) {
	t.Helper()
	var published time.Time
	var group sync.WaitGroup
	group.Go(func() {
		time.Sleep(300 * time.Millisecond) // so that it waits
		published = time.Now()
		topic := core.Topic{Destination: "news"}
		if _, err := publisher.Publish(t.Context(), nil, &core.Publication{Topic: topic, Body: "hello"}); err != nil {
			t.Errorf("publish: %v", err)
		}
	})
	got, err := r.next()
	answered := time.Now()
	group.Wait()
	if err != nil || got != "hello" {
		t.Fatalf("the poll got %q, %v", got, err)
	}
	took := answered.Sub(published)
	t.Logf("answered %s after the publish", took)
	if took > soon {
		t.Errorf("the poll was answered %s after the publish, want at most %s", took, soon)
	}
}

// TestWakes: a poll that waits in one instance is answered as soon as another one has published; by the store, by a bus, or by nothing but
// looking again; and so it is after the server was killed.
func TestWakes(t *testing.T) {
	server := servers.Run(t, servers.PostgreSQL(false))
	url := servers.PostgresURL(server)
	const soon, interval = time.Second, 100 * time.Millisecond // it takes milliseconds; looking again, seconds
	bus := func(t *testing.T) core.Bus {
		t.Helper()
		b, err := postgres.OpenBus(t.Context(), url, &postgres.BusOptions{Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	none := func(*testing.T) core.Bus { return nil }
	for _, test := range []struct {
		name   string
		plain  bool
		bus    func(*testing.T) core.Bus
		reread time.Duration
		within time.Duration
	}{
		{"the store", false, none, 10 * time.Second, soon},
		{"a bus", true, bus, 10 * time.Second, soon},
		{"the interval", true, none, interval, interval + soon},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := func() *core.ChannelSet {
				var store core.Store = open(t, url, &postgres.Options{Table: "t" + strings.ReplaceAll(test.name, " ", "_")})
				if test.plain {
					store = plain{store}
				}
				return instance(t, store, test.bus(t), test.reread)
			}
			here, elsewhere := start(), start()
			r := newReader(t, here)
			for range 3 {
				wakesWithin(t, r, elsewhere, test.within)
			}
			server.Kill()
			if err := server.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) // until connections are made again
			wakesWithin(t, r, elsewhere, test.within)
		})
	}
}
