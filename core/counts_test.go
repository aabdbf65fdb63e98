package core_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// uses are calls of the store. Each is one item or one range, and so one unit of what stores are paid by.
type uses struct{ reads, writes int }

// wantUses fails unless doing something costs so much.
func (s *counting) wantUses(t *testing.T, what string, want uses, do func()) {
	t.Helper()
	s.reset()
	do()
	if got := (uses{s.reads(), int(s.writes.Load())}); got != want {
		t.Errorf("%s: %d reads and %d writes, want %d and %d", what, got.reads, got.writes, want.reads, want.writes)
	}
}

// countingPost returns a post with so many connections that have subscribed to news, in a process that has worked a while.
func countingPost(t *testing.T, subscribers int) (*post, *counting, []*core.Connection) {
	t.Helper()
	store := &counting{Store: memory.New(nil)}
	set := core.NewChannelSet(core.NewServiceMapper(), store, nil)
	t.Cleanup(func() { _ = set.Close() })
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
	set.AddDestination(&core.Destination{Name: "news"})
	p := &post{t: t, set: set}
	conns := make([]*core.Connection, subscribers)
	for i := range conns {
		conns[i] = p.connect()
		p.conn = conns[i]
		p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	}
	p.conn = conns[0]
	p.publish("news", "", "warm")
	p.poll(core.PollRequest{ID: "warm"})
	p.poll(core.PollRequest{ID: "confirm"})
	return p, store, conns
}

// What messaging costs is what ARCHITECTURE promises, at any number of subscribers.
func TestCounts(t *testing.T) {
	for _, subscribers := range []int{1, 10_000} {
		t.Run(fmt.Sprintf("%d subscribers", subscribers), func(t *testing.T) {
			p, store, _ := countingPost(t, subscribers)
			poll := func(id string, want ...string) func() {
				return func() { p.wantPoll(id, want) }
			}
			publish := func() { p.publish("news", "", "a") }
			store.wantUses(t, "publish", uses{0, 1}, publish)
			store.wantUses(t, "a poll that delivers", uses{2, 1}, poll("1", "s:a"))
			store.wantUses(t, "the same poll again", uses{2, 0}, poll("1", "s:a"))
			store.wantUses(t, "a poll that confirms", uses{2, 1}, poll("2"))
			store.wantUses(t, "an idle poll", uses{2, 0}, poll("3"))
			publish()
			store.wantUses(t, "a poll that delivers", uses{2, 1}, poll("4", "s:a"))
			publish()
			store.wantUses(t, "a poll that confirms and delivers", uses{2, 1}, poll("5", "s:a"))
			store.wantUses(t, "a publish with an id", uses{1, 2}, func() {
				_, err := p.set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "a", ID: "once"})
				if err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// A hundred polls that wait cost what a hundred polls cost; what wakes them is read once for all.
func TestCountsOfWaitingPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const waiting = 100
		p, store, conns := countingPost(t, waiting)
		for i := range conns { // they have got what warmed the process
			(&post{t: t, set: p.set, conn: conns[i]}).poll(core.PollRequest{ID: "warm"})
			(&post{t: t, set: p.set, conn: conns[i]}).poll(core.PollRequest{ID: "confirm"})
		}
		var wg sync.WaitGroup
		store.wantUses(t, "polls that begin to wait", uses{2 * waiting, 0}, func() {
			for i := range conns {
				wg.Go(func() {
					one := &post{t: t, set: p.set, conn: conns[i]}
					if got := one.poll(core.PollRequest{ID: "wait", Wait: time.Minute}); fmt.Sprint(got) != "[s:a]" {
						t.Errorf("got %v, want the message", got)
					}
				})
			}
			synctest.Wait()
		})
		store.wantUses(t, "a publish that wakes them", uses{1, 1 + waiting}, func() {
			p.publish("news", "", "a")
			wg.Wait()
		})
		time.Sleep(time.Minute) // the pump ends
	})
}
