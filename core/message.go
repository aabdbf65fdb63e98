package core

import (
	"slices"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
)

// A Message is what was published. It is shared by all who get it and must not be changed.
type Message struct {
	// ID is the publisher's or, where it gave none, a UUID in upper case. What is delivered twice has the same.
	ID          string
	Destination string
	// Subtopics are those it was published to; none: the destination alone.
	Subtopics     []string
	Body          value.Packed
	Headers       map[string]any // plain data; nil: none
	CorrelationID *string        // nil: none
	Timestamp     time.Time      // when it was published, by the clock of the process that did
	Expires       time.Time      // from then on it is not delivered any more

	publisher string // names the connection that published it: Connection.publisherName; "" for the application
	own       []int  // which of Subtopics this copy stands for: see copiesByShard
	once      bool   // its publisher may try it again: see publishOnce

	size, headerSize int // bytes, as it is stored; 0 where it did not come from a store
}

// TTL returns how long the message lives, from its timestamp.
func (m *Message) TTL() time.Duration { return m.Expires.Sub(m.Timestamp) }

// subtopics returns those that it is matched by: one without a subtopic has the empty one.
func (m *Message) subtopics() []string {
	if len(m.Subtopics) == 0 {
		return noSubtopic
	}
	return m.Subtopics
}

var noSubtopic = []string{""}

// expiryGrace is how much longer than it says a message is delivered, since clocks differ.
const expiryGrace = 5 * time.Second

func (m *Message) dead(now time.Time) bool { return now.After(m.Expires.Add(expiryGrace)) }

// stands reports whether this copy is the one for the subtopic with that index.
func (m *Message) stands(i int) bool { return slices.Contains(m.own, i) }

func (w *formWriter) message(m *Message) error {
	w.envelope(m)
	return w.plainMap(m.Headers, 0)
}

// envelope appends all of a message that stands before its headers.
func (w *formWriter) envelope(m *Message) {
	w.text(m.ID)
	w.texts(m.Subtopics)
	w.uint(uint64(len(m.own)))
	for _, i := range m.own {
		w.uint(uint64(i))
	}
	w.optionalText(m.CorrelationID)
	w.text(m.publisher)
	w.bool(m.once)
	w.time(m.Timestamp)
	w.time(m.Expires)
	w.text(string(m.Body))
}

// message takes off a message. Its body is a view.
func (r *formReader) message(destination string) *Message {
	start := len(r.b)
	m := &Message{Destination: destination, ID: r.text(), Subtopics: r.texts()}
	for range r.count() {
		m.own = append(m.own, int(r.uint()))
	}
	m.CorrelationID, m.publisher = r.optionalText(), r.text()
	m.once = r.bool()
	m.Timestamp, m.Expires = r.time(), r.time()
	m.Body = value.Packed(r.bytes())
	headers := len(r.b)
	if all := r.plainMap(0); len(all) > 0 {
		m.Headers = all
	}
	m.size, m.headerSize = start-len(r.b), headers-len(r.b)
	return m
}
