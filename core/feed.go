package core

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrDraining is what a Feed ends with when the server is about to end.
var ErrDraining = errors.New("the server is about to end")

// A Feed delivers to a socket of this process. It keeps no messages: what it has not yet given out stands in the log, so a slow
// socket falls behind and loses nothing that lives. One goroutine calls Next; the other methods may be called by any.
type Feed struct {
	set    *ChannelSet
	conn   *Connection // whose subscriptions these are; nil: the socket's own
	stream string      // names the stream in conn
	waiter *waiter

	// Of Next alone.
	waited    bool      // it has: what woke it, this process has read
	loaded    time.Time // when the connection was loaded last
	restUntil time.Time // the store has not answered, and is left alone until then

	mu    sync.Mutex
	subs  []subscription // done is how far they were given out
	inbox inbox
	saved [2]checkpoint // as it was at the last heartbeat and the one before
	seen  time.Time     // when client and connection were last noted to live
}

// A FeedEvent is a Delivery of a Feed and the cursor behind it, for a client that brings it back.
type FeedEvent struct {
	Delivery
	Cursor string // empty for the inbox
}

// NewFeed returns a Feed of a socket's own subscriptions, which end with it.
func (s *ChannelSet) NewFeed() *Feed {
	return &Feed{set: s, waiter: newWaiter(waiterKey{})}
}

// Subscribe adds a subscription of the socket's own, for a caller or, with a nil call, for the application. One that is there already is
// replaced. The faults are those of ChannelSet.Subscribe. A feed that was not asked to replay begins behind what stands now.
func (f *Feed) Subscribe(ctx context.Context, call *Call, r *SubscribeRequest) error {
	fresh, err := f.set.newSubscription(ctx, call, nil, r)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	subs := slices.DeleteFunc(slices.Clone(f.subs), func(o subscription) bool { return o.is(&r.Subscription) })
	if err := f.set.checkRoom(subs, &fresh); err != nil {
		return err
	}
	subs = append(subs, fresh)
	f.subs = subs
	f.waiter.notify()
	return nil
}

// Unsubscribe ends the socket's own subscriptions with that ID and reports whether there were any.
func (f *Feed) Unsubscribe(ctx context.Context, id string) bool {
	f.mu.Lock()
	var ended []subscription
	f.subs = slices.DeleteFunc(slices.Clone(f.subs), func(o subscription) bool {
		if o.ID != id {
			return false
		}
		ended = append(ended, o)
		return true
	})
	f.mu.Unlock()
	f.waiter.notify()
	f.set.unsubscribed(ctx, nil, ended)
	return len(ended) > 0
}

// Cursor returns the place that the subscription with that ID has reached, for a client that goes on from there; "" where there is none.
func (f *Feed) Cursor(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.subs {
		if v := &f.subs[i]; v.ID == id {
			return cursorText(v.epoch, v.done)
		}
	}
	return ""
}

// Next returns what comes next, and waits for it. After an error, which is ctx's, ErrDraining, for a stream ErrReplaced, ErrStreamClosed or
// ErrNoConnection, or one of the store, nothing was taken; after one of the store it may be called again, and waits a second first.
func (f *Feed) Next(ctx context.Context) ([]FeedEvent, error) {
	if err := f.rest(ctx); err != nil {
		return nil, err
	}
	events, err := f.next(ctx)
	if err != nil && ctx.Err() == nil {
		f.restUntil = time.Now().Add(storePause)
	}
	return events, err
}

// Now returns what comes next without waiting for it; nothing where that would take waiting. It is for a socket's own subscriptions, and in the
// place of Next.
func (f *Feed) Now(ctx context.Context) ([]FeedEvent, error) {
	_, events, err := f.read(ctx, false)
	return events, err
}

// storePause is how long a Feed leaves a store alone that did not answer. What is published meanwhile stands in the log.
const storePause = time.Second

