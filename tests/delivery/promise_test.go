package delivery

import (
	"slices"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// receive checks one delivery against the promise.
func (c *client) receive(d core.Delivery) {
	r := c.run
	m := r.find(d.Message.ID)
	if m == nil {
		r.fail("%s received %q, which nobody published", c.name, d.Message.ID)
		return
	}
	r.note("%s receives %s for %s", c.name, m.id, d.Subscription)
	switch {
	case m.to != nil && (m.to != c || d.Subscription != inboxID), m.to == nil && !c.wished(d.Subscription, m):
		r.fail("%s received %s for %s, which it did not subscribe to", c.name, m.id, d.Subscription)
	case m.gone(r.now):
		r.fail("%s received %s after it had expired", c.name, m.id)
	}
	k := receipt{d.Subscription, m.id}
	c.held[k] = true
	defer func() {
		if c.rollbacks > 0 { // one that the client has given up may yet make this come again
			c.repeatable[k] = true
		}
	}()
	switch {
	case c.received[k] == 0:
		c.received[k]++
		c.first(k, m)
	case c.repeatable[k]:
		delete(c.repeatable, k)
	default:
		if c.received[k]++; !c.mayRepeat(k, m) {
			r.fail("%s received %s for %s twice", c.name, m.id, d.Subscription)
		}
	}
}

func (r *run) find(id string) *message {
	i := slices.IndexFunc(r.messages, func(m *message) bool { return m.id == id })
	if i < 0 {
		return nil
	}
	return r.messages[i]
}

// wished reports whether the client ever had a subscription that gets the message.
func (c *client) wished(id string, m *message) bool {
	return slices.ContainsFunc(c.wishes, func(w *wish) bool { return w.ID == id && w.gets(m) })
}

func (w *wish) gets(m *message) bool {
	return m.to == nil && (len(m.subtopics) == 0 && w.Topic.Subtopic == "" || slices.ContainsFunc(m.subtopics, w.matches))
}

func (w *wish) matches(subtopic string) bool {
	prefix, wild := strings.CutSuffix(w.Topic.Subtopic, "*")
	return w.Topic.Subtopic == subtopic || wild && strings.HasPrefix(subtopic, prefix)
}

// mayRepeat reports whether the promise lets a message come once more where nothing was rolled back: one that its publisher tried twice
// without an id of its own; one that a new subscription of the ID begins with, or that lay in a batch when that was made; and, just after
// a subscription was made, one with several subtopics.
func (c *client) mayRepeat(k receipt, m *message) bool {
	wishes, young := 0, false
	for _, w := range c.wishes {
		if w.ID == k.id && w.gets(m) {
			wishes++
		}
		young = young || w.ID == k.id && (w.since.IsZero() || w.since.Add(claims).After(m.tried) || m.once && w.since.Add(claims+10*time.Minute).After(m.tried))
	}
	return m.tries > 1 && !m.once || c.received[k] <= wishes || len(m.subtopics) > 1 && young
}

// claims is how old a subscription is until it alone gets the messages with several subtopics that are its: core's claimAge, and
// what clocks may differ.
const claims = 15 * time.Second

// first checks the order of what comes for the first time: nothing before it is missing, or comes after it.
func (c *client) first(k receipt, m *message) {
	if m.to != nil {
		c.firstSent(m)
		return
	}
	if len(m.subtopics) > 1 || len(m.places) != 1 || c.run.resharded() {
		return // it has several places
	}
	at := m.places[0]
	var by []*wish
	for _, w := range c.wishes {
		if w.ID == k.id && w.gets(m) {
			by = append(by, w)
		}
	}
	if len(by) != 1 {
		return
	}
	switch last, ok := by[0].last[at.log]; {
	case !ok || last.before(at):
		by[0].last[at.log] = at
	case m.lives(c.run.now): // else it may have been dead by the clock of who passed over it
		c.run.fail("%s received %s, at %v, after what stands at %v", c.name, m.id, at, last)
	}
	c.missing(false, func(w *wish, o *message) bool {
		return w == by[0] && len(o.subtopics) < 2 && len(o.places) == 1 && o.places[0].log == at.log && o.places[0].before(at)
	})
}

// firstSent checks the order of the inbox.
func (c *client) firstSent(m *message) {
	if len(m.places) != 1 {
		return
	}
	if at := m.places[0]; at.before(c.sent) {
		c.run.fail("%s received %s after what was sent to it later", c.name, m.id)
	} else {
		c.sent = at
	}
}

// missing fails the run where a message was promised and has not come: one that was acknowledged, to who had subscribed before it
// was published, as long as it lives. among, where given, says which messages count.
func (c *client) missing(inbox bool, among func(*wish, *message) bool) {
	for _, m := range c.run.messages {
		if !m.acked || !m.lives(c.run.now) {
			continue
		}
		if inbox && m.to == c && c.received[receipt{inboxID, m.id}] == 0 {
			c.run.fail("%s misses %s, which was sent to it", c.name, m.id)
		}
		for _, w := range c.wishes {
			if w.ending || w.since.IsZero() || !w.since.Before(m.begun) || !w.gets(m) || among != nil && !among(w, m) {
				continue
			}
			if c.received[receipt{w.ID, m.id}] == 0 {
				c.run.fail("%s misses %s for %s", c.name, m.id, w.ID)
			}
		}
	}
}
