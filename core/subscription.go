package core

import (
	"context"
	"slices"
	"time"
)

// A Subscription is what a connection, or a socket, wants to get.
type Subscription struct {
	// ID names who gets it: a Flex consumer's clientId. Several subscriptions may share one; then each message is delivered once.
	ID       string
	Topic    Topic
	Selector string // a condition on headers (core/selector); empty: none
	// MaxFrequency is how many messages a second the subscriber wants at most; what is more is not delivered. Zero: all.
	MaxFrequency float64
}

// A SubscribeRequest asks for a subscription.
type SubscribeRequest struct {
	Subscription
	After  string // a cursor to begin behind; empty: where Replay says
	Replay Replay

	// Rollback is for protocols whose clients subscribe again when they have lost what they had: see Connection.Rollback. It is
	// done where the connection has a subscription with this ID already. Received is when the front door got the request.
	Rollback bool
	Received time.Time

	// Until is for SubscribePush: until when it is known who subscribes, whose token ends then. With the first message behind that the socket
	// is closed, for its client to connect anew. Zero: as long as the socket lives.
	Until time.Time
}

// A Replay says where a subscription without a cursor begins.
type Replay int

// The ways to begin.
const (
	ReplayDefault Replay = iota // as the destination says
	ReplayAll                   // with everything that is alive
	ReplayNone                  // with what is published from now on
)

// A subscription is a Subscription, and how far it has come.
type subscription struct {
	Subscription
	created time.Time
	done    positions // what has been confirmed
	pending positions // the end of the batch that is unconfirmed; empty where it has no part of it
	epoch   string    // of the positions
}

// is reports whether two are the same: by who gets it, topic and selector.
func (v *Subscription) is(o *Subscription) bool {
	return v.ID == o.ID && v.Topic == o.Topic && v.Selector == o.Selector
}

// A SubscribeHook runs when a subscription is to be made, before anything is kept; its error refuses it. conn is nil for sockets
// whose subscriptions end with them.
type SubscribeHook func(ctx context.Context, conn *Connection, v Subscription) error

// An UnsubscribeHook runs when a subscription has ended, by its subscriber's word or with its connection.
type UnsubscribeHook func(ctx context.Context, conn *Connection, v Subscription)

// Subscribe adds a subscription to a connection, for a caller or, with a nil call, for the application. One that is there already is
// left as it is, so that subscribing is safe to repeat. The faults are those of authorisation, NotFound for a destination that there is
// not, Invalid for a subtopic, selector or cursor that makes no sense, and Exhausted for more subscriptions than the limit.
func (s *ChannelSet) Subscribe(ctx context.Context, call *Call, conn *Connection, r *SubscribeRequest) error {
	fresh, err := s.newSubscription(ctx, call, conn, r)
	if err != nil {
		return err
	}
	err = conn.update(ctx, func(v *connectionState) (bool, error) {
		changed := false
		if r.Rollback && slices.ContainsFunc(v.subscriptions, func(o subscription) bool { return o.ID == r.ID }) {
			v.rollback(s.received(r.Received))
			changed = true
		}
		if slices.ContainsFunc(v.subscriptions, func(o subscription) bool { return o.is(&r.Subscription) }) {
			return changed, nil
		}
		if err := s.checkRoom(v.subscriptions, &fresh); err != nil {
			return false, err
		}
		v.subscriptions = append(slices.Clip(v.subscriptions), fresh)
		return true, nil
	})
	if err == nil {
		s.tellConnection(ctx, conn)
	}
	return err
}

// checkRoom is the fault for a connection or a socket that has no room for one subscription more.
func (s *ChannelSet) checkRoom(present []subscription, fresh *subscription) error {
	size := fresh.size()
	for i := range present {
		size += present[i].size()
	}
	return s.allowSubscriptions(len(present)+1, size)
}

// allowSubscriptions is the fault for a connection or a socket with too many subscriptions, or with too many bytes of texts in them.
func (s *ChannelSet) allowSubscriptions(count, size int) error {
	limits := &s.opts.Limits
	if count > limits.Subscriptions {
		return Exhausted.Errorf("A connection has more than %d subscriptions.", limits.Subscriptions)
	}
	if size > limits.SubscriptionSize {
		return Exhausted.Errorf("The subscriptions of a connection have more than %d bytes.", limits.SubscriptionSize)
	}
	return nil
}

