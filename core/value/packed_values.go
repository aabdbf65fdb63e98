package value

import (
	"encoding/binary"
	"io"
	"slices"
)

// value reads a value or its beginning.
func (r *packedReader) value(t *Token) error {
	if err := r.charge(1); err != nil {
		return err
	}
	if r.off >= len(r.buf) {
		return r.truncated()
	}
	start, tag := r.off, r.buf[r.off]
	r.off++
	if err := r.tagged(t, tag); err != nil {
		return err
	}
	if tag&packedBitID == 0 {
		return nil
	}
	id, err := r.id(int32(start))
	t.ID = id
	return err
}

// tagged reads what stands behind a tag.
func (r *packedReader) tagged(t *Token, tag byte) error {
	what := tag & packedTagMask
	if int(what) >= len(packedKinds) {
		return Errorf(r.start, ErrSyntax, "an unknown tag")
	}
	kind := packedKinds[what]
	if kind.IsContainer() && kind != KindObject {
		return r.container(t, kind, tag)
	}
	if tag&(packedBitLater|packedBitFlag) != 0 {
		return Errorf(r.start, ErrSyntax, "a tag with bits that mean nothing")
	}
	r.put(t, kind, 0)
	var err error
	switch what {
	case packedTagNull, packedTagUndefined, packedTagFalse:
	case packedTagTrue:
		t.Num = 1
	case packedTagInt:
		t.Num, err = r.uvarint()
		t.Num = t.Num>>1 ^ -(t.Num & 1)
	case packedTagUint:
		t.Num, err = r.uvarint()
	case packedTagFloat, packedTagTime:
		t.Num, err = r.bits()
	case packedTagString:
		err = r.text(t)
	case packedTagObject:
		err = r.object(t)
	case packedTagRef:
		err = r.ref(t, tag)
	default:
		err = r.plainText(t)
	}
	return err
}

// plainText reads a text without a number.
func (r *packedReader) plainText(t *Token) error {
	n, err := r.length()
	if err != nil {
		return err
	}
	t.Bytes, t.Str = r.buf[r.off:r.off+n:r.off+n], nil
	r.off += n
	return nil
}

// ref reads a reference. What it names has to have begun.
func (r *packedReader) ref(t *Token, tag byte) error {
	start, err := r.uvarint()
	if err != nil {
		return err
	}
	i, found := slices.BinarySearch(r.shared, int32(min(start, maxPacked)))
	if !found || tag&packedBitID != 0 {
		return Errorf(r.start, ErrSyntax, "a reference to nothing")
	}
	t.Num = uint64(i) + 1
	return nil
}

// id returns the ID of the value that begins at start.
func (r *packedReader) id(start int32) (int32, error) {
	if n := len(r.shared); n == 0 || start > r.shared[n-1] {
		r.shared = append(r.shared, start)
		return int32(n) + 1, r.take(packedIDMemory)
	}
	i, _ := slices.BinarySearch(r.shared, start)
	return int32(i) + 1, nil
}

// container reads the count of a container, and its class where it is a vector of objects.
func (r *packedReader) container(t *Token, kind Kind, tag byte) error {
	if tag&packedBitFlag != 0 && !hasPackedFlag(kind) {
		return Errorf(r.start, ErrSyntax, "a tag with bits that mean nothing")
	}
	f := packedFrame{phase: packedItems, then: packedClosed, collection: kind != KindMap}
	size := 1
	switch kind {
	case KindMap:
		f.phase, size = packedPairs, 2
		if tag&packedBitLater != 0 {
			r.put(t, kind, Unknown)
			t.Flag = tag&packedBitFlag != 0
			f.phase = packedNames
			return r.open(f)
		}
	case KindMixed:
		f.phase = packedNames
	case KindVectorInt:
		f.phase = packedInts
	case KindVectorUint:
		f.phase = packedUints
	case KindVectorDouble:
		f.phase, size = packedDoubles, 8
	case KindDictionary:
		size = 2
	}
	n, err := r.count(tag)
	if err != nil {
		return err
	}
	if err := r.claim(n, size); err != nil {
		return err
	}
	if f.left = n; kind == KindDictionary {
		f.left *= 2
	}
	if kind == KindVectorObject {
		if err := r.text(t); err != nil {
			return err
		}
	}
	r.put(t, kind, uint64(n))
	t.Flag = tag&packedBitFlag != 0
	return r.open(f)
}

