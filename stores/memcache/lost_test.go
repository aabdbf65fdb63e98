//go:build peers

package memcache_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	lib "github.com/bradfitz/gomemcache/memcache"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memcache"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// A village is some processes over one memcached, with a clock that is put forward.
type village struct {
	t       *testing.T
	address string
	ahead   atomic.Int64
}

type nobody struct{ core.Endpoint }

var news = core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}

func (v *village) now() time.Time { return time.Now().Add(time.Duration(v.ahead.Load())) }

// start starts a process.
func (v *village) start() *core.ChannelSet {
	v.t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), memcache.New(v.address, &memcache.Options{Now: v.now}), &core.Options{Now: v.now})
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}}).AddDestination(&core.Destination{Name: "news", TTL: 10 * time.Hour})
	v.t.Cleanup(func() { _ = set.Close() })
	return set
}

func (v *village) publish(set *core.ChannelSet, bodies ...string) {
	v.t.Helper()
	for _, body := range bodies {
		if _, err := set.Publish(v.t.Context(), nil, &core.Publication{Topic: news.Topic, Body: body}); err != nil {
			v.t.Fatal(err)
		}
	}
}

// behind returns so many messages behind a cursor, and the cursor behind them.
func (v *village) behind(set *core.ChannelSet, after string, most int) (bodies []string, cursor string) {
	v.t.Helper()
	feed := set.NewFeed()
	defer feed.Close(context.WithoutCancel(v.t.Context()))
	r := &core.SubscribeRequest{Subscription: news, After: after, Replay: core.ReplayAll}
	if err := feed.Subscribe(v.t.Context(), nil, r); err != nil {
		v.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(v.t.Context(), 30*time.Second)
	defer cancel()
	for len(bodies) < most {
		events, err := feed.Next(ctx)
		if err != nil {
			v.t.Fatalf("after %q: %v", bodies, err)
		}
		for _, e := range events {
			var body string
			if err := e.Message.Body.Bind(&body, nil, set.Limits().Value); err != nil {
				v.t.Fatal(err)
			}
			bodies = append(bodies, body)
		}
		cursor = events[len(events)-1].Cursor
	}
	return bodies, cursor
}

// TestFlushed: memcached loses everything under processes that live on. Clients begin anew, and nobody with a cursor from before misses what is
// published afterwards, gets it out of order, or gets what was lost.
func TestFlushed(t *testing.T) {
	v := &village{t: t, address: servers.Run(t, servers.Memcached()).Address}
	before := []*core.ChannelSet{v.start(), v.start()}
	id := v.client(before[0])
	v.publish(before[0], "old", "old", "old", "old", "old")
	_, cursor := v.behind(before[1], "", 5)

	if err := lib.New(v.address).FlushAll(); err != nil {
		t.Fatal(err)
	}
	sets := []*core.ChannelSet{before[0], before[1], v.start()}
	for i, set := range sets {
		if _, conn, err := set.LoadConnection(t.Context(), "c", id); conn != nil {
			t.Errorf("process %d knows the connection: %v", i, err)
		}
	}
	var want []string
	for round := range 3 {
		for i, set := range sets {
			body := fmt.Sprint("new ", round, i)
			v.publish(set, body)
			want = append(want, body)
		}
		for i, set := range sets {
			if got, _ := v.behind(set, cursor, len(want)); !slices.Equal(got, want) {
				t.Errorf("round %d: by process %d came %q behind a cursor from before, want %q", round, i, got, want)
			}
		}
		v.ahead.Add(int64(2 * time.Minute)) // what processes knew of the destination they look up again
	}
	v.client(sets[0])
}

// client connects a new client that subscribes, and polls once.
func (v *village) client(set *core.ChannelSet) (id string) {
	v.t.Helper()
	client, err := set.NewClient(v.t.Context())
	if err != nil {
		v.t.Fatal(err)
	}
	conn, err := set.Connect(v.t.Context(), "c", client)
	if err == nil {
		err = set.Subscribe(v.t.Context(), nil, conn, &core.SubscribeRequest{Subscription: news})
	}
	if err == nil {
		_, err = set.Poll(v.t.Context(), conn, &core.PollRequest{})
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return client.ID()
}
