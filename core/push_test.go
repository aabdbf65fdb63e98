package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A gateway holds sockets, as an API Gateway does, and notes what they get.
type gateway struct {
	push   func(ctx context.Context, socket string) error // default: all goes well
	close  func(socket string) error
	atOnce int // sends under way at once, at most

	mu     sync.Mutex
	now    int
	got    map[string][]string
	closed []string
}

func (g *gateway) Push(ctx context.Context, socket string, deliveries []core.Delivery) error {
	g.mu.Lock()
	g.now++
	g.atOnce = max(g.atOnce, g.now)
	g.mu.Unlock()
	var err error
	if g.push != nil {
		err = g.push(ctx, socket)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now--
	if err != nil {
		return err
	}
	if g.got == nil {
		g.got = map[string][]string{}
	}
	for _, d := range deliveries {
		var body string
		if err := d.Message.Body.Bind(&body, nil, value.Limits{}); err != nil {
			return err
		}
		g.got[socket] = append(g.got[socket], d.Subscription+":"+body)
	}
	return nil
}

func (g *gateway) CloseSocket(_ context.Context, socket string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.close != nil {
		if err := g.close(socket); err != nil {
			return err
		}
	}
	g.closed = append(g.closed, socket)
	return nil
}

// want compares what a socket got, and forgets it.
func (g *gateway) want(t *testing.T, socket string, want ...string) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if got := g.got[socket]; !slices.Equal(got, want) {
		t.Errorf("socket %s got %v, want %v", socket, got, want)
	}
	delete(g.got, socket)
}

// on is a subscription with the ID "v".
func on(destination, subtopic string) core.Subscription {
	return core.Subscription{ID: "v", Topic: core.Topic{Destination: destination, Subtopic: subtopic}}
}

// subscribePush subscribes a socket, and begins at once.
func subscribePush(ctx context.Context, set *core.ChannelSet, socket string, r *core.SubscribeRequest) error {
	v, err := set.SubscribePush(ctx, nil, socket, time.Time{}, r)
	if err != nil {
		return err
	}
	return v.Begin(ctx)
}

func (p *post) subscribePush(socket string, v core.Subscription) {
	p.t.Helper()
	if err := subscribePush(p.t.Context(), p.set, socket, &core.SubscribeRequest{Subscription: v}); err != nil {
		p.t.Fatal(err)
	}
}

func TestPush(t *testing.T) {
	type published struct {
		subtopics []string
		headers   map[string]any
		body      string
	}
	rows := []struct {
		name   string
		shards int
		v      core.Subscription
		before []string // bodies
		after  []published
		replay core.Replay
		want   []string
	}{
		{name: "a topic", v: on("news", "a"), before: []string{"old"}, after: []published{{body: "none"}, {subtopics: []string{"a"}, body: "it"}}, want: []string{"v:it"}},
		{name: "no subtopic", v: on("news", ""), after: []published{{body: "it"}, {subtopics: []string{"a"}, body: "no"}}, want: []string{"v:it"}},
		{name: "a wildcard over shards", shards: 4, v: on("news", "*"), after: []published{{subtopics: []string{"a"}, body: "1"}}, want: []string{"v:1"}},
		{
			name: "a selector", v: core.Subscription{ID: "v", Topic: core.Topic{Destination: "news"}, Selector: "n > 1"},
			after: []published{{headers: map[string]any{"n": 1}, body: "one"}, {headers: map[string]any{"n": 2}, body: "two"}}, want: []string{"v:two"},
		},
		{name: "what is alive", v: on("news", ""), before: []string{"1", "2"}, replay: core.ReplayAll, after: []published{{body: "3"}}, want: []string{"v:1", "v:2", "v:3"}},
		{name: "several subtopics, once", v: on("news", "*"), after: []published{{subtopics: []string{"a", "b"}, body: "it"}}, want: []string{"v:it"}},
		{name: "one of several subtopics in another shard", shards: 8, v: on("news", "b"), after: []published{{subtopics: []string{"a", "b"}, body: "it"}}, want: []string{"v:it"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			g := &gateway{}
			p := newPost(t, &core.Options{Pusher: g}, &core.Destination{Name: "news", Shards: row.shards})
			for _, body := range row.before {
				p.publish("news", "", body)
			}
			err := subscribePush(t.Context(), p.set, "s", &core.SubscribeRequest{Subscription: row.v, Replay: row.replay})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range row.after {
				publication := &core.Publication{Topic: core.Topic{Destination: "news"}, Subtopics: m.subtopics, Headers: m.headers, Body: m.body}
				if _, err := p.set.Publish(t.Context(), nil, publication); err != nil {
					t.Fatal(err)
				}
			}
			g.want(t, "s", row.want...)
		})
	}
}

