package value

import (
	"encoding/binary"
	"io"
)

// A packedReader reads the form of packed_form.go. The bytes may have been damaged where they lay: whatever they are, it gives tokens in
// an order that means something, or an error.
//
// Its tables hold what has been read up to the furthest place that was reached, in the order of the bytes. Where an earlier place is
// read again what is there is known, and is found by its offset.
type packedReader struct {
	buf    []byte
	off    int
	start  int // where the token last read began
	frames []packedFrame
	saved  []packedSaved
	packedCounts
	again  int // values that may still be read within Enter
	memory int // bytes that tables and Shapes may still take
	unit   uint32
	err    error // what failed frames return
	limits Limits

	texts  []packedText
	shapes []packedShape
	shared []int32 // by ID less one: where the values began that are referred to
	names  []int   // of the shape that is being read: numbers of texts
	cache  map[string]*Shape
}

// packedCounts are what Leave brings back beside the place.
type packedCounts struct {
	collections int // how many of the frames are collections
	claimed     int // bytes that announced values need at least, in this pass
	budget      int // values that may still be read in this pass
}

// A packedFrame is one open container, or the outermost value, or an Enter.
type packedFrame struct {
	phase      packedPhase
	then       packedPhase // what follows the last of those left
	collection bool
	left       int
}

// A packedText is a text that has a number.
type packedText struct {
	start, size int32
	str         string // once someone asked for it
}

// A packedShape is a Shape that has a number, and where it stands.
type packedShape struct {
	start int32
	shape *Shape
}

// A packedSaved is what Leave brings back.
type packedSaved struct {
	off, height int
	packedCounts
}

// What a number of a text, an ID, and a Shape beside its names take in bytes.
const (
	packedTextMemory  = 32
	packedIDMemory    = 4
	packedShapeMemory = 160
)

// packedRereads is how many times Limits.Elements the passes within Enter may read in all.
const packedRereads = 8

// reset makes r read p. Marks from before are refused; Shapes are kept, within bounds.
func (r *packedReader) reset(p Packed, l Limits) {
	if len(p) == 0 {
		p = Packed(packedNull)
	}
	l.Bytes = min(l.Bytes, maxPacked)
	r.buf, r.off, r.start, r.unit, r.limits, r.err = p, 1, 0, r.unit+1, l, nil
	r.packedCounts = packedCounts{budget: l.Elements}
	r.again, r.memory = packedRereads*l.Elements, l.Bytes
	r.texts, r.shapes, r.shared, r.saved = r.texts[:0], r.shapes[:0], r.shared[:0], r.saved[:0]
	r.frames = append(r.frames[:0], packedFrame{phase: packedValue})
	r.trimShapes()
	switch {
	case len(p) > l.Bytes:
		r.fail(Errorf(0, ErrLimit, "more bytes than the limit allows")) // Next returns it
	case p[0] != packedForm:
		r.fail(Errorf(0, ErrSyntax, "a packed value of another form"))
	}
}

// release lets go of what was read. It reports whether r is small enough to be kept.
func (r *packedReader) release() bool {
	clear(r.texts)
	clear(r.shapes)
	r.buf, r.err, r.unit = nil, nil, r.unit+1
	return cap(r.texts) <= maxKeptEntries && cap(r.shapes) <= maxKeptEntries && cap(r.shared) <= maxKeptEntries
}

// Start implements Starter.
func (r *packedReader) Start() int { return r.start }

// fail makes err what every further Next within the innermost Enter returns.
func (r *packedReader) fail(err error) {
	r.err = err
	r.frames[len(r.frames)-1].phase = packedFailed
}

// atEnd reports an outermost value that has not been read to its end, or what stands behind it.
func (r *packedReader) atEnd() error {
	switch f := &r.frames[0]; {
	case f.phase == packedFailed:
		return r.err
	case len(r.frames) > 1 || f.phase != packedDone:
		return Errorf(r.off, ErrSyntax, "a value ends early")
	case r.off < len(r.buf):
		return Errorf(r.off, ErrSyntax, "more bytes behind the value")
	}
	return nil
}

