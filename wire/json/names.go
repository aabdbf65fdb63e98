package json

import (
	"bytes"

	"github.com/patchbay-go/patchbay/core/value"
)

// fewNames is up to how many names are compared one by one.
const fewNames = 32

// A span is where a name or a key stands in the Writer's buffer, quotes included.
type span struct{ from, to int }

// names finds a name that comes twice in one object, or a key in one dictionary.
type names struct {
	first int                 // where its spans begin in Writer.spans
	many  map[string]struct{} // all of them, when they are more than a few
}

// appendName writes a member's name and the colon.
func appendName[T ~[]byte | ~string](w *Writer, f *frame, name T) error {
	w.comma(len(w.spans) - f.names.first)
	from := len(w.buf)
	w.buf = appendText(w.buf, name)
	if !w.remember(f, span{from, len(w.buf)}) {
		return value.Errorf(from, value.ErrEncode, "a name that comes twice in one object: ", string(w.buf[from:]))
	}
	w.buf = append(w.buf, ':')
	return nil
}

// remember adds a name to those of f and reports whether it is new there. The quoted form is compared: AppendQuote
// knows one way only to write a text.
func (w *Writer) remember(f *frame, s span) bool {
	known := w.spans[f.names.first:]
	w.spans = append(w.spans, s)
	if len(known) >= fewNames {
		return w.rememberMany(f, known, s)
	}
	name := w.buf[s.from:s.to]
	for _, k := range known {
		if bytes.Equal(w.buf[k.from:k.to], name) {
			return false
		}
	}
	return true
}

func (w *Writer) rememberMany(f *frame, known []span, s span) bool {
	if f.names.many == nil {
		f.names.many = make(map[string]struct{}, 2*len(known))
		for _, k := range known {
			f.names.many[string(w.buf[k.from:k.to])] = struct{}{}
		}
	}
	before := len(f.names.many)
	f.names.many[string(w.buf[s.from:s.to])] = struct{}{}
	return len(f.names.many) > before
}
