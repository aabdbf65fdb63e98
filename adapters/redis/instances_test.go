//go:build peers

package redis_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// silent is a store that tells nobody of writes: the six verbs alone.
type silent struct{ core.Store }

type nobody struct{ core.Endpoint }

// instances are two ChannelSets over one store, each with a Bus of its own over one Redis.
func instances(t *testing.T, url string, reread time.Duration) [2]*core.ChannelSet {
	t.Helper()
	store := silent{memory.New(nil)}
	var sets [2]*core.ChannelSet
	for i := range sets {
		sets[i] = core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Bus: open(t, url, nil), Reread: reread})
		sets[i].Map(&core.Channel{Name: "c", Endpoint: nobody{}}).AddDestination(&core.Destination{Name: "news"})
		t.Cleanup(sets[i].Drain)
	}
	return sets
}

var news = core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}

func say(t *testing.T, set *core.ChannelSet) {
	t.Helper()
	if _, err := set.Publish(t.Context(), nil, &core.Publication{Topic: news.Topic, Body: "x"}); err != nil {
		t.Fatal(err)
	}
}

// A taker takes what is published, and says when.
type taker struct {
	name string
	came chan time.Time
}

func (k *taker) takes(t *testing.T) time.Time {
	t.Helper()
	select {
	case at := <-k.came:
		return at
	case <-time.After(time.Minute):
		t.Fatalf("nothing came to the %s", k.name)
		return time.Time{}
	}
}

// poller polls by long polls.
func poller(t *testing.T, ctx context.Context, set *core.ChannelSet) *taker {
	t.Helper()
	client, err := set.NewClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := set.Connect(ctx, "c", client)
	if err == nil {
		err = set.Subscribe(ctx, nil, conn, &core.SubscribeRequest{Subscription: news})
	}
	if err != nil {
		t.Fatal(err)
	}
	k := &taker{"poll", make(chan time.Time, 100)}
	go func() {
		for ack := ""; ctx.Err() == nil; {
			b, err := set.Poll(ctx, conn, &core.PollRequest{Explicit: true, Ack: ack, Wait: 10 * time.Minute})
			if err != nil {
				return
			}
			if ack = b.ID; len(b.Deliveries) > 0 {
				k.came <- time.Now()
			}
		}
	}()
	return k
}

// feeder follows a feed.
func feeder(t *testing.T, ctx context.Context, set *core.ChannelSet) *taker {
	t.Helper()
	feed := set.NewFeed()
	if err := feed.Subscribe(ctx, nil, &core.SubscribeRequest{Subscription: news}); err != nil {
		t.Fatal(err)
	}
	k := &taker{"feed", make(chan time.Time, 100)}
	go func() {
		defer feed.Close(context.WithoutCancel(ctx))
		for {
			if _, err := feed.Next(ctx); err != nil {
				return
			}
			k.came <- time.Now()
		}
	}()
	return k
}

// TestWakes: a waiting poll and a feed of one instance get at once what another publishes, with nothing but the Bus to wake them.
func TestWakes(t *testing.T) {
	sets := instances(t, "redis://"+servers.Run(t, servers.Redis()).Address, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	takers := []*taker{poller(t, ctx, sets[0]), feeder(t, ctx, sets[0])}
	const times = 50
	took := map[string][]time.Duration{}
	for range times {
		time.Sleep(5 * time.Millisecond) // they wait again
		start := time.Now()
		say(t, sets[1])
		for _, k := range takers {
			took[k.name] = append(took[k.name], k.takes(t).Sub(start))
		}
	}
	for name, all := range took {
		slices.Sort(all)
		t.Logf("%s: half of them within %v, the last after %v", name, all[times/2], all[times-1])
		if half := all[times/2]; half > 200*time.Millisecond {
			t.Errorf("half of what was published came to the %s after %v, want milliseconds", name, half)
		}
	}
}

// TestWithoutRedis: while Redis is away the interval finds what is published; once it is back, the Bus tells again.
func TestWithoutRedis(t *testing.T) {
	const reread = 100 * time.Millisecond // and so 1.5 seconds where there is a Bus
	server := servers.Run(t, servers.Redis())
	sets := instances(t, "redis://"+server.Address, reread)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	takers := []*taker{poller(t, ctx, sets[0]), feeder(t, ctx, sets[0])}
	say(t, sets[1])
	for _, k := range takers {
		k.takes(t)
	}
	server.Kill()
	for range 2 {
		start := time.Now()
		say(t, sets[1])
		for _, k := range takers {
			if took := k.takes(t).Sub(start); took > 10*time.Second {
				t.Errorf("without Redis the %s got a message after %v, want the interval of %v", k.name, took, 15*reread)
			}
		}
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	quick := 0
	for late := time.Now().Add(time.Minute); quick < 5; {
		if time.Now().After(late) {
			t.Fatal("after the restart the bus does not wake any more")
		}
		time.Sleep(20 * time.Millisecond)
		start := time.Now()
		say(t, sets[1])
		quick++
		for _, k := range takers {
			if k.takes(t).Sub(start) > reread {
				quick = 0 // that was the interval
			}
		}
	}
}