// size returns the bytes of its texts.
func (v *Subscription) size() int {
	return len(v.ID) + len(v.Topic.Destination) + len(v.Topic.Subtopic) + len(v.Selector)
}

// received returns when a request came in: now, where its adapter does not say.
func (s *ChannelSet) received(t time.Time) time.Time {
	if t.IsZero() {
		return s.Now()
	}
	return t
}

// newSubscription checks a request, asks the hooks, and finds out where the subscription begins.
func (s *ChannelSet) newSubscription(ctx context.Context, call *Call, conn *Connection, r *SubscribeRequest) (v subscription, err error) {
	logs, err := s.mustLogsOf(r.Topic.Destination)
	if err != nil {
		return v, err
	}
	if err := logs.destination.checkSubtopic(r.Topic.Subtopic, true); err != nil {
		return v, err
	}
	if len(r.ID) > maxMessageID {
		return v, TooLarge.Errorf("A subscription's id has more than %d bytes.", maxMessageID)
	}
	if err := logs.destination.Subscribe.allow(ctx, call, r.Topic); err != nil {
		return v, err
	}
	v = subscription{Subscription: r.Subscription}
	if _, err := s.selectors.parse(r.Selector); err != nil {
		return v, err
	}
	for _, hook := range s.opts.OnSubscribe {
		if err := hook(ctx, conn, r.Subscription); err != nil {
			return v, err
		}
	}
	err = logs.start(ctx, &v, r)
	v.created = s.Now().Truncate(time.Millisecond) // what is published from now on stands behind where it starts
	return v, err
}

// start finds out where a subscription begins: in each shard that it reads, and in no other, whatever a cursor says.
func (l *destinationLogs) start(ctx context.Context, v *subscription, r *SubscribeRequest) error {
	meta, err := l.load(ctx)
	if err != nil {
		return err
	}
	v.epoch = meta.epoch
	var after positions
	if r.After != "" {
		epoch, given, err := readCursor(r.After)
		if err != nil {
			return err
		}
		if epoch == meta.epoch {
			after = given
		} // of another epoch: what it names is gone, and all that there is is news
	}
	for _, shard := range l.shardsOf(&meta, v.Topic.Subtopic) { // in order
		given, ok := after.of(shard)
		p, err := l.log(shard).place(ctx, given, ok, r.replays(l.destination))
		if err != nil {
			return err
		}
		v.done = append(v.done, shardPosition{shard, p})
	}
	return nil
}

// EndCursor returns the cursor behind all that stands now of a topic, which may have wildcards: who subscribes with it begins with what is
// published from now on, and can say later where that was. The faults are those of Subscribe for a topic that cannot be.
func (s *ChannelSet) EndCursor(ctx context.Context, t Topic) (string, error) {
	logs, err := s.mustLogsOf(t.Destination)
	if err != nil {
		return "", err
	}
	if err := logs.destination.checkSubtopic(t.Subtopic, true); err != nil {
		return "", err
	}
	v := subscription{Subscription: Subscription{Topic: t}}
	if err := logs.start(ctx, &v, &SubscribeRequest{Subscription: v.Subscription, Replay: ReplayNone}); err != nil {
		return "", err
	}
	return cursorText(v.epoch, v.done), nil
}

// replays reports whether a subscription to a destination may begin before what is published from now on.
func (r *SubscribeRequest) replays(d *Destination) bool {
	return r.After != "" || r.Replay == ReplayAll || r.Replay == ReplayDefault && d.Replay
}

// place returns where a subscription begins in a log: where a cursor says, if it was given, and else before or behind all that stands. A
// cursor beyond the end was never given out here, and whoever waited there would have the pump wait where nothing comes.
func (l *log) place(ctx context.Context, cursor position, given, replay bool) (position, error) {
	switch {
	case given && cursor.number <= l.knownTail().number:
		return cursor, nil
	case !given && replay:
		return l.begin(ctx)
	}
	end, err := l.end(ctx)
	if given && cursor.compare(end) < 0 {
		return cursor, err
	}
	return end, err
}

