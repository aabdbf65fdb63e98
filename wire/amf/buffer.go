package amf

import (
	"github.com/patchbay-go/patchbay/core/value"
)

// A buffer keeps the tokens of one value whose beginning cannot be written before its end is known: a count that was not told,
// or an externalizable, whose class may ask for its members in another order. All that is within such a value goes into the
// same buffer and is written in one pass at its end.
type buffer struct {
	items []item
	text  []byte
	open  []int32 // indexes of the containers that have not ended
}

// An item is a token whose text is in the buffer.
type item struct {
	kind       value.Kind
	flag       bool
	id         int32
	num        uint64
	start, end int // of the text; end below start: none
	shape      *value.Shape
	last       int32  // a container's End
	values     uint32 // within it so far, at its own level
	names      uint32
}

func (b *buffer) active() bool { return len(b.items) > 0 }

func (b *buffer) reset() {
	clear(b.items)
	b.items, b.text, b.open = b.items[:0], b.text[:0], b.open[:0]
}

// add appends a token.
func (b *buffer) add(t *value.Token) error {
	i := int32(len(b.items))
	it := item{kind: t.Kind, flag: t.Flag, id: t.ID, num: t.Num, shape: t.Shape, end: -1, last: i}
	if t.Bytes != nil || t.Str != nil {
		it.start = len(b.text)
		b.text = t.AppendText(b.text)
		it.end = len(b.text)
	}
	b.items = append(b.items, it)
	if t.Kind == value.KindEnd {
		return b.close(i)
	}
	if len(b.open) > 0 {
		parent := &b.items[b.open[len(b.open)-1]]
		if t.Kind == value.KindName {
			parent.names++
		} else {
			parent.values++
		}
	}
	if t.Kind.IsContainer() {
		b.open = append(b.open, i)
	}
	return nil
}

// close ends the innermost container and puts in its count where that was not told.
func (b *buffer) close(end int32) error {
	if len(b.open) == 0 {
		return cannot("an end where a value is due")
	}
	c := &b.items[b.open[len(b.open)-1]]
	b.open = b.open[:len(b.open)-1]
	c.last = end
	if c.num != value.Unknown {
		return nil
	}
	switch c.kind {
	case value.KindDictionary:
		c.num = uint64(c.values / 2)
		if c.values%2 != 0 {
			return cannot("a key without a value")
		}
	case value.KindMixed:
		c.num = uint64(c.values - min(c.values, c.names))
	default:
		c.num = uint64(c.values)
	}
	return nil
}

// token returns item i as the token it was.
func (b *buffer) token(i int) value.Token {
	it := &b.items[i]
	t := value.Token{Kind: it.kind, Flag: it.flag, ID: it.id, Num: it.num, Shape: it.shape}
	if it.end >= it.start {
		t.Bytes = b.text[it.start:it.end:it.end]
	}
	return t
}

// after returns the index after the value that begins at item i.
func (b *buffer) after(i int) int { return int(b.items[i].last) + 1 }

// mustBuffer reports whether a value has to end before it can begin.
func (w *Writer) mustBuffer(f *writeFrame, t *value.Token) bool {
	if !t.Kind.IsContainer() {
		return false
	}
	if t.Kind == value.KindObject {
		return t.Shape.External && !t.Shape.Wrapper
	}
	if t.Num != value.Unknown || t.Kind == value.KindMap {
		return false
	}
	return f.phase < firstAMF0 || w.behind || onlyAMF3(t)
}

// fill buffers a token, and writes everything once the outermost value is whole.
func (w *Writer) fill(t *value.Token) error {
	if len(w.buffer.text)+len(w.buffer.items) > w.limits.Bytes || len(w.frames)+len(w.buffer.open) > w.limits.Depth {
		return value.Errorf(-1, value.ErrLimit, "a value that has to be buffered is over the limit of depth or bytes")
	}
	if err := w.buffer.add(t); err != nil {
		return err
	}
	if len(w.buffer.open) > 0 {
		return nil
	}
	w.replays = true
	err := w.replay(0, len(w.buffer.items))
	w.replays = false
	w.buffer.reset()
	return err
}

// replay writes the items from first up to end, which are whole values.
func (w *Writer) replay(first, end int) error {
	for i := first; i < end; {
		w.at = i
		t := w.buffer.token(i)
		if err := w.Write(&t); err != nil {
			return err
		}
		if t.Kind == value.KindObject && t.Shape.External && !t.Shape.Wrapper {
			i = w.buffer.after(i) // its class has written it whole
		} else {
			i++
		}
	}
	return nil
}
