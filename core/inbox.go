package core

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An inbox is how far a connection has come with the messages that were sent to it alone. They are numbered from a place that is
// above those of every connection of the same client and channel before.
type inbox struct {
	done    uint64 // confirmed
	pending uint64 // part of the unconfirmed batch, up to this one; 0: none is
	hint    uint64 // the last one that there is, so that a poll reads only where there is something
}

func (w *formWriter) inbox(i inbox) {
	w.uint(i.done)
	w.uint(i.pending)
	w.uint(i.hint)
}

func (r *formReader) inbox() inbox { return inbox{r.uint(), r.uint(), r.uint()} }

// inboxStart is the number before the first of a connection that was made now.
func inboxStart(now time.Time) uint64 { return uint64(now.UnixMilli()) << 16 }

// Send publishes to one connection, whatever it has subscribed to: its next poll, or its stream, delivers the message once it is in
// the connection's inbox. p's Topic is what the message says it came by; Subtopics and ID are not for this. The fault is NotFound where the
// connection has ended.
func (s *ChannelSet) Send(ctx context.Context, to *Connection, subscription string, p *Publication) (*Message, error) {
	d := &Destination{Name: p.Topic.Destination}
	if known := s.Destination(d.Name); known != nil {
		d = known
	} else {
		d = s.withDefaults(d)
	}
	subtopics, err := d.subtopicsOf(p)
	if err != nil {
		return nil, err
	}
	m, err := s.newMessage(d, p, subtopics)
	if err != nil {
		return nil, err
	}
	e, err := s.inboxEntry(m, subscription, d.MaxMessage)
	if err != nil {
		return nil, err
	}
	if err := to.keep(ctx, e); err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	s.tellConnection(ctx, to)
	return m, nil
}

// An inboxEntry is stored like a log's entry with one message, for one of the connection's subscriptions.
func (s *ChannelSet) inboxEntry(m *Message, subscription string, most int) (*entry, error) {
	nonce, err := s.newNonce()
	if err != nil {
		return nil, err
	}
	m.publisher = m.Destination + "\x00" + subscription // an inbox has no use for the publisher; a log's name says the destination
	e := &entry{nonce: nonce, appended: s.Now(), messages: []*Message{m}}
	body, err := e.form(s.maxEntry)
	if isFault(err, TooLarge) || len(body) > most {
		return nil, TooLarge.Errorf("The message has more than %d bytes.", most)
	}
	return e, err
}

// keep creates the item, then raises the hint. A process that dies in between has told nobody that it has sent.
func (c *Connection) keep(ctx context.Context, e *entry) error {
	number, err := c.keepItem(ctx, e)
	if err != nil {
		return err
	}
	return c.update(ctx, func(v *connectionState) (bool, error) {
		raised := number > v.inbox.hint
		v.inbox.hint = max(v.inbox.hint, number)
		return raised, nil
	})
}

// keepItem puts an entry behind the last one, and returns its number.
func (c *Connection) keepItem(ctx context.Context, e *entry) (uint64, error) {
	body, err := e.form(c.client.set.maxEntry)
	if err != nil {
		return 0, err
	}
	v := c.view()
	for number := max(v.inbox.hint, v.inbox.done) + 1; ; number = max(number, v.inbox.hint) + 1 {
		it := Item{Key: c.inboxKey(number), Expires: e.expires().Add(afterExpiry), Body: body}
		if err := c.putEntry(ctx, it, e); !isConflict(err) {
			return number, err
		}
		if v, err = c.load(ctx); err != nil { // many send at once, or it was looked at long ago
			return 0, err
		}
	}
}

// putEntry creates an entry under its number, as log.put does.
func (c *Connection) putEntry(ctx context.Context, it Item, e *entry) error {
	var err error
	for try := range putTries {
		if err := pause(ctx, try); err != nil {
			return err
		}
		_, err = c.client.set.store.Create(ctx, it)
		if err == nil {
			return nil
		}
		if conflict, ok := errors.AsType[*ConflictError](err); ok {
			return c.putConflict(ctx, conflict, e)
		}
	}
	return storeError("send", err)
}

// putConflict tells an entry, whose first answer was lost, from another one.
func (c *Connection) putConflict(ctx context.Context, conflict *ConflictError, e *entry) error {
	it := conflict.Present
	if it == nil {
		items, err := c.client.set.store.Get(ctx, conflict.Key)
		if err != nil {
			return storeError("load inbox", err)
		}
		if len(items) == 0 {
			return conflict
		}
		it = &items[0]
	}
	present, err := readInboxEntry(*it)
	switch {
	case err != nil:
		return err
	case present.nonce == e.nonce:
		return nil
	}
	return conflict
}

func (c *Connection) inboxKey(number uint64) Key {
	return Key{c.client.partition, "i/" + c.channel + "/" + sortOf(number)}
}

func readInboxEntry(it Item) (*entry, error) {
	number := it.Sort[strings.LastIndexByte(it.Sort, '/')+1:]
	if _, err := strconv.ParseUint(number, 10, 64); err != nil {
		return nil, fmt.Errorf("inbox item %q: %w", it.Sort, errForm)
	}
	it.Sort = number
	e, err := readEntry("", it)
	if err != nil {
		return nil, err
	}
	for _, m := range e.messages {
		m.Destination, m.publisher, _ = strings.Cut(m.publisher, "\x00")
	}
	return e, nil
}

// readInbox returns what stands in the inbox behind after, up to and with last, and how far it read.
func (c *Connection) readInbox(ctx context.Context, after, last uint64, most int) (found []Delivery, reached uint64, err error) {
	s := c.client.set
	now := s.Now()
	for reached = after; reached < last && len(found) < most; {
		items, err := s.store.Range(ctx, c.client.partition, c.inboxKey(reached).Sort, readEntries, readBytes)
		if err != nil {
			return nil, after, storeError("read inbox", err)
		}
		prefix := "i/" + c.channel + "/"
		for _, it := range items {
			if !strings.HasPrefix(it.Sort, prefix) {
				return found, last, nil
			}
			e, err := readInboxEntry(it)
			if err != nil {
				return nil, after, err
			}
			if e.number > last {
				return found, last, nil
			}
			reached = e.number
			for _, m := range e.messages {
				if !m.dead(now) {
					found = append(found, m.inboxDelivery())
				}
			}
			if len(found) >= most {
				return found, reached, nil
			}
		}
		if len(items) == 0 {
			return found, last, nil
		}
	}
	return found, reached, nil
}

func (m *Message) inboxDelivery() Delivery {
	d := Delivery{Subscription: m.publisher, Message: m}
	if len(m.Subtopics) > 0 {
		d.Topic.Subtopic = m.Subtopics[0]
	}
	return d
}
