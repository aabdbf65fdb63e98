package memcache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// The forms of values. A value begins with its form, and names what it is of.
const (
	formItem    = 1
	formList    = 1
	formRun     = 1
	formDeleted = 0 // of an item that is gone: it is all that there is
)

var errForm = errors.New("this is no value of this store, or one of a later version")

// A record is what is stored under a key.
type record struct {
	core.Item
	listed time.Time // until when Range is sure to know of it; zero: for ever
	cas    uint64    // memcached's mark; 0: nothing is stored
	gone   bool      // it was deleted, and is not yet removed
}

// lives reports whether there is an item.
func (r *record) lives(now time.Time) bool {
	return r.cas != 0 && !r.gone && (r.Expires.IsZero() || now.Before(r.Expires))
}

func (r *record) value() []byte {
	w := writer{b: make([]byte, 0, len(r.Partition)+len(r.Sort)+len(r.Body)+40)}
	w.byte(formItem)
	w.text(r.Partition)
	w.text(r.Sort)
	w.b = binary.LittleEndian.AppendUint64(w.b, r.Version)
	w.time(r.Expires)
	w.time(r.listed)
	return append(w.b, r.Body...)
}

// readRecord reads the value of a key. What it returns holds no part of the value.
func readRecord(key core.Key, value []byte, cas uint64) (*record, error) {
	r := reader{rest: value}
	form := r.byte()
	if form == formDeleted && len(value) == 1 {
		return &record{Item: core.Item{Key: key}, cas: cas, gone: true}, nil
	}
	rec := &record{cas: cas}
	rec.Key = core.Key{Partition: r.text(), Sort: r.text()}
	rec.Version, rec.Expires, rec.listed = r.fixed(), r.time(), r.time()
	if form != formItem || r.bad || rec.Key != key {
		return nil, fmt.Errorf("item %q %q: %w", key.Partition, key.Sort, errForm)
	}
	rec.Body = bytes.Clone(r.rest)
	return rec, nil
}

// A writer writes values.
type writer struct{ b []byte }

func (w *writer) byte(b byte)   { w.b = append(w.b, b) }
func (w *writer) uint(n uint64) { w.b = binary.AppendUvarint(w.b, n) }

func (w *writer) text(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// time writes a millisecond; 0 is the zero time.
func (w *writer) time(t time.Time) {
	ms := int64(0)
	if !t.IsZero() {
		ms = t.UnixMilli()
	}
	w.b = binary.AppendVarint(w.b, ms)
}

// A reader reads them. bad: it could not, and what it has given is nothing.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.rest)
	return took(r, v, n)
}

func (r *reader) time() time.Time {
	ms, n := binary.Varint(r.rest)
	if ms = took(r, ms, n); ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// took is for a varint of n bytes.
func took[T int64 | uint64](r *reader, v T, n int) T {
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) fixed() uint64 {
	if len(r.rest) < 8 {
		r.bad = true
		return 0
	}
	v := binary.LittleEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	return v
}

func (r *reader) text() string {
	length := r.uint()
	if length > uint64(len(r.rest)) {
		r.bad = true
		return ""
	}
	text := string(r.rest[:length])
	r.rest = r.rest[length:]
	return text
}
