package value

import (
	"encoding/binary"
	"hash/maphash"
	"math"
)

// A packedWriter writes one value in the form of packed_form.go. What it refuses, tokens in an order that means nothing, is what a
// packedReader would have no way to give.
type packedWriter struct {
	out    []byte
	frames []packedOpen
	starts []int32 // by Token.ID: where the value with that ID began
	texts  packedTexts
	shapes packedShapes
	limits Limits
}

// A packedOpen is a container that has not ended, or what is outside of all.
type packedOpen struct {
	phase   packedPhase
	then    packedPhase // packedItems: what follows the last of them
	kind    Kind
	countAt int    // where the count is put in at the end; 0: it was told
	left    uint64 // values, pairs or numbers that have not been written
}

// reset makes w ready for another value.
func (w *packedWriter) reset(l Limits) {
	l.Bytes = min(l.Bytes, maxPacked)
	w.limits = l
	w.out = append(w.out[:0], packedForm)
	w.frames = append(w.frames[:0], packedOpen{phase: packedValue})
	w.starts = append(w.starts[:0], 0) // 0 is no ID
	w.texts.reset()
	w.shapes.reset()
}

// release lets go of what was written. It reports whether w is small enough to be kept.
func (w *packedWriter) release() bool {
	w.shapes.reset()
	return cap(w.out) <= maxKeptBytes && cap(w.starts) <= maxKeptEntries && len(w.texts.slots) <= maxKeptEntries
}

// Refs implements Writer.
func (w *packedWriter) Refs() bool { return true }

// Write implements Writer.
func (w *packedWriter) Write(t *Token) error {
	if err := w.write(t); err != nil {
		return err
	}
	if len(w.out) > w.limits.Bytes {
		return Errorf(-1, ErrLimit, "more bytes than the limit allows")
	}
	return nil
}

func (w *packedWriter) write(t *Token) error {
	f := &w.frames[len(w.frames)-1]
	switch t.Kind {
	case KindName:
		return w.name(f, t)
	case KindEnd:
		return w.end(f)
	}
	switch f.phase {
	case packedValue:
		f.phase = packedDone
	case packedItems:
		if err := f.take(); err != nil {
			return err
		}
	case packedNamed:
		f.phase = packedNames
	case packedPaired:
		f.phase = packedPairs
	case packedInts, packedUints, packedDoubles:
		return w.number(f, t)
	case packedNames:
		if f.kind != KindMixed {
			return misplaced("a value without a name")
		}
		w.out = append(w.out, 0)
		f.phase = packedItems
		if err := f.take(); err != nil {
			return err
		}
	default:
		return misplaced("a value")
	}
	return w.value(t)
}

// misplaced is the answer to tokens in an order that means nothing.
func misplaced(what string) error { return Errorf(-1, ErrEncode, what+" where none can be") }

// take makes room for one value.
func (f *packedOpen) take() error {
	if f.countAt == 0 && f.left == 0 {
		return Errorf(-1, ErrEncode, "more values than were announced")
	}
	f.left--
	return nil
}

// name writes the name of a member.
func (w *packedWriter) name(f *packedOpen, t *Token) error {
	switch {
	case f.phase == packedNames:
		f.phase = packedNamed
	case f.phase == packedPairs:
		if err := f.take(); err != nil {
			return err
		}
		f.phase = packedPaired
	case f.phase == packedItems && f.then == packedNames && f.left == 0:
		f.phase = packedNamed
	default:
		return misplaced("a name")
	}
	w.text(t)
	return nil
}

// end closes the innermost container.
func (w *packedWriter) end(f *packedOpen) error {
	switch f.phase {
	case packedNames:
		w.out = append(w.out, 0)
	case packedItems:
		if f.then == packedNames {
			w.out = append(w.out, 0)
		}
	case packedPairs, packedInts, packedUints, packedDoubles:
	default:
		return misplaced("an end")
	}
	if err := w.putCount(f); err != nil {
		return err
	}
	w.frames = w.frames[:len(w.frames)-1]
	return nil
}

// putCount puts in the count that was not told, and checks the one that was.
func (w *packedWriter) putCount(f *packedOpen) error {
	if f.countAt == 0 {
		if f.left > 0 {
			return Errorf(-1, ErrEncode, "fewer values than were announced")
		}
		return nil
	}
	count := -f.left // it was counted down from 0
	if f.kind == KindDictionary {
		if count%2 != 0 {
			return Errorf(-1, ErrEncode, "a key without a value")
		}
		count /= 2
	}
	binary.LittleEndian.PutUint32(w.out[f.countAt:], uint32(count))
	return nil
}

// atEnd reports that a value has not ended.
func (w *packedWriter) atEnd() error {
	if len(w.frames) > 1 || w.frames[0].phase != packedDone {
		return Errorf(-1, ErrEncode, "a value ends early")
	}
	return nil
}

// value writes a value or its beginning.
func (w *packedWriter) value(t *Token) error {
	if int(t.Kind) >= len(packedTags) || t.Kind == KindInvalid {
		return Errorf(-1, ErrEncode, "a token of "+t.Kind.String())
	}
	w.mark(t.ID)
	tag := packedTags[t.Kind]
	switch t.Kind {
	case KindNull, KindUndefined:
		w.out = append(w.out, tag)
	case KindBool:
		if t.Num != 0 {
			tag = packedTagTrue
		}
		w.out = append(w.out, tag)
	case KindInt:
		w.out = binary.AppendVarint(append(w.out, tag), int64(t.Num))
	case KindUint:
		w.out = binary.AppendUvarint(append(w.out, tag), t.Num)
	case KindFloat, KindTime:
		w.out = binary.LittleEndian.AppendUint64(append(w.out, tag), t.Num)
	case KindString:
		w.out = append(w.out, tag)
		w.text(t)
	case KindNumber, KindText, KindBytes, KindXML, KindXMLDoc:
		w.out = binary.AppendUvarint(append(w.out, tag), uint64(t.TextLen()))
		w.out = t.AppendText(w.out)
	case KindRef:
		return w.ref(t)
	case KindObject:
		return w.object(t)
	default:
		return w.container(t, tag)
	}
	return nil
}