// A message with several subtopics comes to a wildcard over shards once, when the subscription is older than clocks may differ.
func TestPushSeveralSubtopicsOverShards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{}
		p := newPost(t, &core.Options{Pusher: g}, &core.Destination{Name: "news", Shards: 8})
		p.subscribePush("s", on("news", "*"))
		time.Sleep(11 * time.Second)
		_, err := p.set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Subtopics: []string{"a", "b", "c"}, Body: "it"})
		if err != nil {
			t.Fatal(err)
		}
		g.want(t, "s", "v:it")
	})
}

func TestSubscribePushFaults(t *testing.T) {
	rows := []struct {
		name   string
		socket string
		v      core.Subscription
		want   core.Code
	}{
		{"no name", "", on("news", ""), core.Invalid},
		{"a long name", strings.Repeat("s", 257), on("news", ""), core.Invalid},
		{"no such destination", "s", on("olds", ""), core.NotFound},
		{"a selector that is none", "s", core.Subscription{ID: "w", Topic: core.Topic{Destination: "news"}, Selector: "="}, core.Invalid},
		{"another subscription with its id", "taken", on("news", "b"), core.Exists},
		{"too many", "taken", core.Subscription{ID: "third", Topic: core.Topic{Destination: "news"}}, core.Exhausted},
	}
	p := newPost(t, &core.Options{Pusher: &gateway{}, Limits: core.Limits{Subscriptions: 2}}, &core.Destination{Name: "news"})
	p.subscribePush("taken", on("news", ""))
	p.subscribePush("taken", core.Subscription{ID: "second", Topic: core.Topic{Destination: "news"}})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			err := subscribePush(t.Context(), p.set, row.socket, &core.SubscribeRequest{Subscription: row.v})
			if f := core.AsFault(err); err == nil || f.Code != row.want {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
	t.Run("nobody to push", func(t *testing.T) {
		p := newPost(t, nil, &core.Destination{Name: "news"})
		err := subscribePush(t.Context(), p.set, "s", &core.SubscribeRequest{Subscription: on("news", "")})
		if f := core.AsFault(err); err == nil || f.Code != core.Unavailable {
			t.Errorf("got %v", err)
		}
	})
}

// Names of sockets and ids have any letters, and none is taken for another one's.
func TestPushNamesDoNotMeet(t *testing.T) {
	g := &gateway{}
	p := newPost(t, &core.Options{Pusher: g}, &core.Destination{Name: "news"})
	for _, v := range [][2]string{{"a", "b/c"}, {"a/b", "c"}, {"a/b/c", ""}, {"1/a", "b"}} {
		p.subscribePush(v[0], core.Subscription{ID: v[1], Topic: core.Topic{Destination: "news"}})
	}
	p.publish("news", "", "m")
	want := map[string][]string{"a": {"b/c:m"}, "a/b": {"c:m"}, "a/b/c": {":m"}, "1/a": {"b:m"}}
	if diff := cmp.Diff(want, g.got); diff != "" {
		t.Error(diff)
	}
}

func TestUnsubscribePush(t *testing.T) {
	g, ended := &gateway{}, []string{}
	hook := func(_ context.Context, _ *core.Connection, v core.Subscription) { ended = append(ended, v.ID) }
	p := newPost(t, &core.Options{Pusher: g, OnUnsubscribe: []core.UnsubscribeHook{hook}}, &core.Destination{Name: "news", Shards: 4})
	v := on("news", "*")
	p.subscribePush("s", v)
	p.subscribePush("s", v) // changes nothing
	p.publish("news", "a", "1")
	other := on("news", "a")
	for _, end := range []*core.Subscription{&other, &v, &v} {
		if err := p.set.UnsubscribePush(t.Context(), "s", end); err != nil {
			t.Fatal(err)
		}
	}
	p.publish("news", "a", "2")
	g.want(t, "s", "v:1")
	if !slices.Equal(ended, []string{"v"}) {
		t.Errorf("the hook was told of %v, want v once", ended)
	}
}

func TestSocketFails(t *testing.T) {
	errDown := errors.New("down")
	rows := []struct {
		name      string
		push      func(try int) error
		close     error
		want      []string
		closed    int
		ended     int
		wantLater []string // of what is published when all is well again
	}{
		{name: "for a moment", push: func(try int) error { return map[bool]error{true: errDown}[try < 3] }, want: []string{"v:1"}, wantLater: []string{"v:2"}},
		{name: "for good", push: func(int) error { return errDown }, closed: 1, ended: 1},
		{name: "for good, and it is gone when it is to be closed", push: func(int) error { return errDown }, close: core.ErrSocketGone, ended: 1},
		{name: "it is gone", push: func(int) error { return fmt.Errorf("410: %w", core.ErrSocketGone) }, ended: 1},
		{name: "for good, and it cannot be closed", push: func(int) error { return errDown }, close: errDown, wantLater: []string{"v:1", "v:2"}},
		{name: "a panic", push: func(int) error { panic("boom") }, closed: 1, ended: 1},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries, ended := 0, 0
				g := &gateway{close: func(string) error { return row.close }}
				g.push = func(_ context.Context, socket string) error {
					if socket != "s" {
						return nil
					}
					tries++
					return row.push(tries)
				}
				hook := func(context.Context, *core.Connection, core.Subscription) { ended++ }
				p := newPost(t, &core.Options{Pusher: g, OnUnsubscribe: []core.UnsubscribeHook{hook}}, &core.Destination{Name: "news"})
				p.subscribePush("s", on("news", ""))
				p.subscribePush("other", on("news", ""))
				p.publish("news", "", "1")
				g.want(t, "s", row.want...)
				g.want(t, "other", "v:1")
				g.push, g.close = nil, nil
				p.publish("news", "", "2")
				g.want(t, "s", row.wantLater...)
				g.want(t, "other", "v:2")
				if len(g.closed) != row.closed || ended != row.ended {
					t.Errorf("closed %d times and ended %d times, want %d and %d", len(g.closed), ended, row.closed, row.ended)
				}
			})
		})
	}
}

