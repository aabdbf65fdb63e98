package core_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// readCounter counts the reads of logs. It has the six verbs and no more, so that it removes what has expired by itself.
type readCounter struct {
	core.Store
	ranges atomic.Int64
}

func (s *readCounter) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	s.ranges.Add(1)
	return s.Store.Range(ctx, partition, after, limit, bytes)
}

// Who waits at a place behind which everything was removed comes to rest, also beside one who is further.
func TestWaitBeforeWhatWasRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &readCounter{Store: memory.New(nil)}
		set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Timeout: 1000 * time.Hour})
		defer set.Drain()
		set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
		set.AddDestination(&core.Destination{Name: "news", TTL: time.Second})
		p := &post{t: t, set: set}
		news := core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}

		p.conn = p.connect()
		p.subscribe(news) // before everything
		for range 10 {
			p.publish("news", "", "a")
		}
		time.Sleep(100 * time.Hour)
		late := &post{t: t, set: set}
		late.conn = late.connect()
		late.subscribe(news) // behind everything
		go func() { _, _ = set.Poll(t.Context(), late.conn, &core.PollRequest{Wait: time.Minute}) }()
		time.Sleep(time.Second)

		before := store.ranges.Load()
		p.poll(core.PollRequest{Wait: 10 * time.Second})
		if reads := store.ranges.Load() - before; reads > 50 {
			t.Errorf("a poll that waits ten seconds reads the log %d times", reads)
		}
		time.Sleep(time.Minute)
	})
}

// A poll that waits from before its client connected anew ends at once, with nothing.
func TestRollbackEndsWaitingPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, nil, &core.Destination{Name: "news"})
		p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
		start := time.Now()
		ended := make(chan time.Duration)
		go func() {
			p.poll(core.PollRequest{Wait: time.Minute})
			ended <- time.Since(start)
		}()
		time.Sleep(time.Second / 4)
		if err := p.conn.Rollback(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if took := <-ended; took != time.Second/4 {
			t.Errorf("the poll ended after %v, want with the rollback", took)
		}
	})
}

// A poll whose request has a deadline is answered before it, with nothing.
func TestPollEndsBeforeDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, nil, &core.Destination{Name: "news"})
		defer p.set.Drain()
		p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		b, err := p.set.Poll(ctx, p.conn, &core.PollRequest{Wait: 20 * time.Second})
		if took := time.Since(start); err != nil || len(b.Deliveries) != 0 || took < time.Second || ctx.Err() != nil {
			t.Errorf("got %v, %v after %v; want an empty batch before 2s", b, err, took)
		}
	})
}