// maxPackedID bounds the table of IDs, which are dense in what an Encoder gives.
const maxPackedID = 1 << 26

// mark notes where the value with that ID begins.
func (w *packedWriter) mark(id int32) {
	if id <= 0 || id > maxPackedID {
		return
	}
	if int(id) >= len(w.starts) {
		w.starts = append(w.starts, make([]int32, int(id)+1-len(w.starts))...)
	}
	w.starts[id] = int32(len(w.out))
}

// ref writes a reference, and the bit of what it refers to.
func (w *packedWriter) ref(t *Token) error {
	if t.Num >= uint64(len(w.starts)) || w.starts[t.Num] == 0 {
		return Errorf(-1, ErrEncode, "a reference to a value that has not been written")
	}
	start := w.starts[t.Num]
	w.out[start] |= packedBitID
	w.out = binary.AppendUvarint(append(w.out, packedTagRef), uint64(start))
	return nil
}

// object writes the shape of an object.
func (w *packedWriter) object(t *Token) error {
	w.out = append(w.out, packedTagObject)
	f := packedOpen{kind: KindObject, phase: packedItems, then: packedClosed, left: uint64(len(t.Shape.Sealed))}
	if t.Shape.Dynamic {
		f.then = packedNames
	}
	w.shape(t.Shape)
	return w.push(f)
}

// container writes the tag and count of a container other than an object.
func (w *packedWriter) container(t *Token, tag byte) error {
	if t.Flag && hasPackedFlag(t.Kind) {
		tag |= packedBitFlag
	}
	f := packedOpen{kind: t.Kind, phase: packedItems, then: packedClosed, left: t.Num}
	switch {
	case t.Num != Unknown:
		w.out = binary.AppendUvarint(append(w.out, tag), t.Num)
	case t.Kind == KindMap:
		w.out, f.left = append(w.out, tag|packedBitLater), 0
	default:
		f.countAt, f.left = len(w.out)+1, 0
		w.out = append(w.out, tag|packedBitLater, 0, 0, 0, 0)
	}
	switch t.Kind {
	case KindMap:
		f.phase = packedPairs
		if t.Num == Unknown {
			f.phase = packedNames
		}
	case KindMixed:
		f.phase = packedNames
	case KindVectorInt:
		f.phase = packedInts
	case KindVectorUint:
		f.phase = packedUints
	case KindVectorDouble:
		f.phase = packedDoubles
	case KindVectorObject:
		w.text(t)
	case KindDictionary:
		f.left *= 2
	}
	return w.push(f)
}

// push opens a container, within the limit of depth.
func (w *packedWriter) push(f packedOpen) error {
	if len(w.frames) > w.limits.Depth {
		return Errorf(-1, ErrLimit, "values are nested too deeply")
	}
	w.frames = append(w.frames, f)
	return nil
}

// number writes a number of a vector.
func (w *packedWriter) number(f *packedOpen, t *Token) error {
	if err := f.take(); err != nil {
		return err
	}
	if t.Kind < KindInt || t.Kind > KindNumber {
		return Errorf(-1, ErrEncode, article(t.Kind.String())+" in "+article(f.kind.String()))
	}
	var fits bool
	switch f.phase {
	case packedInts:
		var n int64
		n, fits = t.int64()
		w.out = binary.AppendVarint(w.out, n)
	case packedUints:
		var n uint64
		n, fits = t.uint64()
		w.out = binary.AppendUvarint(w.out, n)
	default:
		n, err := t.float()
		bits := math.Float64bits(n)
		if t.Kind == KindFloat {
			bits = t.Num // those of a NaN too
		}
		fits = err == nil
		w.out = binary.LittleEndian.AppendUint64(w.out, bits)
	}
	if !fits {
		return Errorf(-1, ErrEncode, "a number that does not fit into "+article(f.kind.String()))
	}
	return nil
}

// text writes a text, or the number of the same one before it.
func (w *packedWriter) text(t *Token) {
	if t.Bytes == nil && t.Str != nil {
		w.str(*t.Str)
		return
	}
	writePackedText(w, maphash.Bytes(w.texts.seed, t.Bytes), t.Bytes)
}

// str is text for a Go string.
func (w *packedWriter) str(s string) { writePackedText(w, maphash.String(w.texts.seed, s), s) }

func writePackedText[T []byte | string](w *packedWriter, hash64 uint64, text T) {
	if len(text) == 0 {
		w.out = append(w.out, 1)
		return
	}
	hash := uint32(hash64)
	number, slot, found := findPacked(&w.texts, w.out, hash, text)
	if found {
		w.out = binary.AppendUvarint(w.out, (uint64(number)+1)<<1)
		return
	}
	w.out = binary.AppendUvarint(w.out, uint64(len(text))<<1|1)
	w.texts.add(hash, slot, len(w.out), len(text))
	w.out = append(w.out, text...)
}
