package core_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// beginning returns where a subscription begins that is made behind a cursor.
func (p *post) beginning(v core.Subscription, after string) (string, error) {
	p.t.Helper()
	feed := p.set.NewFeed()
	defer feed.Close(p.t.Context())
	err := feed.Subscribe(p.t.Context(), nil, &core.SubscribeRequest{Subscription: v, After: after})
	return feed.Cursor(v.ID), err
}

// A cursor is a peer's word. It is taken for the shards that its subscription reads, and up to their ends.
func TestCursorsOfPeers(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "one"}, &core.Destination{Name: "four", Shards: 4})
	for i := range 3 {
		p.publish("one", "", fmt.Sprint(i))
	}
	topics := map[string]core.Subscription{
		"one": {ID: "s", Topic: core.Topic{Destination: "one"}}, "four": {ID: "s", Topic: core.Topic{Destination: "four", Subtopic: "*"}},
	}
	var many strings.Builder
	for shard := range 1024 {
		fmt.Fprintf(&many, ".%d:1", shard)
	}
	for _, c := range []struct{ name, topic, after, want string }{
		{"the end", "one", ".0:3", ".0:3"},
		{"before the end", "one", ".0:1", ".0:1"},
		{"within an entry", "one", ".0:2-1", ".0:2-1"},
		{"beyond the end", "one", ".0:4", ".0:3"},
		{"far beyond the end", "one", ".0:9223372036854775807-2147483647", ".0:3"},
		{"beyond the end of an empty log", "four", ".0:7.1:1.2:0.3:0", ".0:0.1:0.2:0.3:0"},
		{"shards that are not read", "one", ".0:2.7:1.1023:5", ".0:2"},
		{"all shards", "one", many.String(), ".0:1"},
		{"a shard that is not named", "four", ".1:0", ".0:0.1:0.2:0.3:0"},
		{"a shard twice", "one", ".0:1.0:2", ""},
		{"shards out of order", "four", ".1:0.0:0", ""},
		{"a shard too many", "one", ".1024:1", ""},
		{"no shard", "one", "", ""},
		{"an epoch that is none of ours", "one", "\".0:1", ""},
		{"a dot too many", "one", ".0:1.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := p.beginning(topics[c.topic], "")
			if err != nil {
				t.Fatal(err)
			}
			epoch, _, _ := strings.Cut(now, ".")
			got, err := p.beginning(topics[c.topic], epoch+c.after)
			if c.want != "" && got != epoch+c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %s and %v, want %s behind the epoch %s", got, err, c.want, epoch)
			}
			if err != nil && len(err.Error()) > 200 {
				t.Errorf("the fault is %d bytes long", len(err.Error()))
			}
		})
	}
}

// Who claims to be beyond the end of a log and waits there keeps nobody else from resting.
func TestNobodyWaitsBeyondTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &readCounter{Store: memory.New(nil)}
		set := core.NewChannelSet(core.NewServiceMapper(), store, nil)
		defer set.Drain()
		set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
		set.AddDestination(&core.Destination{Name: "news"})
		p := &post{t: t, set: set}
		news := core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}
		here, err := p.beginning(news, "")
		if err != nil {
			t.Fatal(err)
		}
		p.conn = p.connect()
		r := &core.SubscribeRequest{Subscription: news, After: strings.Replace(here, ":0", ":4611686018427387904", 1)}
		if err := set.Subscribe(t.Context(), nil, p.conn, r); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = set.Poll(t.Context(), p.conn, &core.PollRequest{Wait: time.Minute}) }()
		time.Sleep(time.Second)

		honest := &post{t: t, set: set}
		honest.conn = honest.connect()
		honest.subscribe(news)
		before := store.ranges.Load()
		go func() {
			time.Sleep(10 * time.Second)
			honest.publish("news", "", "a")
		}()
		if got := honest.poll(core.PollRequest{Wait: time.Minute}); fmt.Sprint(got) != "[s:a]" {
			t.Errorf("got %v", got)
		}
		if reads := store.ranges.Load() - before; reads > 50 {
			t.Errorf("a poll that waits ten seconds reads the log %d times", reads)
		}
		time.Sleep(time.Minute)
	})
}
