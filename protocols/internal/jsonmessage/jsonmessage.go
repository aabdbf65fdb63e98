// Package jsonmessage writes messages as JSON, in the one form that JSON-RPC and server-sent events give them:
//
//	{"id": ..., "destination": ..., "subtopic": ..., "body": ..., "headers": {...}, "timestamp": ...}
//
// The subtopic is the one by which the subscription got the message, or null; the timestamp is in milliseconds since 1970. What
// body and headers look like is package wire/json's matter. There is no line break in the text.
package jsonmessage

import (
	"fmt"
	"strconv"
	"sync"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/json"
)

// A Renderer writes each message once, however many get it, and keeps the texts for a short while. Its zero value is ready. Its
// methods may be called by any number of goroutines.
type Renderer struct {
	mu     sync.Mutex
	recent map[key]*text
	older  map[key]*text // what recent was, before it was full
	size   int           // bytes of recent's texts
}

// A key is what a text is of. Who gets the same message of a log from this process gets the same pointer.
type key struct {
	message  *core.Message
	subtopic string
}

type text struct {
	once sync.Once
	json []byte
	err  error
}

// When recent is full: so many texts, or so many bytes of them.
const (
	maxTexts = 256
	maxSize  = 2 << 20
)

// Render returns the JSON text of what was delivered. It is shared and must not be changed. The error says why it cannot be JSON: a NaN
// or a cycle is in it, or too much is repeated.
func (r *Renderer) Render(set *core.ChannelSet, d *core.Delivery) ([]byte, error) {
	t := r.textOf(key{d.Message, d.Topic.Subtopic})
	t.once.Do(func() {
		t.json, t.err = render(set, d)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.size += len(t.json)
	})
	return t.json, t.err
}

// textOf returns the text that there is, or a new one.
func (r *Renderer) textOf(k key) *text {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.recent[k]; t != nil {
		return t
	}
	if t := r.older[k]; t != nil {
		return t
	}
	if r.recent == nil || len(r.recent) >= maxTexts || r.size >= maxSize {
		r.older, r.recent, r.size = r.recent, make(map[key]*text), 0
	}
	t := &text{}
	r.recent[k] = t
	return t
}

// What a text may take beyond what is stored: what is shared is repeated, names and classes are. A small message must not become a
// large one that many get.
const (
	maxGrowth  = 64
	freeBytes  = 64 << 10
	maxHeaders = 4 << 20
)

func render(set *core.ChannelSet, d *core.Delivery) ([]byte, error) {
	m := d.Message
	w := writer{set: set, b: make([]byte, 0, 256+2*len(m.Body))}
	w.member(`{"id":`, m.ID, freeBytes)
	w.member(`,"destination":`, m.Destination, freeBytes)
	w.member(`,"subtopic":`, orNull(d.Topic.Subtopic), freeBytes)
	w.member(`,"body":`, m.Body, freeBytes+maxGrowth*len(m.Body))
	headers := m.Headers
	if headers == nil {
		headers = map[string]any{}
	}
	w.member(`,"headers":`, headers, maxHeaders)
	if w.err != nil {
		return nil, fmt.Errorf("write message as JSON: %w", w.err)
	}
	w.b = append(w.b, `,"timestamp":`...)
	return append(strconv.AppendInt(w.b, m.Timestamp.UnixMilli(), 10), '}'), nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// A writer appends members until one fails.
type writer struct {
	set     *core.ChannelSet
	b       []byte
	json    json.Writer
	encoder value.Encoder
	err     error
}

// member appends a text and a value of at most that many bytes.
func (w *writer) member(before string, v any, most int) {
	if w.err != nil {
		return
	}
	limits := w.set.Limits().Value
	limits.Bytes = min(limits.Bytes, most)
	w.json.Reset(append(w.b, before...), limits)
	w.encoder.Reset(&w.json, w.set.Registry(), limits)
	w.err = w.encoder.Encode(v)
	w.b = w.json.Bytes()
}
