package core

import (
	"context"
	"slices"
	"time"
)

// A PollRequest asks for what a connection has not yet got.
type PollRequest struct {
	// ID is the request's own: the same again, since its answer was lost, gets the same batch. Empty: a request is like no other.
	ID string
	// Explicit is for protocols that confirm by Ack, the Batch.ID that they have got, and not by polling again.
	Explicit bool
	Ack      string
	// Received is when the front door got the request. Default: now.
	Received time.Time
	// Wait is how long to wait for the first message; a deadline of ctx ends the wait in time to answer. Where too many wait already it is
	// as if it were 0.
	Wait time.Duration
	// Idle, where not nil, is called once when the poll begins to wait, for a caller that has memory to let go of meanwhile.
	Idle func()
}

// A Batch is what a poll delivers. It is recorded before it is returned, and delivered again until it is confirmed.
type Batch struct {
	ID         string // empty where there is nothing in it
	Deliveries []Delivery
	// Superseded: a later poll of the same connection has taken this one's place while it waited.
	Superseded bool
	// Crowded: it would have waited, but too many do.
	Crowded bool
}

// A batch is what is stored of the last Batch: its parts are the pending positions of the subscriptions and the inbox.
type batch struct {
	id       string // empty: none is unconfirmed
	request  string
	recorded time.Time
}

func (w *formWriter) batch(b batch) {
	w.text(b.id)
	w.text(b.request)
	w.time(b.recorded)
}

func (r *formReader) batch() batch { return batch{r.text(), r.text(), r.time()} }

// manyPassed is how many messages a poll passes over, since nobody wanted them, before it writes how far it has come.
const manyPassed = 100

// Poll confirms what it may and returns what comes next. Only a poll confirms, and only a batch that was recorded before this poll
// first looked, by another request. It writes only where something is confirmed or delivered, or much was passed over. The fault is
// NotFound where the connection has ended.
func (s *ChannelSet) Poll(ctx context.Context, conn *Connection, r *PollRequest) (*Batch, error) {
	p := s.beginPoll(ctx, conn, r)
	defer s.waiting.leave(p.waiter)
	for {
		if b, err := p.try(ctx); err != nil || b != nil {
			return b, err
		}
		if b := p.cannotWait(); b != nil {
			return b, nil
		}
		if again, err := p.wait(ctx); err != nil || !again {
			return &Batch{Superseded: s.waiting.superseded(p.waiter)}, err
		}
	}
}

// A poll is a Poll under way. It is not on the stack, and what a poll calls before it waits has returned by then: many wait at once, and
// a goroutine that uses little of its stack is given a smaller one.
type poll struct {
	set      *ChannelSet
	conn     *Connection
	request  *PollRequest
	first    string // the batch that was unconfirmed when this poll first looked
	received time.Time
	deadline time.Time
	waiter   *waiter
	waits    bool // it has begun to wait

	readings []reading // as they were last read, and how far this poll has come with them
	passed   int
	awake    bool // it has waited: what woke it has been read by this process
}

// answerTime is how long before the deadline of its request a poll ends its wait: an empty answer is worth more than a failure.
const answerTime = 100 * time.Millisecond

func (s *ChannelSet) beginPoll(ctx context.Context, conn *Connection, r *PollRequest) *poll {
	wait := r.Wait
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline)-answerTime)
	}
	return &poll{
		set: s, conn: conn, request: r, first: conn.view().batch.id, received: s.received(r.Received).Round(0),
		deadline: s.Now().Add(wait), waiter: s.waiting.enter(keyOf(conn)),
	}
}

// cannotWait answers a poll for which there is nothing, and which must not wait; nil: it may.
func (p *poll) cannotWait() *Batch {
	switch {
	case p.set.waiting.superseded(p.waiter):
		return &Batch{Superseded: true}
	case p.left() <= 0 || p.set.draining():
		return &Batch{}
	case !p.set.waiting.admit(p.waiter):
		return &Batch{Crowded: true}
	}
	if !p.waits && p.request.Idle != nil {
		p.request.Idle()
	}
	p.waits = true
	return nil
}

// left returns how long the poll may wait.
func (p *poll) left() time.Duration { return p.deadline.Sub(p.set.Now()) }

// try answers with what there is; nil: nothing yet.
func (p *poll) try(ctx context.Context) (*Batch, error) {
	var answer *Batch
	err := retry(ctx, func(anew bool) (err error) {
		if anew {
			if _, err := p.conn.load(ctx); err != nil {
				return err
			}
		}
		answer, err = p.step(ctx)
		return err
	})
	return answer, err
}

// isBefore reports whether the poll had arrived when its client connected anew. Where that seems to be still to come, the clock has gone
// back since, and nobody knows.
func (p *poll) isBefore(rolledBack time.Time) bool {
	return !rolledBack.IsZero() && !p.received.After(rolledBack) && !rolledBack.After(p.set.Now().Add(clockStep))
}

