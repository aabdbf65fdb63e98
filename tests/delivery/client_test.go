package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A client subscribes, and takes what comes: by polls, as Flex or as JSON-RPC clients do, or by a stream.
type client struct {
	run  *run
	name string
	id   string // the core.Client's
	kind kind

	wishes []*wish // subscriptions, and those that were ended
	intent *wish   // being made or ended
	busy   bool    // it waits for a reply
	era    int     // replies to requests of an earlier one reach nobody

	request   *core.PollRequest // unanswered, to be sent again
	reconnect bool              // it has lost what it had and says so first
	ack       string

	rolls     bool // the next request rolls back
	rollbacks int  // under way, those that the client has given up included

	stream *stream
	left   []*stream // that the server may not yet know to be broken

	received   map[receipt]int  // how often, what was rolled back aside
	held       map[receipt]bool // received, and not known to be confirmed
	repeatable map[receipt]bool // may be received again
	sent       place            // the last from the inbox
}

type kind string

const (
	polls    kind = "flex"
	confirms kind = "json-rpc"
	streams  kind = "stream"
)

// A receipt is a message for one ID.
type receipt struct{ id, message string }

// A wish is a subscription as its client sees it.
type wish struct {
	core.Subscription
	begun  time.Time
	since  time.Time // when it was acknowledged; zero: not yet
	ending bool
	ended  bool
	last   map[string]place // by log: the last message received for the first time
}

func newClient(r *run, k kind) *client {
	c := &client{run: r, kind: k, name: r.name(string(k) + " "), received: map[receipt]int{}, held: map[receipt]bool{}, repeatable: map[receipt]bool{}}
	p := r.processes[0]
	r.complete("connect", p, func(ctx context.Context) error {
		client, err := p.set.NewClient(ctx)
		if err != nil {
			return err
		}
		c.id = client.ID()
		_, err = p.set.Connect(ctx, "c", client)
		return err
	})
	c.subscribe()
	c.insist()
	for len(r.requests) > 0 {
		r.resume(r.requests[0], goesWell)
	}
	return c
}

// act begins what the client does next.
func (c *client) act() {
	r := c.run
	switch {
	case len(c.left) > 0 && r.chance(0.5):
		pick(r, c.left...).goOn()
	case c.busy && c.kind != streams && r.chance(0.1):
		r.note("%s waits no longer", c.name)
		c.era++
		c.busy = false
		c.lost(false)
	case c.busy:
	case c.reconnect:
		c.connectAnew()
	case c.intent != nil:
		c.insist()
	case r.chance(0.1):
		c.change()
	case c.kind == streams:
		c.streamOn()
	case c.kind == polls && c.request == nil && r.chance(0.1):
		c.pollTwice()
	default:
		c.poll()
	}
}

// load returns the connection as an endpoint gets it.
func (c *client) load(ctx context.Context, p *process) (*core.Connection, error) {
	_, conn, err := p.set.LoadConnection(ctx, "c", c.id)
	if err == nil && conn == nil {
		err = fmt.Errorf("%s: the connection is gone", c.name)
	}
	return conn, err
}

func (c *client) send(ctx context.Context, p *process, publication *core.Publication) error {
	conn, err := c.load(ctx, p)
	if err == nil {
		_, err = p.set.Send(ctx, conn, inboxID, publication)
	}
	return err
}

// inboxID is the ID by which messages to one client come.
const inboxID = "inbox"

// ask begins a request whose reply may be lost.
func (c *client) ask(what string, do func(context.Context, *core.Connection, *process) error, then func(error)) {
	c.askPatiently(what, 0, do, then)
}

// askPatiently is ask, of what may wait for messages while others make so many steps.
func (c *client) askPatiently(what string, patience int, do func(context.Context, *core.Connection, *process) error, then func(error)) {
	r, era, p, rolls := c.run, c.era, c.run.anyProcess(), c.rolls
	c.busy, c.rolls = true, false
	if rolls {
		c.rollbacks++
	}
	r.begin(&request{what: c.name + " " + what, process: p, mayWait: patience > 0, patience: patience, then: func(err error) {
		if rolls {
			c.rollbacks--
		}
		if era != c.era {
			return
		}
		c.busy = false
		if err == nil && !r.calm && r.chance(0.15) {
			r.note("the reply to %s is lost", c.name)
			err = errLost
		}
		then(err)
	}}, func(ctx context.Context) error {
		conn, err := c.load(ctx, p)
		if err != nil {
			return err
		}
		return do(ctx, conn, p)
	})
}

// poll asks for messages.
func (c *client) poll() {
	if c.request == nil {
		c.request = &core.PollRequest{Explicit: c.kind == confirms, Ack: c.ack}
		if c.kind == polls {
			c.request.ID = c.run.name("request")
		}
	}
	request := *c.request
	request.Received = c.run.now
	patience := 0
	if c.run.chance(0.3) {
		request.Wait, patience = time.Hour, 1+c.run.rand.IntN(60)
	}
	var batch *core.Batch
	c.askPatiently("polls "+request.ID+request.Ack, patience, func(ctx context.Context, conn *core.Connection, p *process) (err error) {
		batch, err = p.set.Poll(ctx, conn, &request)
		return err
	}, func(err error) {
		if err != nil {
			c.lost(true)
			return
		}
		c.request = nil
		c.take(batch)
	})
}