// Next implements Reader.
func (r *packedReader) Next(t *Token) error {
	f := &r.frames[len(r.frames)-1]
	r.start = r.off
	var err error
	switch f.phase {
	case packedItems:
		switch {
		case f.left > 0:
			f.left--
			err = r.value(t)
		case f.then == packedNames:
			f.phase = packedNames
			err = r.name(t, f)
		default:
			r.close(t)
		}
	case packedNames:
		err = r.name(t, f)
	case packedNamed:
		f.phase = packedNames
		err = r.value(t)
	case packedPairs:
		err = r.pair(t, f)
	case packedPaired:
		f.phase = packedPairs
		err = r.value(t)
	case packedInts, packedUints, packedDoubles:
		err = r.item(t, f)
	case packedValue:
		f.phase = packedDone
		err = r.value(t)
	case packedDone:
		return r.end()
	default:
		return r.err
	}
	if err != nil && err != io.EOF {
		r.fail(err)
	}
	return err
}

// end is the answer behind the last value.
func (r *packedReader) end() error {
	if len(r.saved) == 0 && r.off < len(r.buf) {
		return r.atEnd()
	}
	return io.EOF
}

// Skip implements Reader.
func (r *packedReader) Skip(t *Token) error {
	if !t.Kind.IsContainer() {
		return nil
	}
	var scratch Token
	for height := len(r.frames) - 1; len(r.frames) > height; {
		if err := r.Next(&scratch); err != nil {
			return err
		}
	}
	return nil
}

// charge counts n values against the limit.
func (r *packedReader) charge(n int) error {
	if r.budget -= n; r.budget < 0 {
		return Errorf(r.start, ErrLimit, "more elements than the limit allows")
	}
	return nil
}

// take counts n bytes of tables and Shapes.
func (r *packedReader) take(n int) error {
	if r.memory -= n; r.memory < 0 {
		return Errorf(r.start, ErrLimit, "more bytes than the limit allows")
	}
	return nil
}

// claim counts n values of at least size bytes each, which are announced, before anything is made of the number. Each of them has bytes
// of its own, so that all that is announced in one pass can never be more than there are.
func (r *packedReader) claim(n, size int) error {
	if n > (len(r.buf)-r.off)/size || r.claimed+n*size > len(r.buf) {
		return Errorf(r.start, ErrTruncated, "more is announced than follows")
	}
	r.claimed += n * size
	return nil
}

// open pushes a frame, within the limits.
func (r *packedReader) open(f packedFrame) error {
	if f.collection {
		if r.collections++; r.collections > r.limits.Collections {
			return Errorf(r.start, ErrLimit, "collections are nested too deeply")
		}
	}
	if len(r.frames) > r.limits.Depth {
		return Errorf(r.start, ErrLimit, "values are nested too deeply")
	}
	r.frames = append(r.frames, f)
	return nil
}

// close ends the innermost container.
func (r *packedReader) close(t *Token) {
	last := len(r.frames) - 1
	if r.frames[last].collection {
		r.collections--
	}
	r.frames = r.frames[:last]
	r.put(t, KindEnd, 0)
}

// put makes t a token of that kind. What else is in t means nothing to kinds without text, class or flag.
func (r *packedReader) put(t *Token, kind Kind, num uint64) {
	t.Kind, t.Flag, t.ID, t.Num = kind, false, 0, num
}

// uvarint reads a varint.
func (r *packedReader) uvarint() (uint64, error) {
	if r.off < len(r.buf) && r.buf[r.off] < 0x80 {
		r.off++
		return uint64(r.buf[r.off-1]), nil
	}
	n, size := binary.Uvarint(r.buf[r.off:])
	switch {
	case size == 0:
		return 0, r.truncated()
	case size < 0:
		return 0, Errorf(r.off, ErrSyntax, "a number that is too long")
	}
	r.off += size
	return n, nil
}

// length reads a varint that counts what takes at least a byte each.
func (r *packedReader) length() (int, error) {
	n, err := r.uvarint()
	if err == nil && n > uint64(len(r.buf)-r.off) {
		err = r.truncated()
	}
	return int(n), err
}

// bits reads 8 bytes.
func (r *packedReader) bits() (uint64, error) {
	if len(r.buf)-r.off < 8 {
		return 0, r.truncated()
	}
	r.off += 8
	return binary.LittleEndian.Uint64(r.buf[r.off-8:]), nil
}

func (r *packedReader) truncated() error { return Errorf(len(r.buf), ErrTruncated) }
