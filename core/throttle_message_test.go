package core_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

func TestThrottleIn(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "news"})
	ann, bob := p.conn, p.connect()
	fromAnn := &core.Call{Client: ann.Client()}
	from := func(addr string) *core.Call { return &core.Call{Peer: core.Peer{Addr: addr}} }
	type publish struct {
		call      *core.Call
		publisher *core.Connection
	}
	rows := []struct {
		name string
		in   core.Throttle
		by   []publish
		want string // y: published, n: refused, d: dropped
	}{
		{"none", core.Throttle{}, []publish{{fromAnn, nil}, {fromAnn, nil}, {fromAnn, nil}}, "yyy"},
		{"of the destination", core.Throttle{Frequency: 2}, []publish{{fromAnn, nil}, {nil, bob}, {from("10.0.0.1:1"), nil}}, "yyn"},
		{"of a client", core.Throttle{ClientFrequency: 1}, []publish{{fromAnn, nil}, {nil, bob}, {nil, ann}, {nil, bob}}, "yynn"},
		{"of an address", core.Throttle{ClientFrequency: 1}, []publish{{from("10.0.0.1:1"), nil}, {from("10.0.0.1:2"), nil}, {from("10.0.0.2:1"), nil}}, "yny"},
		{"without a word", core.Throttle{ClientFrequency: 1, Policy: core.ThrottleIgnore}, []publish{{fromAnn, nil}, {fromAnn, nil}}, "yd"},
		{"not of the application", core.Throttle{Frequency: 1, ClientFrequency: 1}, []publish{{nil, nil}, {nil, nil}, {nil, nil}}, "yyy"},
		{"who is refused takes no place", core.Throttle{Frequency: 2, ClientFrequency: 1}, []publish{{fromAnn, nil}, {fromAnn, nil}, {fromAnn, nil}, {nil, bob}}, "ynny"},
	}
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			name := fmt.Sprint("d", i)
			p.set.AddDestination(&core.Destination{Name: name, In: row.in, Replay: true})
			got := ""
			for _, by := range row.by {
				before := len(p.all(name))
				_, err := p.set.Publish(t.Context(), by.call, &core.Publication{Topic: core.Topic{Destination: name}, Body: "m", Publisher: by.publisher})
				switch stands := len(p.all(name)) > before; {
				case err != nil && core.AsFault(err).Code == core.Exhausted && !stands:
					got += "n"
				case err == nil && stands:
					got += "y"
				case err == nil:
					got += "d"
				default:
					t.Fatal(err)
				}
			}
			if got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// all returns everything that is alive in a destination.
func (p *post) all(destination string) []string {
	p.t.Helper()
	feed := p.set.NewFeed()
	defer feed.Close(p.t.Context())
	r := &core.SubscribeRequest{Subscription: on(destination, ""), Replay: core.ReplayAll}
	if err := feed.Subscribe(p.t.Context(), nil, r); err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.set.Publish(p.t.Context(), nil, &core.Publication{Topic: r.Topic, Body: "end", TTL: time.Millisecond}); err != nil {
		p.t.Fatal(err)
	}
	events, err := feed.Next(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	var list []string
	for _, e := range events {
		if body := bodies(p.t, []core.Delivery{e.Delivery})[0]; body != "v:end" {
			list = append(list, body)
		}
	}
	return list
}

// TestThrottleOut publishes ten messages in a second and looks at what a subscription gets that wants two.
func TestThrottleOut(t *testing.T) {
	rows := []struct {
		name string
		out  core.Throttle
		most float64
		want []string
	}{
		{"all", core.Throttle{}, 0, []string{"v:0", "v:1", "v:2", "v:3", "v:4", "v:5", "v:6", "v:7", "v:8", "v:9"}},
		{"as its subscriber wants", core.Throttle{}, 2, []string{"v:0", "v:1", "v:5"}},
		{"as the destination says", core.Throttle{Frequency: 2}, 0, []string{"v:0", "v:1", "v:5"}},
		{"the lesser", core.Throttle{ClientFrequency: 1}, 5, []string{"v:0"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gateway{}
				p := newPost(t, &core.Options{Pusher: g}, &core.Destination{Name: "news", Out: row.out})
				v := on("news", "")
				v.MaxFrequency = row.most
				p.subscribe(v)
				p.subscribePush("s", v)
				feed := p.set.NewFeed()
				defer feed.Close(t.Context())
				if err := feed.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: v}); err != nil {
					t.Fatal(err)
				}
				for i := range 10 {
					p.publish("news", "", fmt.Sprint(i))
					time.Sleep(100 * time.Millisecond)
				}
				p.wantPoll("1", row.want)
				g.want(t, "s", row.want...)
				events, err := feed.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var streamed []string
				for _, e := range events {
					streamed = append(streamed, bodies(t, []core.Delivery{e.Delivery})...)
				}
				if !slices.Equal(streamed, row.want) {
					t.Errorf("the stream got %v, want %v", streamed, row.want)
				}
			})
		})
	}
}

// A batch that is delivered again is the same, in any process, whatever has been counted or has expired meanwhile; and so is what a
// rollback brings back.
func TestThrottledBatchStaysTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, nil, &core.Destination{Name: "news"})
		v := on("news", "")
		v.MaxFrequency = 1
		p.subscribe(v)
		publish := func(body string, ttl time.Duration) {
			t.Helper()
			_, err := p.set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: body, TTL: ttl})
			if err != nil {
				t.Fatal(err)
			}
		}
		publish("short", time.Second)
		publish("dropped", time.Hour)
		time.Sleep(time.Second)
		publish("next", time.Hour)
		p.wantPoll("1", []string{"v:short", "v:next"})
		p.wantPoll("1", []string{"v:short", "v:next"})
		time.Sleep(time.Minute)
		p.wantPoll("1", []string{"v:next"}) // and not what was dropped in favour of what is dead now
		if err := p.conn.Rollback(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
		p.wantPoll("2", []string{"v:next"})
		p.wantPoll("3", nil)
		publish("later", time.Hour)
		publish("too soon", time.Hour)
		p.wantPoll("4", []string{"v:later"})
		time.Sleep(500 * time.Millisecond)
		publish("too soon after what another poll got", time.Hour)
		p.wantPoll("5", nil)
		time.Sleep(500 * time.Millisecond)
		publish("in time", time.Hour)
		p.wantPoll("6", []string{"v:in time"})
	})
}

// What a socket did not get, since it could not be reached, is not counted as what it got.
func TestThrottleCountsWhatWasPushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{close: func(string) error { return errLost }}
		g.push = func(context.Context, string) error { return errLost }
		p := newPost(t, &core.Options{Pusher: g}, &core.Destination{Name: "news"})
		v := on("news", "")
		v.MaxFrequency = 1
		p.subscribePush("s", v)
		p.publish("news", "", "1")
		g.push = nil
		if err := p.set.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.want(t, "s", "v:1")
	})
}
