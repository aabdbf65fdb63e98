package json

import (
	"github.com/patchbay-go/patchbay/core/value"
)

// A dictionary is written as an array of [key, value] arrays. When it ends and all its keys were different texts, it is
// rewritten in place as an object, which is shorter: ["a",1],["b",2] becomes "a":1,"b":2.

// beforeEntry writes what stands before a key or before its value.
func (w *Writer) beforeEntry(f *frame, t *value.Token) {
	if f.n%2 == 1 {
		w.buf = append(w.buf, ',')
		return
	}
	w.comma(f.n)
	w.buf = append(w.buf, '[')
	f.key = len(w.buf)
	f.pairs = f.pairs || t.Kind != value.KindString
}

// afterEntry is called when a key or its value is complete.
func (w *Writer) afterEntry(f *frame) {
	if f.n%2 == 0 {
		w.buf = append(w.buf, ']')
		return
	}
	isNew := w.remember(f, span{f.key, len(w.buf)})
	f.pairs = f.pairs || !isNew
}

func (w *Writer) endDictionary(f *frame) error {
	switch {
	case f.n%2 == 1:
		return w.misplaced("an end behind a key")
	case f.pairs:
		w.buf = append(w.buf, ']')
	default:
		w.entriesToMembers(f.from, w.spans[f.names.first:])
	}
	return nil
}

// entriesToMembers rewrites the dictionary that begins at from and is the last thing in the buffer. What is moved never overtakes
// what is still to be moved, since each entry gets shorter.
func (w *Writer) entriesToMembers(from int, keys []span) {
	w.buf[from] = '{'
	to := from + 1
	for i, key := range keys {
		end := len(w.buf) - len("]")
		if i+1 < len(keys) {
			end = keys[i+1].from - len("],[")
		}
		if i > 0 {
			w.buf[to] = ','
			to++
		}
		to += copy(w.buf[to:], w.buf[key.from:key.to])
		w.buf[to] = ':'
		to++
		to += copy(w.buf[to:], w.buf[key.to+len(","):end])
	}
	w.buf = append(w.buf[:to], '}')
}
