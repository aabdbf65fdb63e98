package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A broker takes what a bridge delivers.
type broker struct {
	fail func(body string) error

	mu  sync.Mutex
	got []string
}

func (b *broker) follower(name string) *core.Follower {
	return &core.Follower{Name: name, Destination: "news", Deliver: b.deliver}
}

func (b *broker) deliver(_ context.Context, _ int, messages []*core.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range messages {
		var body string
		if err := m.Body.Bind(&body, nil, value.Limits{}); err != nil {
			return err
		}
		if b.fail != nil {
			if err := b.fail(body); err != nil {
				return err
			}
		}
		b.got = append(b.got, body)
	}
	return nil
}

func (b *broker) want(t *testing.T, want ...string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.got, want) {
		t.Errorf("got %v, want %v", b.got, want)
	}
	b.got = nil
}

func newFollowSet(t *testing.T, store core.Store, o *core.Options) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), store, o)
	t.Cleanup(func() { _ = set.Close() })
	return set.AddDestination(&core.Destination{Name: "news"})
}

func TestFollow(t *testing.T) {
	store := memory.New(nil)
	set := newFollowSet(t, store, nil)
	publishTo(t, set, "before")
	late, early := &broker{}, &broker{}
	all := early.follower("all")
	all.Replay = true
	follow := func() {
		t.Helper()
		for _, f := range []*core.Follower{late.follower("late"), all} {
			if err := newFollowSet(t, memoryVerbs{store}, nil).Follow(t.Context(), f); err != nil { // each time in another process
				t.Fatal(err)
			}
		}
	}
	follow()
	late.want(t)
	early.want(t, "before")
	for i := range 300 {
		publishTo(t, set, fmt.Sprint(i))
	}
	follow()
	if len(late.got) != 300 || len(early.got) != 300 || late.got[299] != "299" {
		t.Errorf("got %d and %d messages, want 300", len(late.got), len(early.got))
	}
}

// What was not taken comes again, in its place; what came before it does not. Publishers do not all wait for who has just failed.
func TestFollowerFails(t *testing.T) {
	failures := map[string]func(){
		"an error": func() {},
		"a panic":  func() { panic("no") },
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, tries := &broker{}, 0
				set := newFollowSet(t, memory.New(nil), &core.Options{Bridges: []*core.Follower{b.follower("b")}})
				publishTo(t, set, "1")
				b.fail = func(string) error {
					tries++
					fail()
					return errors.New("no")
				}
				for _, body := range []string{"2", "3", "4"} {
					publishTo(t, set, body)
				}
				b.want(t, "1")
				if tries != 1 {
					t.Errorf("%d tries, want one", tries)
				}
				b.fail = nil
				time.Sleep(5 * time.Second)
				publishTo(t, set, "5")
				b.want(t, "2", "3", "4", "5")
			})
		})
	}
}

func TestFollowerFaults(t *testing.T) {
	rows := []struct {
		name string
		f    core.Follower
		want core.Code
	}{
		{"no name", core.Follower{Destination: "news", Deliver: (&broker{}).deliver}, core.Invalid},
		{"a name that is none", core.Follower{Name: "a b", Destination: "news", Deliver: (&broker{}).deliver}, core.Invalid},
		{"nobody who delivers", core.Follower{Name: "a", Destination: "news"}, core.Invalid},
		{"no such destination", core.Follower{Name: "a", Destination: "olds", Deliver: (&broker{}).deliver}, core.NotFound},
	}
	set := newFollowSet(t, memory.New(nil), nil)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if err := set.Follow(t.Context(), &row.f); err == nil || core.AsFault(err).Code != row.want {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
}

// A bridge that is new gets the first message that a process publishes for it, not only what comes after.
func TestBridgeBeginsBeforeThePublish(t *testing.T) {
	b := &broker{}
	store := memory.New(nil)
	publishTo(t, newFollowSet(t, store, nil), "without the bridge")
	publishTo(t, newFollowSet(t, store, &core.Options{Bridges: []*core.Follower{b.follower("b")}}), "with it")
	b.want(t, "with it")
}

func TestBridgeSetUp(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a bridge that nobody can run was taken")
		}
	}()
	newFollowSet(t, memory.New(nil), &core.Options{Bridges: []*core.Follower{{Name: "b"}}})
}

