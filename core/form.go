package core

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// What core stores is a byte that numbers the form, then fields one after the other: varints, and texts with their length before
// them. A new form gets a new number, and the previous one is still read, so that a rolling upgrade loses no session. A field is
// never given another meaning under the same number.

var errForm = errors.New("stored form is damaged")

// A formWriter appends fields.
type formWriter struct {
	b    []byte
	most int // bytes that plain data may take; what is shared in it is written at each place, and so may grow without end
}

func (w *formWriter) uint(n uint64) { w.b = binary.AppendUvarint(w.b, n) }

func (w *formWriter) int(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *formWriter) float(f float64) { w.uint(math.Float64bits(f)) }

func (w *formWriter) time(t time.Time) { w.int(t.UnixMilli()) }

// instant appends a time of which every nanosecond counts; the zero time as 0.
func (w *formWriter) instant(t time.Time) {
	if t.IsZero() {
		w.int(0)
		return
	}
	w.int(t.UnixNano())
}

func (w *formWriter) text(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// optionalText appends a text that may be missing.
func (w *formWriter) optionalText(s *string) {
	w.bool(s != nil)
	if s != nil {
		w.text(*s)
	}
}

func (w *formWriter) texts(list []string) {
	w.uint(uint64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

// A formReader takes fields off. After the first damaged one it gives zero values, and err says so.
type formReader struct {
	b   []byte
	err error
}

// readForm returns a reader behind the number of the form, which has to be one of the known ones.
func readForm(b []byte, newest byte) (version byte, r formReader, err error) {
	if len(b) == 0 || b[0] == 0 || b[0] > newest {
		return 0, formReader{}, fmt.Errorf("stored form is not one of 1 to %d: %w", newest, errForm)
	}
	return b[0], formReader{b: b[1:]}, nil
}

func (r *formReader) fail() {
	r.b, r.err = nil, errForm
}

func (r *formReader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *formReader) int() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *formReader) float() float64 { return math.Float64frombits(r.uint()) }

func (r *formReader) time() time.Time { return time.UnixMilli(r.int()) }

func (r *formReader) instant() time.Time {
	if n := r.int(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// bytes returns a view of the next text.
func (r *formReader) bytes() []byte {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	view := r.b[:n:n]
	r.b = r.b[n:]
	return view
}

func (r *formReader) text() string { return string(r.bytes()) }

func (r *formReader) optionalText() *string {
	if !r.bool() {
		return nil
	}
	return new(r.text())
}

// count returns a number of things that take at least a byte each.
func (r *formReader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *formReader) texts() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}