// A publish that is under way goes to all sockets, also when its caller gives up meanwhile.
func TestCanceledPublishIsPushed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	g := &gateway{push: func(context.Context, string) error { cancel(); return nil }}
	p := newPost(t, &core.Options{Pusher: g}, &core.Destination{Name: "news"})
	for i := range 100 {
		p.subscribePush(fmt.Sprint("s", i), on("news", ""))
	}
	if _, err := p.set.Publish(ctx, nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "m"}); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		g.want(t, fmt.Sprint("s", i), "v:m")
	}
}

// Sockets that are slow, but take what they get, are not closed, however long it all takes; and other publishers leave the work to who is
// at it.
func TestSlowPusher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g := memory.New(nil), &gateway{}
		a, b := newPushSet(t, store, g), newPushSet(t, store, g)
		for i := range 640 {
			if err := subscribePush(t.Context(), a, fmt.Sprint("s", i), &core.SubscribeRequest{Subscription: on("news", "")}); err != nil {
				t.Fatal(err)
			}
		}
		g.push = func(context.Context, string) error { time.Sleep(4 * time.Second); return nil }
		begun := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { publishTo(t, a, "1") })
		time.Sleep(60 * time.Second)
		publishTo(t, b, "2")
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("the second publish took %v, want no time", took-time.Minute)
		}
		wg.Wait()
		for i := range 640 {
			g.want(t, fmt.Sprint("s", i), "v:1", "v:2")
		}
		if len(g.closed) > 0 || g.atOnce > 32 {
			t.Errorf("%d sockets closed, %d sends at once; want none, 32 at most", len(g.closed), g.atOnce)
		}
	})
}

func newPushSet(t *testing.T, store core.Store, g *gateway) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Pusher: g})
	t.Cleanup(func() { _ = set.Close() })
	return set.AddDestination(&core.Destination{Name: "news"})
}

func publishTo(t *testing.T, set *core.ChannelSet, body string) {
	t.Helper()
	if _, err := set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: body}); err != nil {
		t.Error(err)
	}
}

// Where an invocation's time is over before all sockets have got a message, the next one goes on there: all get it, however short the
// invocations are.
func TestBrokenOffPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{}
		set := newPushSet(t, memory.New(nil), g)
		const sockets = 1500
		for i := range sockets {
			if err := subscribePush(t.Context(), set, fmt.Sprint("s", i), &core.SubscribeRequest{Subscription: on("news", "")}); err != nil {
				t.Fatal(err)
			}
		}
		g.push = func(context.Context, string) error { time.Sleep(time.Second); return nil }
		shortly := func(do func(ctx context.Context) error) {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			if err := do(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		for _, body := range []string{"1", "2"} {
			shortly(func(ctx context.Context) error {
				_, err := set.Publish(ctx, nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: body})
				return err
			})
		}
		for range 8 {
			shortly(set.Sweep)
		}
		repeats := 0
		for i := range sockets {
			got := g.got[fmt.Sprint("s", i)]
			wantOnceInOrder(t, fmt.Sprint("s", i), true, got, "1", "2")
			if !slices.Contains(got, "v:1") {
				t.Fatalf("socket %d got %v", i, got)
			}
			repeats += len(got) - 2
		}
		if repeats > 0 {
			t.Errorf("%d repeats, want none: nobody has died", repeats)
		}
	})
}

