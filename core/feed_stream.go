package core

import (
	"context"
	"errors"
	"slices"
)

// Why the Feed of a stream ends: another stream of its connection was opened, or it was closed, in whatever process that happened.
var (
	ErrReplaced     = errors.New("another stream has taken the place of this one")
	ErrStreamClosed = errors.New("the stream was closed")
)

// A checkpoint is how far the feed of a stream had come.
type checkpoint struct {
	subs  []subscription
	inbox uint64
}

// OpenStream opens the stream of a connection under an id that no other has, and returns a Feed of the connection's subscriptions, those
// that it will make or end included. It begins with what is not confirmed. A connection has one stream: one that is open ends with
// ErrReplaced, here at once, in another process when that is told or looks, and confirms nothing from now on. Beat says what was delivered,
// and keeps connection and client alive. The fault is NotFound where the connection has ended.
func (s *ChannelSet) OpenStream(ctx context.Context, conn *Connection, id string) (*Feed, error) {
	err := conn.update(ctx, func(v *connectionState) (bool, error) {
		v.stream = id
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	s.tellConnection(ctx, conn)
	f := &Feed{set: s, conn: conn, stream: id, waiter: s.waiting.enterStream(keyOf(conn)), seen: s.Now()}
	v := conn.view()
	f.subs, f.inbox = v.subscriptions, v.inbox
	f.saved = [2]checkpoint{f.checkpoint(), f.checkpoint()}
	return f, nil
}

// CloseStream ends the stream of a connection, if it has that id, in whatever process it runs: its Feed ends with ErrStreamClosed, and
// Feed.Confirm is to follow. It reports whether it was open.
func (s *ChannelSet) CloseStream(ctx context.Context, conn *Connection, id string) (open bool, err error) {
	err = conn.update(ctx, func(v *connectionState) (bool, error) {
		if open = id != "" && v.stream == id; open {
			v.stream = ""
		}
		return open, nil
	})
	switch {
	case errors.Is(err, ErrNoConnection):
		return false, nil
	case err == nil && open:
		s.tellConnection(ctx, conn)
	}
	return open, err
}

// overtaken returns why the stream is over, by what is stored of its connection.
func (f *Feed) overtaken(v *connectionState) error {
	switch v.stream {
	case f.stream:
		return nil
	case "":
		return ErrStreamClosed
	}
	return ErrReplaced
}

// Beat is called at each heartbeat of a stream: what was given out two beats ago is taken as delivered and saved, where that is
// something. So a stream that is opened again without a close gets the last two intervals once more. The errors are those of Next.
func (f *Feed) Beat(ctx context.Context) error {
	if f.conn == nil {
		return nil
	}
	f.mu.Lock()
	reached, seen, now := f.saved[0], f.seen, f.set.Now()
	f.saved[0], f.saved[1] = f.saved[1], f.checkpoint()
	f.mu.Unlock()
	if err := f.confirm(ctx, reached, false); err != nil || !f.set.stale(seen, now) {
		return err
	}
	if err := f.live(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = now
	return nil
}

// live notes that the client and its connection live, as any request of theirs does.
func (f *Feed) live(ctx context.Context) error {
	_, conn, err := f.set.Load(ctx, f.conn.channel, f.conn.client.ID())
	if err == nil && conn == nil {
		return connectionEnded()
	}
	return err
}

// Confirm takes everything that was given out as delivered, for a stream that its client has closed in good order. Where another one
// was opened since, that is too late, and the error is ErrReplaced.
func (f *Feed) Confirm(ctx context.Context) error {
	if f.conn == nil {
		return nil
	}
	f.mu.Lock()
	reached := f.checkpoint()
	f.mu.Unlock()
	return f.confirm(ctx, reached, true)
}

func (f *Feed) checkpoint() checkpoint { return checkpoint{f.subs, f.inbox.done} }

// confirm saves how far the stream has come, unless it is over: what it gives out nobody may get any more. A closed one may do it once.
func (f *Feed) confirm(ctx context.Context, reached checkpoint, closed bool) error {
	return f.conn.update(ctx, func(v *connectionState) (bool, error) {
		if err := f.overtaken(v); err != nil && (!closed || !errors.Is(err, ErrStreamClosed)) {
			return false, err
		}
		changed := reached.inbox > v.inbox.done
		v.inbox.done = max(v.inbox.done, reached.inbox)
		v.subscriptions = slices.Clone(v.subscriptions)
		for i := range v.subscriptions {
			if v.subscriptions[i].reach(reached.subs) {
				changed = true
			}
		}
		return changed, nil
	})
}

// saveAtMostOnce saves how far the stream has come with destinations that deliver at most once, before what was found of them is given
// out: no later stream gets it again.
func (f *Feed) saveAtMostOnce(ctx context.Context, g *gathering) error {
	once := func(d Delivery) bool { return f.set.atMostOnce(d.Topic.Destination) }
	if f.conn == nil || !slices.ContainsFunc(g.found, once) {
		return nil
	}
	var reached checkpoint
	for i := range g.subs {
		if r := &g.subs[i]; f.set.atMostOnce(r.Topic.Destination) {
			v := *r.subscription
			v.epoch, v.done = r.epochRead(), r.reached
			reached.subs = append(reached.subs, v)
		}
	}
	return f.confirm(ctx, reached, false)
}

// reach takes over how far the same subscription has come among others, and reports whether that is further.
func (v *subscription) reach(others []subscription) (further bool) {
	for i := range others {
		o := &others[i]
		if !o.is(&v.Subscription) || !o.created.Equal(v.created) {
			continue
		}
		if o.epoch != v.epoch {
			v.epoch, v.done = o.epoch, nil // the log was lost, and begun anew
		}
		if both := v.done.and(o.done); !slices.Equal(both, v.done) {
			v.done, further = both, true
		}
	}
	return further
}