// rest waits as long as the store is to be left alone.
func (f *Feed) rest(ctx context.Context) error {
	left := time.Until(f.restUntil)
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.set.drained:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (f *Feed) next(ctx context.Context) ([]FeedEvent, error) {
	for {
		if err := f.over(ctx); err != nil {
			return nil, err
		}
		if err := f.refresh(ctx); err != nil {
			return nil, err
		}
		readings, events, err := f.read(ctx, f.waited)
		if err != nil || len(events) > 0 {
			return events, err
		}
		why, err := f.set.wait(ctx, f.waiter, readings, f.untilStale())
		if err != nil {
			return nil, err
		}
		f.waited = true
		if why == changed {
			f.loaded = time.Time{}
		}
	}
}

// over returns why there is nothing more to come. Something may come all the time, so this is asked before each look.
func (f *Feed) over(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case f.set.draining():
		return ErrDraining
	}
	return nil
}

// refresh loads the connection, where it was changed or was loaded too long ago to be sure that it was not.
func (f *Feed) refresh(ctx context.Context) error {
	if f.conn == nil || !f.set.waiting.takeChanged(f.waiter) && f.untilStale() > 0 {
		return nil
	}
	f.loaded = time.Time{} // until it succeeds
	if err := f.reload(ctx); err != nil {
		return err
	}
	f.loaded = time.Now()
	return nil
}

// untilStale returns how long what is known of the connection is good, as far as nobody tells.
func (f *Feed) untilStale() time.Duration {
	if f.conn == nil {
		return forever
	}
	return f.set.rereadAfter() - time.Since(f.loaded)
}

// forever is longer than any stream.
const forever = 365 * 24 * time.Hour

// read takes what stands behind what was given out.
func (f *Feed) read(ctx context.Context, cached bool) ([]reading, []FeedEvent, error) {
	f.mu.Lock()
	subs, in := f.subs, f.inbox
	f.mu.Unlock()
	limits := &f.set.opts.Limits
	g := gathering{set: f.set, now: f.set.Now(), cached: cached, most: limits.BatchMessages, bytes: limits.BatchBytes}
	for i := range subs {
		g.subs = append(g.subs, reading{subscription: &subs[i], from: subs[i].done})
	}
	var events []FeedEvent
	if f.conn != nil && in.hint > in.done {
		sent, reached, err := f.conn.readInbox(ctx, in.done, in.hint, limits.BatchMessages)
		if err != nil {
			return nil, nil, err
		}
		in.done = reached
		for _, d := range sent {
			events = append(events, FeedEvent{Delivery: d})
		}
	}
	if err := g.gather(ctx); err != nil {
		return nil, nil, err
	}
	at := map[*subscription]positions{}
	for _, d := range g.found {
		ps, ok := at[d.source]
		if !ok {
			ps = d.source.done
		}
		at[d.source] = ps.with(d.shard, d.end)
		events = append(events, FeedEvent{d, cursorText(d.source.epoch, at[d.source])})
	}
	if err := f.saveAtMostOnce(ctx, &g); err != nil {
		return nil, nil, err
	}
	f.advance(g.subs, in.done)
	return g.subs, events, nil
}

// advance notes what was given out, for the subscriptions that there still are.
func (f *Feed) advance(readings []reading, inbox uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inbox.done = max(f.inbox.done, inbox)
	f.subs = slices.Clone(f.subs)
	for i := range f.subs {
		v := &f.subs[i]
		for j := range readings {
			if r := &readings[j]; r.is(&v.Subscription) && r.created.Equal(v.created) {
				if v.epoch != r.epochRead() {
					v.epoch, v.done = r.epochRead(), nil
				}
				v.done = v.done.and(r.reached)
			}
		}
	}
}

// reload takes over the connection's subscriptions as they are stored now, each as far as it has come here.
func (f *Feed) reload(ctx context.Context) error {
	v, err := f.conn.load(ctx)
	if err != nil {
		return err
	}
	if err := f.overtaken(&v.connectionState); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.subs
	f.subs = slices.Clone(v.subscriptions)
	for i := range f.subs {
		f.subs[i].reach(old)
	}
	f.inbox.hint = v.inbox.hint
	return nil
}

// Close ends the feed and the socket's own subscriptions.
func (f *Feed) Close(ctx context.Context) {
	if f.conn != nil {
		f.set.waiting.leaveStream(f.waiter)
		return
	}
	f.mu.Lock()
	ended := f.subs
	f.subs = nil
	f.mu.Unlock()
	f.set.unsubscribed(ctx, nil, ended)
}