// TestManyPushRows has ten thousand sockets: none gets a message twice, sends at once are bounded, rows are read by pages.
func TestManyPushRows(t *testing.T) {
	sockets := 10_000
	if testing.Short() {
		sockets = 2500
	}
	g := &gateway{}
	counts := &counting{Store: memory.New(nil)}
	set := newPushSet(t, counts, g)
	r := &core.SubscribeRequest{Subscription: on("news", "")}
	for i := range sockets {
		if i == 1100 {
			publishTo(t, set, "early") // who pushes sees that there are many
		}
		if err := subscribePush(t.Context(), set, fmt.Sprint("s", i), r); err != nil {
			t.Fatal(err)
		}
	}
	counts.reset()
	publishTo(t, set, "m")
	for i := range sockets {
		if got := g.got[fmt.Sprint("s", i)]; len(got) == 0 || got[len(got)-1] != "v:m" {
			t.Fatalf("socket %d got %v", i, got)
		}
	}
	if g.atOnce > 32 {
		t.Errorf("%d sends at once", g.atOnce)
	}
	if most := sockets/256 + 16; counts.reads() > most {
		t.Errorf("%d reads, want %d at most", counts.reads(), most)
	}
}

// TestPushCosts counts uses of the store: a shard without sockets costs a read, one with them what docs/decisions/0016-leases.md says.
func TestPushCosts(t *testing.T) {
	store := &counting{Store: memory.New(nil)}
	set := newPushSet(t, store, &gateway{})
	costs := func(what string, reads, writes int, do func()) {
		t.Helper()
		store.reset()
		do()
		if got := int(store.writes.Load()); store.reads() != reads || got != writes {
			t.Errorf("%s: %d reads and %d writes, want %d and %d", what, store.reads(), got, reads, writes)
		}
	}
	subscribe := func(socket string, replay core.Replay) func() {
		return func() {
			r := &core.SubscribeRequest{Subscription: on("news", ""), Replay: replay}
			if err := subscribePush(t.Context(), set, socket, r); err != nil {
				t.Error(err)
			}
		}
	}
	publish := func() { publishTo(t, set, "m") }
	publish() // what is known once is known
	costs("publish without sockets", 1, 1, publish)
	subscribe("first", core.ReplayNone)()
	publish()
	costs("publish with sockets", 4, 3, publish)
	costs("subscribe and begin", 8, 3, subscribe("second", core.ReplayNone))
	sweep := func() {
		if err := set.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
	}
	sweep()
	costs("sweep of what is in order, its own cursor with it", 4, 0, sweep)
	f := (&broker{}).follower("b")
	follow := func() {
		if err := set.Follow(t.Context(), f); err != nil {
			t.Error(err)
		}
	}
	follow()
	costs("bridge with nothing to do", 2, 0, follow)
	publish()
	costs("bridge", 4, 2, follow)
}

// A store that may lose everything may lose a log and keep the rest: what is published then is news to sockets and bridges.
func TestPushAfterALogWasLost(t *testing.T) {
	store, g, b := memory.New(nil), &gateway{}, &broker{}
	begin := func() *core.ChannelSet {
		return newFollowSet(t, memoryVerbs{store}, &core.Options{Pusher: g, Bridges: []*core.Follower{b.follower("b")}})
	}
	set := begin()
	publishTo(t, set, "0")
	if err := subscribePush(t.Context(), set, "s", &core.SubscribeRequest{Subscription: on("news", "")}); err != nil {
		t.Fatal(err)
	}
	publishTo(t, set, "1")
	lost := []core.Key{{Partition: "realm1/m/news", Sort: "meta"}, {Partition: "realm1/m/news/0", Sort: "head"}}
	items, err := store.Range(t.Context(), "realm1/t/news/0", "", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		lost = append(lost, it.Key)
	}
	for _, key := range lost {
		if err := store.Delete(t.Context(), key, 0); err != nil {
			t.Fatal(err)
		}
	}
	publishTo(t, begin(), "2")
	g.want(t, "s", "v:1", "v:2")
	b.want(t, "0", "1", "2")
}

// A socket that subscribed before its destination had more shards is closed: what it wants may be where it has no row.
func TestPushAfterShardsChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g := memory.New(nil), &gateway{}
		begin := func(shards int) *core.ChannelSet {
			set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Pusher: g})
			t.Cleanup(func() { _ = set.Close() })
			return set.AddDestination(&core.Destination{Name: "news", Shards: shards})
		}
		r := &core.SubscribeRequest{Subscription: on("news", "*")}
		if err := subscribePush(t.Context(), begin(1), "old", r); err != nil {
			t.Fatal(err)
		}
		set := begin(4)
		if err := subscribePush(t.Context(), set, "new", r); err != nil {
			t.Fatal(err)
		}
		if err := set.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 8 {
			if _, err := set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news", Subtopic: fmt.Sprint(i)}, Body: "m"}); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(g.closed, []string{"old"}) {
			t.Errorf("closed %v, want the old one", g.closed)
		}
		if got := g.got["new"]; len(got) != 8 {
			t.Errorf("the new one got %v, want 8 messages", got)
		}
	})
}
