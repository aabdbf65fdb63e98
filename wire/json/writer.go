package json

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
)

// A Writer appends the JSON text of one value. Its zero value is ready for Reset.
type Writer struct {
	buf    []byte
	start  int // where the value begins in buf
	limits value.Limits
	begun  bool
	open   []frame
	spans  []span // names of all open objects and keys of all open dictionaries, the innermost container's last
}

// A frame is an open container.
type frame struct {
	kind  value.Kind
	shape *value.Shape
	named bool // its value comes next
	pairs bool // Dictionary: a key keeps it from being an object
	n     int  // values so far, dictionary keys included
	dense int  // Mixed: values so far that had no name
	from  int  // where it begins in buf
	key   int  // Dictionary: where the last key begins
	names names
}

var _ value.Writer = (*Writer)(nil)

// NewWriter returns a Writer that appends to buf.
func NewWriter(buf []byte, l value.Limits) *Writer {
	w := &Writer{}
	w.Reset(buf, l)
	return w
}

// Reset makes w append one value to buf, taking it over. Of the limits Bytes counts: how long the text of the value may become.
func (w *Writer) Reset(buf []byte, l value.Limits) {
	clear(w.open[:cap(w.open)]) // what is kept between units must not hold shapes
	*w = Writer{buf: buf, start: len(buf), limits: l.WithDefaults(), open: w.open[:0], spans: w.spans[:0]}
}

// Release lets go of the buffer, for a Writer that waits for its next value.
func (w *Writer) Release() { w.Reset(nil, w.limits) }

// Bytes returns what was written, behind what Reset was given.
func (w *Writer) Bytes() []byte { return w.buf }

// Refs reports that JSON has no references.
func (w *Writer) Refs() bool { return false }

// Write appends one token.
func (w *Writer) Write(t *value.Token) error {
	if err := w.write(t); err != nil {
		return err
	}
	if len(w.buf)-w.start > w.limits.Bytes {
		return value.Errorf(len(w.buf), value.ErrLimit, "a JSON text over the limit of bytes")
	}
	return nil
}

func (w *Writer) write(t *value.Token) error {
	switch t.Kind {
	case value.KindName:
		return w.member(t)
	case value.KindEnd:
		return w.end()
	}
	if err := w.before(t); err != nil {
		return err
	}
	if t.Kind.IsContainer() {
		return w.begin(t)
	}
	if err := w.scalar(t); err != nil {
		return err
	}
	return w.after()
}

// top returns the innermost open container, or nil.
func (w *Writer) top() *frame {
	if len(w.open) == 0 {
		return nil
	}
	return &w.open[len(w.open)-1]
}

// member writes a name that came as a token.
func (w *Writer) member(t *value.Token) error {
	f := w.top()
	if f == nil || f.named || !f.takesNames() {
		return w.misplaced("a name")
	}
	f.named = true
	if t.Bytes == nil && t.Str != nil {
		return appendName(w, f, *t.Str)
	}
	return appendName(w, f, t.Bytes)
}

// takesNames reports whether a Name may come next.
func (f *frame) takesNames() bool {
	switch f.kind {
	case value.KindMap:
		return true
	case value.KindMixed:
		return f.dense == 0
	case value.KindObject:
		return f.shape.Dynamic && !f.shape.Wrapper && f.n >= len(f.shape.Sealed)
	}
	return false
}

// before writes what stands between the last value and the next one, names that do not come as tokens included.
func (w *Writer) before(t *value.Token) error {
	f := w.top()
	if f == nil {
		if w.begun {
			return w.misplaced("a second value")
		}
		w.begun = true
		return nil
	}
	switch f.kind {
	case value.KindMap:
		if !f.named {
			return w.misplaced("a value without a name")
		}
	case value.KindMixed:
		if !f.named {
			f.dense++
			return appendName(w, f, strconv.Itoa(f.dense-1))
		}
	case value.KindObject:
		return w.beforeMember(f)
	case value.KindDictionary:
		w.beforeEntry(f, t)
	default:
		w.comma(f.n)
	}
	return nil
}

func (w *Writer) beforeMember(f *frame) error {
	switch {
	case f.shape.Wrapper && f.n == 0, f.named:
		return nil
	case !f.shape.Wrapper && f.n < len(f.shape.Sealed):
		return appendName(w, f, f.shape.Sealed[f.n])
	}
	return w.misplaced("a value without a name")
}

func (w *Writer) comma(n int) {
	if n > 0 {
		w.buf = append(w.buf, ',')
	}
}

// after counts a value that is complete.
func (w *Writer) after() error {
	f := w.top()
	if f == nil {
		return nil
	}
	f.n++
	f.named = false
	if f.kind == value.KindDictionary {
		w.afterEntry(f)
	}
	return nil
}

// begin opens a container.
func (w *Writer) begin(t *value.Token) error {
	w.open = append(w.open, frame{kind: t.Kind, shape: t.Shape, from: len(w.buf), names: names{first: len(w.spans)}})
	f := w.top()
	switch t.Kind {
	case value.KindObject:
		return w.beginObject(f)
	case value.KindMap, value.KindMixed:
		w.buf = append(w.buf, '{')
	default:
		w.buf = append(w.buf, '[')
	}
	return nil
}

func (w *Writer) beginObject(f *frame) error {
	if f.shape.Wrapper {
		return nil
	}
	w.buf = append(w.buf, '{')
	if f.shape.Class == "" {
		return nil
	}
	if err := appendName(w, f, classMember); err != nil {
		return err
	}
	w.buf = appendText(w.buf, f.shape.Class)
	return nil
}

// end closes the innermost container.
func (w *Writer) end() error {
	f := w.top()
	if f == nil || f.named {
		return w.misplaced("an end")
	}
	switch f.kind {
	case value.KindObject:
		if err := w.endObject(f); err != nil {
			return err
		}
	case value.KindMap, value.KindMixed:
		w.buf = append(w.buf, '}')
	case value.KindDictionary:
		if err := w.endDictionary(f); err != nil {
			return err
		}
	default:
		w.buf = append(w.buf, ']')
	}
	w.spans = w.spans[:f.names.first]
	*f = frame{}
	w.open = w.open[:len(w.open)-1]
	return w.after()
}

func (w *Writer) endObject(f *frame) error {
	if f.shape.Wrapper && f.n == 1 {
		return nil
	}
	if f.shape.Wrapper || f.n < len(f.shape.Sealed) {
		return w.misplaced("an end before the last sealed member")
	}
	w.buf = append(w.buf, '}')
	return nil
}

// misplaced is the answer to tokens in an order that means nothing.
func (w *Writer) misplaced(what string) error {
	return value.Errorf(len(w.buf), value.ErrEncode, what, " where none can be")
}

// appendText appends s as a JSON string. AMF and others let bytes pass that are no UTF-8; AppendQuote has put U+FFFD in their
// place when it complains about them.
func appendText[T ~[]byte | ~string](buf []byte, s T) []byte {
	buf, _ = jsontext.AppendQuote(buf, s)
	return buf
}
