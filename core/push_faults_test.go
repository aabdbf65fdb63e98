package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// TestPublishThatDiesAfterTheAppend has a function die when its message stands in the log and nothing else has been done: streams of
// other processes, sockets elsewhere and bridges get it all the same.
func TestPublishThatDiesAfterTheAppend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g, b := memory.New(nil), &gateway{}, &broker{}
		options := func() *core.Options { return &core.Options{Pusher: g, Bridges: []*core.Follower{b.follower("b")}} }
		other := newFollowSet(t, memoryVerbs{store}, options())
		feed := other.NewFeed()
		defer feed.Close(context.Background())
		if err := feed.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: on("news", "")}); err != nil {
			t.Fatal(err)
		}
		if err := subscribePush(t.Context(), other, "s", &core.SubscribeRequest{Subscription: on("news", "")}); err != nil {
			t.Fatal(err)
		}
		publishTo(t, other, "1")
		dies := &dying{Store: &diesAfterAppend{Store: store}, after: true}
		dies.left.Store(1000)
		dies.Store.(*diesAfterAppend).of = dies
		publishTo(t, newFollowSet(t, dies, options()), "2")
		if !dies.dead() {
			t.Fatal("the function lived on")
		}
		var streamed []string
		for len(streamed) < 2 {
			events, err := feed.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				streamed = append(streamed, bodies(t, []core.Delivery{e.Delivery})...)
			}
		}
		if want := []string{"v:1", "v:2"}; !slices.Equal(streamed, want) {
			t.Errorf("the stream got %v, want %v", streamed, want)
		}
		g.want(t, "s", "v:1")
		b.want(t, "1")
		if err := other.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.want(t, "s", "v:2")
		b.want(t, "2")
	})
}

// A diesAfterAppend store lets its process die when it has created an entry of a log.
type diesAfterAppend struct {
	core.Store
	of *dying
}

func (s *diesAfterAppend) Create(ctx context.Context, it core.Item) (uint64, error) {
	version, err := s.Store.Create(ctx, it)
	if err == nil && it.Partition == "realm1/t/news/0" {
		s.of.left.Store(0)
	}
	return version, err
}

// TestProcessDiesAtEveryCall has a process die at each call of the store, before or after it took effect, while it subscribes and publishes,
// and looks whether others make good what it left.
func TestProcessDiesAtEveryCall(t *testing.T) {
	for _, after := range []bool{false, true} {
		for left, died := int64(1), true; died && !t.Failed(); left++ {
			t.Run(fmt.Sprintf("call %d, took effect %v", left, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { died = dieAtCall(t, left, after) })
			})
		}
	}
}

func dieAtCall(t *testing.T, left int64, after bool) (died bool) {
	t.Helper()
	store, g, b := memory.New(nil), &gateway{}, &broker{}
	dies := &dying{Store: store, after: after}
	dies.left.Store(left)
	errIfDead := func() error { return map[bool]error{true: errDead}[dies.dead()] }
	mortal := newFollowSet(t, dies, &core.Options{
		Pusher: &gatewayOf{gateway: g, alive: errIfDead},
		Bridges: []*core.Follower{{Name: "b", Destination: "news", Deliver: func(ctx context.Context, shard int, messages []*core.Message) error {
			return errors.Join(errIfDead(), b.deliver(ctx, shard, messages))
		}}},
	})
	other := newFollowSet(t, store, &core.Options{Pusher: g, Bridges: []*core.Follower{b.follower("b")}})
	publishTo(t, other, "0")
	now := &core.SubscribeRequest{Subscription: on("news", "")}
	all := &core.SubscribeRequest{Subscription: on("news", ""), Replay: core.ReplayAll}
	if err := subscribePush(t.Context(), other, "old", now); err != nil {
		t.Fatal(err)
	}
	steps := []func() error{
		func() error { return subscribePush(t.Context(), mortal, "now", now) },
		func() error { return subscribePush(t.Context(), mortal, "all", all) },
		func() error {
			_, err := mortal.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "1"})
			return err
		},
	}
	var kept [3]bool
	for i, step := range steps {
		kept[i] = step() == nil
	}
	publishTo(t, other, "2")
	for range 2 {
		time.Sleep(time.Minute)
		if err := other.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	log := b.got
	for i, want := range []bool{kept[2], true} {
		if body := fmt.Sprint(i + 1); want && !slices.Contains(log, body) {
			t.Errorf("the bridge got %v, and not %s", log, body)
		}
	}
	wantOnceInOrder(t, "old", true, g.got["old"], "1", "2")
	wantOnceInOrder(t, "now", kept[0], g.got["now"], "1", "2")
	wantOnceInOrder(t, "all", kept[1], g.got["all"], "0", "1", "2")
	return dies.dead()
}

// A gatewayOf is a gateway as a process has it that may be dead.
type gatewayOf struct {
	*gateway
	alive func() error
}

func (g *gatewayOf) Push(ctx context.Context, socket string, deliveries []core.Delivery) error {
	if err := g.alive(); err != nil {
		return err
	}
	return g.gateway.Push(ctx, socket, deliveries)
}

func (g *gatewayOf) CloseSocket(ctx context.Context, socket string) error {
	if err := g.alive(); err != nil {
		return err
	}
	return g.gateway.CloseSocket(ctx, socket)
}

// wantOnceInOrder wants what a socket got to be, repeats aside, the messages in order, the one that may never have been
// published ("1") aside.
func wantOnceInOrder(t *testing.T, socket string, all bool, got []string, want ...string) {
	t.Helper()
	var once []string
	for _, body := range got {
		if !slices.Contains(once, body) {
			once = append(once, body)
		}
	}
	i := 0
	for _, body := range want {
		switch {
		case i < len(once) && once[i] == "v:"+body:
			i++
		case body == "1" || !all:
		default:
			t.Errorf("socket %s got %v and not %s", socket, got, body)
		}
	}
	if i < len(once) {
		t.Errorf("socket %s got %v, want the order %v", socket, got, want)
	}
}

// A lost answer to any call of the store, whether it took effect or not, keeps nothing from anybody.
func TestAnswersAreLostWhilePushing(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at, failed := 1, true; failed && !t.Failed(); at++ {
			t.Run(fmt.Sprintf("call %d, took effect %v", at, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { failed = loseAnswer(t, at, after) })
			})
		}
	}
}

func loseAnswer(t *testing.T, at int, after bool) (failed bool) {
	t.Helper()
	store, g, b := &failing{Store: memory.New(nil), at: at, after: after}, &gateway{}, &broker{}
	set := newFollowSet(t, store, &core.Options{Pusher: g, Bridges: []*core.Follower{b.follower("b")}})
	again := func(step func() error) {
		t.Helper()
		if step() == nil {
			return
		}
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	again(func() error {
		return subscribePush(t.Context(), set, "s", &core.SubscribeRequest{Subscription: on("news", ""), Replay: core.ReplayAll})
	})
	publish := func(body string) func() error {
		return func() error {
			_, err := set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: body, ID: body})
			return err
		}
	}
	again(publish("2"))
	again(publish("3"))
	again(func() error { return set.Sweep(t.Context()) })
	wantOnceInOrder(t, "s", true, g.got["s"], "2", "3")
	if !slices.Contains(b.got, "2") || !slices.Contains(b.got, "3") {
		t.Errorf("the bridge got %v", b.got)
	}
	return store.calls >= at
}