// What is dead by the time it would be taken is not.
func TestFollowerPassesTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &broker{}
		set := newFollowSet(t, memoryVerbs{memory.New(nil)}, nil)
		if err := set.Follow(t.Context(), b.follower("b")); err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			publishTo(t, set, fmt.Sprint(i))
		}
		time.Sleep(72 * time.Hour) // long after all have expired, and have been removed
		publishTo(t, set, "it")
		if err := set.Follow(t.Context(), b.follower("b")); err != nil {
			t.Fatal(err)
		}
		b.want(t, "it")
	})
}

func TestRunFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, b := memory.New(nil), &broker{}
		counts := &counting{Store: store}
		sets := []*core.ChannelSet{newFollowSet(t, counts, nil), newFollowSet(t, memoryVerbs{store}, nil)}
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for i, set := range sets {
			wg.Go(func() {
				want := map[int]error{0: context.Canceled, 1: core.ErrDraining}[i]
				if err := set.RunFollower(ctx, b.follower("b")); !errors.Is(err, want) {
					t.Errorf("process %d ended with %v, want %v", i, err, want)
				}
			})
			synctest.Wait()
			if i == 0 {
				publishTo(t, set, "1")
				synctest.Wait()
				b.want(t, "1")
			}
		}
		counts.reset()
		time.Sleep(10 * time.Minute)
		if writes := counts.writes.Load(); writes > 0 {
			t.Errorf("%d writes while nothing happens, want none", writes)
		}
		publishTo(t, sets[1], "2")
		time.Sleep(2 * time.Second)
		publishTo(t, newFollowSet(t, memoryVerbs{store}, nil), "3") // by a process that does not follow
		time.Sleep(2 * time.Second)
		b.want(t, "2", "3")
		sets[1].Drain()
		publishTo(t, sets[0], "4")
		synctest.Wait()
		b.want(t, "4")
		cancel()
		wg.Wait()
	})
}

// A follower that failed tries again soon, and less and less often.
func TestRunFollowerTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		b := &broker{fail: func(string) error { tries++; return errors.New("no") }}
		set := newFollowSet(t, memory.New(nil), nil)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = set.RunFollower(ctx, b.follower("b")) })
		synctest.Wait()
		publishTo(t, set, "1")
		time.Sleep(10 * time.Minute)
		b.mu.Lock()
		if tries < 20 || tries > 30 {
			t.Errorf("%d tries in ten minutes, want about one in half a minute", tries)
		}
		b.fail = nil
		b.mu.Unlock()
		time.Sleep(31 * time.Second)
		b.want(t, "1")
		cancel()
		wg.Wait()
	})
}

// A follower that dies at work leaves its lease; another one takes it over when it has run out, and not before.
func TestFollowerDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, b := memory.New(nil), &broker{}
		f := b.follower("b")
		f.Replay = true
		dies := &dying{Store: store}
		dies.left.Store(1000)
		set := newFollowSet(t, dies, nil)
		publishTo(t, set, "1")
		b.fail = func(string) error { dies.left.Store(0); return nil }
		_ = set.Follow(t.Context(), f)
		b.fail = nil
		b.want(t, "1")
		other := newFollowSet(t, store, nil)
		follow := func() {
			if err := other.Follow(t.Context(), f); err != nil {
				t.Error(err)
			}
		}
		follow()
		time.Sleep(30 * time.Second) // clocks may be five seconds apart
		follow()
		b.want(t)
		time.Sleep(6 * time.Second)
		follow()
		b.want(t, "1")
	})
}