// step is computed from the view of the connection. A conflict means that it is to be computed again.
func (p *poll) step(ctx context.Context) (*Batch, error) {
	v := p.conn.view()
	if p.isBefore(v.rolledBack) {
		return &Batch{}, nil // the client has connected anew since it asked
	}
	next := *v
	if v.batch.id != "" {
		if p.again(&v.batch) {
			found, err := p.redeliver(ctx, &v.connectionState)
			if err != nil || len(found) > 0 {
				return &Batch{ID: v.batch.id, Deliveries: found}, err
			}
			// Nothing of it is alive: it is as good as confirmed.
		}
		if v.batch.id != p.first {
			return &Batch{}, nil // another poll recorded it since: only a later one may confirm it
		}
		next.confirm()
	}
	return p.deliver(ctx, v, &next)
}

// again reports whether the request gets the unconfirmed batch once more.
func (p *poll) again(b *batch) bool {
	if p.request.Explicit {
		return p.request.Ack != b.id
	}
	return p.request.ID != "" && p.request.ID == b.request
}

// redeliver reads the unconfirmed batch once more.
func (p *poll) redeliver(ctx context.Context, v *connectionState) ([]Delivery, error) {
	g := gathering{set: p.set, now: p.set.Now()}
	for i := range v.subscriptions {
		if o := &v.subscriptions[i]; len(o.pending) > 0 {
			g.subs = append(g.subs, reading{subscription: o, from: o.done, to: o.pending, bounded: true})
		}
	}
	if err := g.gather(ctx); err != nil {
		return nil, err
	}
	if v.inbox.pending == 0 {
		return g.found, nil
	}
	sent, _, err := p.conn.readInbox(ctx, v.inbox.done, v.inbox.pending, int(^uint(0)>>1))
	return append(sent, g.found...), err
}

// deliver reads what comes next and records it. v is what is stored, next what is to be.
func (p *poll) deliver(ctx context.Context, v, next *connectionItem) (*Batch, error) {
	limits := &p.set.opts.Limits
	g := gathering{set: p.set, now: p.set.Now(), cached: p.awake, most: limits.BatchMessages, bytes: limits.BatchBytes}
	for i := range next.subscriptions {
		o := &next.subscriptions[i]
		g.subs = append(g.subs, reading{subscription: o, from: p.progress(o)})
	}
	var found []Delivery
	reached := next.inbox.done
	var err error
	if next.inbox.hint > next.inbox.done {
		if found, reached, err = p.conn.readInbox(ctx, next.inbox.done, next.inbox.hint, limits.BatchMessages); err != nil {
			return nil, err
		}
	}
	if err := g.gather(ctx); err != nil {
		return nil, err
	}
	found = append(found, g.found...)
	p.passed += g.passed
	if len(found) > 0 {
		return p.record(ctx, next, &g, found, reached)
	}
	p.readings = g.subs
	next.inbox.done = reached
	if v.batch.id == "" && reached == v.inbox.done && p.passed <= manyPassed && !g.full {
		return nil, nil
	}
	p.passed = 0
	next.progress(g.subs)
	return nil, p.conn.save(ctx, next)
}

// record saves what is to be delivered, then lets it be delivered.
func (p *poll) record(ctx context.Context, next *connectionItem, g *gathering, found []Delivery, reached uint64) (*Batch, error) {
	id, err := p.set.newNonce()
	if err != nil {
		return nil, err
	}
	next.subscriptions = slices.Clone(next.subscriptions)
	confirms := false
	for i := range g.subs {
		o := &next.subscriptions[i]
		if o.epoch != g.subs[i].epochRead() {
			o.epoch, o.done = g.subs[i].epochRead(), nil
		}
		if p.set.atMostOnce(o.Topic.Destination) {
			o.done = g.subs[i].reached
			continue
		}
		o.pending = g.subs[i].reached
		confirms = true
	}
	if reached > next.inbox.done {
		next.inbox.pending = reached
		confirms = true
	}
	next.batch = batch{}
	if confirms {
		next.batch = batch{id: id, request: p.request.ID, recorded: p.set.Now()}
	}
	if err := p.conn.save(ctx, next); err != nil {
		return nil, err
	}
	return &Batch{ID: id, Deliveries: found}, nil
}

// progress returns how far this poll has come with a subscription.
func (p *poll) progress(o *subscription) positions {
	for i := range p.readings {
		if r := &p.readings[i]; r.is(&o.Subscription) && r.created.Equal(o.created) {
			return o.done.and(r.reached)
		}
	}
	return o.done
}

// progress takes the subscriptions as far as they have come.
func (s *connectionState) progress(readings []reading) {
	s.subscriptions = make([]subscription, len(readings))
	for i := range readings {
		s.subscriptions[i] = *readings[i].subscription
		s.subscriptions[i].done = readings[i].reached
		s.subscriptions[i].epoch = readings[i].epochRead()
	}
}

// epochRead is the epoch of what was read; that of before, where nothing was.
func (r *reading) epochRead() string {
	if r.living == "" {
		return r.epoch
	}
	return r.living
}

func (s *ChannelSet) atMostOnce(destination string) bool {
	d := s.Destination(destination)
	return d != nil && d.AtMostOnce
}
