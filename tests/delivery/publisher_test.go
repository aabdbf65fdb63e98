package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A publisher publishes one message after the other. What it is not sure of it tries again, or gives up.
type publisher struct {
	run     *run
	message *message // being published
	flights int
}

// A message is what a publisher has tried to publish.
type message struct {
	id        string
	subtopics []string
	to        *client // sent to one client alone
	ttl       time.Duration
	once      bool // with an id of the caller
	begun     time.Time
	tried     time.Time
	tries     int
	acked     bool
	places    []place
}

const (
	idPrefix = "m-"
	idLength = len("m-000000")
)

// most is how often a message may stand in one log.
func (m *message) most() int {
	if m.once {
		return 1
	}
	return m.tries
}

func (m *message) standsIn(log string) (n int) {
	for _, p := range m.places {
		if p.log == log {
			n++
		}
	}
	return n
}

// How far clocks may be apart from the right one, and how long a request may take.
const (
	skew = 2500 * time.Millisecond
	slow = 20 * time.Second
)

// lives reports whether every process sees the message as alive until some time after now.
func (m *message) lives(now time.Time) bool { return now.Add(2*skew + slow).Before(m.begun.Add(m.ttl)) }

// gone reports whether no process may deliver the message any more.
func (m *message) gone(now time.Time) bool {
	return now.After(m.tried.Add(m.ttl + slow + 2*skew + 5*time.Second + maxAge))
}

func (p *publisher) act() {
	r := p.run
	switch {
	case p.message == nil:
		p.message = r.newMessage()
		p.publish()
		if p.message != nil && p.message.once && r.chance(0.2) {
			p.publish() // impatient
		}
	case p.flights > 0:
	case r.chance(0.8) && p.message.tries < 4 && r.now.Sub(p.message.begun) < 9*time.Minute:
		p.publish()
	default:
		p.message = nil
	}
}

// giveUp forgets a message that is in doubt.
func (p *publisher) giveUp() {
	if p.flights == 0 {
		p.message = nil
	}
}

func (r *run) newMessage() *message {
	m := &message{
		id: fmt.Sprintf("%s%06d", idPrefix, len(r.messages)), begun: r.now, once: r.chance(0.4) && !r.resharded(),
		ttl:       pick(r, r.rules.lives...),
		subtopics: pick(r, nil, nil, []string{"a"}, []string{"a"}, []string{"b"}, []string{"c.x"}, []string{"a", "b"}, []string{"b", "c.y", "a"}),
	}
	if r.chance(0.1) {
		m.to, m.once, m.subtopics = pick(r, r.clients...), false, nil
	}
	r.messages = append(r.messages, m)
	return m
}

// publish tries to publish the message once.
func (p *publisher) publish() {
	r, m := p.run, p.message
	m.tries++
	m.tried = r.now
	p.flights++
	publication := &core.Publication{Topic: core.Topic{Destination: "d"}, Subtopics: m.subtopics, Body: len(r.messages), TTL: m.ttl}
	if m.once {
		publication.ID = m.id
	} else {
		publication.MessageID = m.id
	}
	process := r.anyProcess()
	r.start("publish "+m.id+" ", process, func(ctx context.Context) error {
		if m.to != nil {
			return m.to.send(ctx, process, publication)
		}
		_, err := process.set.Publish(ctx, nil, publication)
		return err
	}, func(err error) {
		p.flights--
		if err == nil {
			m.acked = true
		}
		if p.message == m && m.acked && p.flights == 0 {
			p.message = nil
		}
	})
}
