package amf

import (
	"bytes"
	"crypto/rand"
	"sync"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A rendering is a message as it goes out on the streams of an endpoint, all but the clientId of who gets it: an event for many is
// encoded once. What is not equal in all, the clientId, is a value of its own, in whose place any other of its kind may stand: it takes one
// place in the tables of references, whatever it is.
type rendering struct {
	message *core.Message
	small   bool

	once       sync.Once
	head, tail []byte // what stands before the clientId and behind it
	err        error  // the message cannot be encoded
}

const (
	sharedFrom  = 512 // bytes of a body; smaller ones are encoded as fast as they are found
	sharedCount = 16  // renderings that are kept
)

// renderings are the last ones of an endpoint.
type renderings struct {
	stand string // a clientId that nobody has, to find the place of all others
	mu    sync.Mutex
	last  [sharedCount]*rendering
	next  int
}

func (s *renderings) init() {
	var raw [16]byte
	rand.Read(raw[:]) // never fails: crypto/rand, Read
	markUUID(raw[:])
	s.stand = uuidText(raw)
}

// of returns the rendering of a message, in place of the oldest one where there is none.
func (s *renderings) of(m *core.Message, small bool) *rendering {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.last {
		if r != nil && r.message == m && r.small == small {
			return r
		}
	}
	r := &rendering{message: m, small: small}
	s.last[s.next] = r
	s.next = (s.next + 1) % sharedCount
	return r
}

// addDelivery appends the frame of a Delivery. After an error nothing was appended.
func (w *frameWriter) addDelivery(d *core.Delivery, shape *value.Shape, shared *renderings) error {
	var buffer [3 + idSize]byte
	id, ok := appendID(buffer[:0], d.Subscription, shape.External)
	if !ok || len(d.Message.Body) < sharedFrom || isInvalidation(d) {
		return w.addWhole(d, shape)
	}
	r := shared.of(d.Message, shape.External)
	r.once.Do(func() { w.render(r, d, shape, shared.stand) })
	if r.err == nil {
		w.frame(r.head, id, r.tail)
	}
	return r.err
}

func (w *frameWriter) addWhole(d *core.Delivery, shape *value.Shape) error {
	w.message.deliver(w.set, d, shape)
	return w.add()
}

// render encodes a message for anyone.
func (w *frameWriter) render(r *rendering, d *core.Delivery, shape *value.Shape, stand string) {
	anyone := *d
	anyone.Subscription = stand
	w.message.deliver(w.set, &anyone, shape)
	content, err := w.encode()
	if err != nil {
		r.err = err
		return
	}
	id, _ := appendID(nil, stand, r.small)
	head, tail, _ := bytes.Cut(content, id) // it is there once: nobody knows it
	r.head, r.tail = bytes.Clone(head), bytes.Clone(tail)
}

// appendID appends a clientId as a value of AMF3: a string that refers to no other, or in a small message 16 bytes. An id that takes no
// place in the tables, or another one, is not ok.
func appendID(b []byte, id string, small bool) (_ []byte, ok bool) {
	if small {
		raw, ok := readUUID(id)
		return append(append(b, 0x0C, 16<<1|1), raw[:]...), ok
	}
	if id == "" || len(id) > 63 { // of which the length is one byte
		return b, false
	}
	return append(append(b, 0x06, byte(len(id)<<1|1)), id...), true
}
