package delivery

import (
	"context"
	"errors"
	"slices"

	"github.com/patchbay-go/patchbay/core"
)

// A stream is one that a client has opened. When its socket breaks the client opens another one; the server notices within two
// heartbeats or, where the client was faster, later.
type stream struct {
	client *client
	feed   *core.Feed
	at     *process
	taking bool
	over   bool // the server has noticed
	broken bool // what the server gives out reaches nobody
	beats  int  // since it broke

	// What the client received, by heartbeat interval.
	intervals [][]receipt
	confirmed int // of the intervals
}

// streamOn lets the client's stream, or one that it has left, go on.
func (c *client) streamOn() {
	r := c.run
	s := c.stream
	switch {
	case s == nil:
		c.reopen()
	case s.over, s.at.dead, r.chance(0.05):
		r.note("%s loses its stream", c.name)
		s.leave()
	default:
		s.goOn()
	}
}

// leave ends a stream on its client's side.
func (s *stream) leave() {
	s.broken = true
	s.client.stream, s.client.reconnect = nil, true
	s.client.left = append(s.client.left, s)
}

// reopen connects anew and opens a stream.
func (c *client) reopen() {
	c.rollBack()
	received, id := c.run.now, c.run.name("stream")
	s := &stream{client: c, intervals: [][]receipt{nil}}
	c.ask("opens a stream", func(ctx context.Context, conn *core.Connection, p *process) error {
		if err := conn.Rollback(ctx, received); err != nil {
			return err
		}
		feed, err := p.set.OpenStream(ctx, conn, id)
		s.feed, s.at = feed, p
		return err
	}, func(err error) {
		if c.reconnect = err != nil; err == nil {
			c.stream = s
		}
	})
}

// goOn lets the server give out what there is, or beat.
func (s *stream) goOn() {
	r := s.client.run
	switch {
	case s.over || s.at.dead:
	case r.chance(0.4) && (!s.broken || s.beats < 2 || s.client.reopened(s)):
		s.beat()
	case !s.taking:
		s.take()
	}
}

// reopened reports whether the client has opened another stream since.
func (c *client) reopened(s *stream) bool { return c.stream != nil && c.stream != s }

// take lets the server give out what comes next.
func (s *stream) take() {
	c := s.client
	var events []core.FeedEvent
	s.taking = true
	q := &request{what: c.name + " takes from its stream ", process: s.at, mayWait: true, then: func(err error) {
		s.taking = false
		s.ends(err)
		if err != nil || s.broken {
			return
		}
		for _, e := range events {
			s.intervals[len(s.intervals)-1] = append(s.intervals[len(s.intervals)-1], receipt{e.Subscription, e.Message.ID})
			c.receive(e.Delivery)
		}
	}}
	c.run.begin(q, func(ctx context.Context) (err error) {
		events, err = s.feed.Next(ctx)
		return err
	})
}

// beat lets the server beat, which confirms what was given out two beats ago.
func (s *stream) beat() {
	c := s.client
	if s.broken {
		s.beats++
	}
	confirms := len(s.intervals) - 2
	s.intervals = append(s.intervals, nil)
	c.run.start(c.name+" has its stream's heart beat ", s.at, s.feed.Beat, func(err error) {
		s.ends(err)
		if err != nil || s.broken {
			return
		}
		for ; s.confirmed < confirms; s.confirmed++ {
			for _, k := range s.intervals[s.confirmed] {
				if !slices.Contains(slices.Concat(s.intervals[s.confirmed+1:]...), k) {
					delete(c.held, k)
				}
			}
		}
	})
}

// ends notes that the server has ended the stream.
func (s *stream) ends(err error) {
	if errors.Is(err, core.ErrReplaced) || errors.Is(err, core.ErrDraining) {
		s.over = true
	}
}