// count reads a count, whichever way it was written.
func (r *packedReader) count(tag byte) (int, error) {
	if tag&packedBitLater == 0 {
		return r.length()
	}
	if len(r.buf)-r.off < 4 {
		return 0, r.truncated()
	}
	n := binary.LittleEndian.Uint32(r.buf[r.off:])
	r.off += 4
	if uint64(n) > uint64(len(r.buf)-r.off) {
		return 0, r.truncated()
	}
	return int(n), nil
}

// name reads the name of a member, or what ends them: dense values may follow.
func (r *packedReader) name(t *Token, f *packedFrame) error {
	if r.off < len(r.buf) && r.buf[r.off] == 0 {
		r.off++
		f.phase, f.then = packedItems, packedClosed
		if f.left == 0 {
			r.close(t)
			return nil
		}
		r.start = r.off
		f.left--
		return r.value(t)
	}
	f.phase = packedNamed
	return r.member(t)
}

// pair reads the name of a member of which the count is known.
func (r *packedReader) pair(t *Token, f *packedFrame) error {
	if f.left == 0 {
		r.close(t)
		return nil
	}
	f.left--
	f.phase = packedPaired
	return r.member(t)
}

func (r *packedReader) member(t *Token) error {
	if err := r.charge(1); err != nil {
		return err
	}
	r.put(t, KindName, 0)
	return r.text(t)
}

// item reads the next number of a vector.
func (r *packedReader) item(t *Token, f *packedFrame) error {
	switch {
	case f.left == 0 && f.then == packedDone:
		return io.EOF
	case f.left == 0:
		r.close(t)
		return nil
	}
	f.left--
	return r.number(t, f.phase)
}

func (r *packedReader) number(t *Token, phase packedPhase) (err error) {
	if err = r.charge(1); err != nil {
		return err
	}
	switch phase {
	case packedInts:
		r.put(t, KindInt, 0)
		t.Num, err = r.uvarint()
		t.Num = t.Num>>1 ^ -(t.Num & 1)
	case packedUints:
		r.put(t, KindUint, 0)
		t.Num, err = r.uvarint()
	default:
		r.put(t, KindFloat, 0)
		t.Num, err = r.bits()
	}
	return err
}

// text reads a text with a number into t, whose kind is set.
func (r *packedReader) text(t *Token) error {
	i, err := r.textNumber()
	switch {
	case err != nil:
		return err
	case i < 0:
		t.Bytes, t.Str = nil, nil
	default:
		t.Bytes, t.Str = r.view(i), &r.texts[i].str
	}
	return nil
}

// textNumber reads a text and returns its number; -1: it is empty.
func (r *packedReader) textNumber() (int, error) {
	n, err := r.uvarint()
	switch {
	case err != nil:
		return 0, err
	case n == 1:
		return -1, nil
	case n&1 == 0:
		i := n>>1 - 1
		if n == 0 || i >= uint64(len(r.texts)) {
			return 0, Errorf(r.start, ErrSyntax, "a text that has not been before")
		}
		return int(i), nil
	case n>>1 > uint64(len(r.buf)-r.off):
		return 0, r.truncated()
	}
	start := int32(r.off)
	r.off += int(n >> 1)
	if known := len(r.texts); known == 0 || start > r.texts[known-1].start {
		r.texts = append(r.texts, packedText{start: start, size: int32(n >> 1)})
		return known, r.take(packedTextMemory)
	}
	i, _ := slices.BinarySearchFunc(r.texts, start, func(t packedText, start int32) int { return int(t.start) - int(start) })
	return i, nil
}

// view returns the bytes of a text.
func (r *packedReader) view(i int) []byte {
	t := &r.texts[i]
	end := t.start + t.size
	return r.buf[t.start:end:end]
}

// string returns a text as a Go string, which is made once; that of -1 is empty.
func (r *packedReader) string(i int) string {
	if i < 0 {
		return ""
	}
	t := &r.texts[i]
	if t.str == "" {
		t.str = string(r.view(i))
	}
	return t.str
}