// Unsubscribe ends subscriptions of a connection: those with that ID, of the topic and selector where such are given. It is no error
// if there is none. It reports how many subscriptions the connection has left.
func (s *ChannelSet) Unsubscribe(ctx context.Context, conn *Connection, v *Subscription) (left int, err error) {
	var ended []subscription
	err = conn.update(ctx, func(state *connectionState) (bool, error) {
		ended = nil
		var kept []subscription
		for _, o := range state.subscriptions {
			if o.covered(v) {
				ended = append(ended, o)
			} else {
				kept = append(kept, o)
			}
		}
		state.subscriptions, left = kept, len(kept)
		return len(ended) > 0, nil
	})
	if err != nil {
		return left, err
	}
	s.tellConnection(ctx, conn)
	s.unsubscribed(ctx, conn, ended)
	return left, nil
}

// covered reports whether a subscription is among those that an Unsubscribe names.
func (v *Subscription) covered(by *Subscription) bool {
	return v.ID == by.ID && (by.Topic.Destination == "" || v.Topic == by.Topic && v.Selector == by.Selector)
}

func (s *ChannelSet) unsubscribed(ctx context.Context, conn *Connection, ended []subscription) {
	for _, v := range ended {
		for _, hook := range s.opts.OnUnsubscribe {
			s.guardHook(ctx, "unsubscribe", func() { hook(ctx, conn, v.Subscription) })
		}
	}
}

// Subscriptions returns the connection's subscriptions.
func (c *Connection) Subscriptions() []Subscription {
	stored := c.view().subscriptions
	list := make([]Subscription, len(stored))
	for i := range stored {
		list[i] = stored[i].Subscription
	}
	return list
}

// Cursor returns where a subscription of the connection that is made anew would have to begin to lose nothing: behind what has been
// confirmed. It is empty where the connection has no such subscription.
func (c *Connection) Cursor(v *Subscription) string {
	for _, o := range c.view().subscriptions {
		if o.is(v) {
			return cursorText(o.epoch, o.done)
		}
	}
	return ""
}

// Rollback makes everything that was delivered and not confirmed be delivered again, for a client that has connected anew. It always
// writes, and keeps when the front door got the request: a poll that had arrived before answers empty, since nobody reads its answer.
func (c *Connection) Rollback(ctx context.Context, received time.Time) error {
	err := c.update(ctx, func(v *connectionState) (bool, error) {
		v.rollback(c.client.set.received(received))
		return true, nil
	})
	if err == nil {
		c.client.set.tellConnection(ctx, c) // a poll from before, which waits, ends
	}
	return err
}

func (s *connectionState) rollback(received time.Time) {
	s.forget()
	if received.After(s.rolledBack) {
		s.rolledBack = received.Round(0)
	}
}

// forget drops the batch, so that its messages come again.
func (s *connectionState) forget() {
	s.batch = batch{}
	s.inbox.pending = 0
	s.subscriptions = slices.Clone(s.subscriptions)
	for i := range s.subscriptions {
		s.subscriptions[i].pending = nil
	}
}

// confirm takes the batch as delivered.
func (s *connectionState) confirm() {
	s.inbox.done = max(s.inbox.done, s.inbox.pending)
	s.subscriptions = slices.Clone(s.subscriptions)
	for i := range s.subscriptions {
		v := &s.subscriptions[i]
		v.done, v.pending = v.done.and(v.pending), nil
	}
	s.inbox.pending = 0
	s.batch = batch{}
}

func (w *formWriter) subscription(v *subscription) {
	w.text(v.ID)
	w.text(v.Topic.Destination)
	w.text(v.Topic.Subtopic)
	w.text(v.Selector)
	w.float(v.MaxFrequency)
	w.time(v.created)
	w.text(v.epoch)
	w.positions(v.done)
	w.positions(v.pending)
}

func (r *formReader) subscription() subscription {
	v := subscription{Subscription: Subscription{ID: r.text(), Topic: Topic{r.text(), r.text()}, Selector: r.text()}}
	v.MaxFrequency, v.created, v.epoch = r.float(), r.time(), r.text()
	v.done, v.pending = r.positions(), r.positions()
	return v
}
