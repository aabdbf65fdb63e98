package amf

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/patchbay-go/patchbay/core"
)

// A session is what a connection has agreed on, and what is kept for consumers that have unsubscribed for a while. It is stored as a
// byte that numbers this form, a byte for the version, and the texts of each place with their lengths.
type session struct {
	messagingVersion byte // 1 and up: the client understands small messages
	places           []place
}

// A place is how far a subscription had come when its consumer unsubscribed with DSPreserveDurable.
type place struct{ id, destination, subtopic, selector, cursor string }

const (
	sessionForm = 2 // 1 had the version alone

	maxPlaces   = 16      // the oldest goes
	maxPlaceLen = 2 << 10 // bytes of a place; what is longer is not kept, and begins anew
)

// is reports whether the place is that of a subscription.
func (p *place) is(v *core.Subscription) bool {
	return p.id == v.ID && p.destination == v.Topic.Destination && p.subtopic == v.Topic.Subtopic && p.selector == v.Selector
}

// cursor returns the place that is kept for a subscription; empty: none is.
func (s *session) cursor(v *core.Subscription) string {
	for i := range s.places {
		if s.places[i].is(v) {
			return s.places[i].cursor
		}
	}
	return ""
}

func (s *session) dropCursor(v *core.Subscription) {
	s.places = slices.DeleteFunc(s.places, func(p place) bool { return p.is(v) })
}

func (s *session) keepCursor(v *core.Subscription, cursor string) {
	s.dropCursor(v)
	p := place{v.ID, v.Topic.Destination, v.Topic.Subtopic, v.Selector, cursor}
	if len(p.id)+len(p.destination)+len(p.subtopic)+len(p.selector)+len(p.cursor) > maxPlaceLen {
		return
	}
	s.places = append(s.places, p)
	s.places = s.places[max(0, len(s.places)-maxPlaces):]
}

func (s *session) form() []byte {
	b := []byte{sessionForm, s.messagingVersion}
	for i := range s.places {
		for _, text := range s.places[i].texts() {
			b = appendText(b, *text)
		}
	}
	return b
}

func (p *place) texts() []*string {
	return []*string{&p.id, &p.destination, &p.subtopic, &p.selector, &p.cursor}
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// readSession reads a stored session. Of a form that is not known, nothing is agreed on: the client's next ping tells again.
func readSession(form []byte) (s session) {
	if len(form) < 2 || form[0] < 1 || form[0] > sessionForm {
		return session{}
	}
	s.messagingVersion = form[1]
	for rest := form[2:]; len(rest) > 0; {
		var p place
		for _, text := range p.texts() {
			*text, rest = takeText(rest)
		}
		s.places = append(s.places, p)
	}
	return s
}

// takeText takes off a text; of what is no text nothing is left.
func takeText(b []byte) (text string, rest []byte) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return "", nil
	}
	b = b[size:]
	return string(b[:n]), b[n:]
}

// changeSession keeps what change makes of the session, which costs no write where it is the same as before.
func changeSession(ctx context.Context, conn *core.Connection, change func(*session)) error {
	return conn.Update(ctx, func(stored []byte) ([]byte, error) {
		s := readSession(stored)
		before := s.form()
		change(&s)
		if after := s.form(); !bytes.Equal(after, before) {
			return after, nil
		}
		return stored, nil
	})
}

// isGone reports whether a connection has ended meanwhile.
func isGone(err error) bool { return errors.Is(err, core.ErrNoConnection) }