// pollTwice sends two polls at once, as a client may that does not wait for the one when it has a reason for the other. Both find the
// connection as it was before either: so neither confirms what the other gets.
func (c *client) pollTwice() {
	era, flights, failed := c.era, 2, false
	for range 2 {
		request := core.PollRequest{ID: c.run.name("request"), Received: c.run.now}
		var batch *core.Batch
		c.ask("polls beside another ", func(ctx context.Context, conn *core.Connection, p *process) (err error) {
			batch, err = p.set.Poll(ctx, conn, &request)
			return err
		}, func(err error) {
			if flights--; err != nil {
				failed = true
			} else {
				c.take(batch)
			}
			if c.busy = flights > 0; !c.busy && failed {
				c.lost(true)
			}
		})
	}
	for _, q := range c.run.waiting()[max(0, len(c.run.waiting())-2):] {
		if era == c.era && q.began.Equal(c.run.now) && q.is(waits) {
			c.run.resume(q, goesWell) // the load of the connection
		}
	}
}

// lost decides what to do where no reply came: ask the same again, which one may only when nobody works on the first any more, or
// connect anew.
func (c *client) lost(ended bool) {
	if c.kind == confirms {
		c.request = nil
		return
	}
	if c.kind == polls && c.request != nil && ended && c.run.chance(0.5) {
		return
	}
	c.request = nil
	c.reconnect = true
}

// take takes a batch.
func (c *client) take(b *core.Batch) {
	if len(b.Deliveries) == 0 {
		return
	}
	c.ack = b.ID
	clear(c.held) // what came before is confirmed by the poll that brought this
	for _, d := range b.Deliveries {
		c.receive(d)
	}
}

// connectAnew tells the server that what was delivered and not confirmed is lost.
func (c *client) connectAnew() {
	if c.kind == streams {
		c.reopen()
		return
	}
	c.rollBack()
	received := c.run.now
	c.ask("connects anew", func(ctx context.Context, conn *core.Connection, _ *process) error {
		return conn.Rollback(ctx, received)
	},
		func(err error) { c.reconnect = err != nil })
}

// rollBack notes that what is not confirmed may come again, by the request that follows.
func (c *client) rollBack() {
	c.rolls = true
	for k := range c.held {
		c.repeatable[k] = true
	}
}

// change begins to make or end a subscription.
func (c *client) change() {
	if live := c.living(); len(live) > 0 && c.run.chance(0.3) {
		id := live[c.run.rand.IntN(len(live))].ID
		for _, w := range live {
			if w.ID == id {
				w.ending = true
				c.intent = w
			}
		}
	} else {
		c.subscribe()
	}
	if c.intent != nil {
		c.insist()
	}
}

func (c *client) living() []*wish {
	var live []*wish
	for _, w := range c.wishes {
		if !w.ending {
			live = append(live, w)
		}
	}
	return live
}

// subscribe decides on a subscription that there is not yet.
func (c *client) subscribe() {
	r := c.run
	v := core.Subscription{ID: pick(r, "s", "s", "t"), Topic: core.Topic{Destination: "d", Subtopic: pick(r, "", "a", "b", "*", "c.*")}}
	if slices.ContainsFunc(c.wishes, func(w *wish) bool { return !w.ended && w.Subscription == v }) {
		return
	}
	c.intent = &wish{Subscription: v, begun: r.now, last: map[string]place{}}
	c.wishes = append(c.wishes, c.intent)
}

// insist makes or ends a subscription, again and again until it is acknowledged.
func (c *client) insist() {
	w := c.intent
	if w.ending {
		c.ask("unsubscribes "+w.ID, func(ctx context.Context, conn *core.Connection, p *process) error {
			_, err := p.set.Unsubscribe(ctx, conn, &core.Subscription{ID: w.ID})
			return err
		}, func(err error) {
			if err != nil {
				return
			}
			for _, o := range c.wishes {
				o.ended = o.ended || o.ID == w.ID
			}
			c.intent = nil
		})
		return
	}
	s := &core.SubscribeRequest{Subscription: w.Subscription, Rollback: c.kind == polls && c.run.chance(0.5), Received: c.run.now}
	if s.Rollback {
		c.rollBack()
	}
	c.ask(fmt.Sprintf("subscribes %s to %q", w.ID, w.Topic.Subtopic), func(ctx context.Context, conn *core.Connection, p *process) error {
		return p.set.Subscribe(ctx, nil, conn, s)
	}, func(err error) {
		if err == nil {
			w.since, c.intent = c.run.now, nil
		}
	})
}

// catchUp takes everything that there is, in calm.
func (c *client) catchUp() {
	r := c.run
	if c.stream != nil {
		c.stream.leave()
	}
	for _, s := range c.left {
		s.over = true
	}
	c.left = nil
	c.era++
	c.busy = false
	p := r.anyProcess()
	if c.reconnect || c.request != nil || c.kind == streams {
		c.request, c.reconnect = nil, false
		c.rollBack()
		c.rolls = false
		r.complete(c.name+" connects anew", p, func(ctx context.Context) error {
			conn, err := c.load(ctx, p)
			if err != nil {
				return err
			}
			return conn.Rollback(ctx, r.now)
		})
	}
	for empty := 0; empty < 2 && len(r.failures) == 0; empty++ {
		r.pass(10 * time.Millisecond)
		var batch *core.Batch
		request := core.PollRequest{Explicit: c.kind == confirms, Ack: c.ack, Received: r.now, ID: r.name("request")}
		r.complete(c.name+" polls", p, func(ctx context.Context) error {
			conn, err := c.load(ctx, p)
			if err != nil {
				return err
			}
			batch, err = p.set.Poll(ctx, conn, &request)
			return err
		})
		if batch != nil && len(batch.Deliveries) > 0 {
			empty = -1
			c.take(batch)
		}
	}
	clear(c.held) // the last empty poll has confirmed it all
	clear(c.repeatable)
}
