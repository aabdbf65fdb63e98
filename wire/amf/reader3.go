package amf

import (
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// value3 reads one AMF3 value, AMF3 section 3, or its beginning if it is a container.
func (r *Reader) value3(t *value.Token) error {
	start := r.in.Off
	if start >= len(r.in.Buf) {
		return r.in.Truncated("a value")
	}
	r.in.Off++
	switch marker := r.in.Buf[start]; marker {
	case raw.Undefined3:
		put(t, value.KindUndefined, 0)
	case raw.Null3:
		put(t, value.KindNull, 0)
	case raw.False3:
		put(t, value.KindBool, 0)
	case raw.True3:
		put(t, value.KindBool, 1)
	case raw.Integer3:
		if u, ok := r.in.Small(); ok {
			put(t, value.KindInt, uint64(u))
			return nil
		}
		u, err := r.in.U29("an integer")
		put(t, value.KindInt, uint64(raw.SignExtend29(u)))
		return err
	case raw.Double3:
		bits, err := r.in.U64("a double")
		put(t, value.KindFloat, bits)
		return err
	case raw.String3:
		return r.text3(t, value.KindString, "a string")
	case raw.Object3:
		return r.object3(t, start)
	case raw.Array3:
		return r.array3(t, start)
	case raw.Date3:
		return r.date3(t, start)
	case raw.XML3:
		return r.bytes3(t, start, value.KindXML)
	case raw.XMLDocument3:
		return r.bytes3(t, start, value.KindXMLDoc)
	case raw.ByteArray3:
		return r.bytes3(t, start, value.KindBytes)
	case raw.VectorInt3:
		return r.vector3(t, start, value.KindVectorInt)
	case raw.VectorUint3:
		return r.vector3(t, start, value.KindVectorUint)
	case raw.VectorDouble3:
		return r.vector3(t, start, value.KindVectorDouble)
	case raw.VectorObject3:
		return r.vectorObject3(t, start)
	case raw.Dictionary3:
		return r.dictionary3(t, start)
	default:
		return errMarker(start, "AMF3", marker)
	}
	return nil
}

// text3 reads a string into a token of that kind.
func (r *Reader) text3(t *value.Token, kind value.Kind, what string) error {
	i, err := r.textEntry3(what)
	switch {
	case err != nil:
		return err
	case i < 0:
		putText(t, kind, nil, nil)
	default:
		e := &r.texts[i]
		putText(t, kind, r.view(e), &e.str)
	}
	return nil
}

// textEntry3 reads a string by the rules of the string table, section 1.3.2: a reference, or text that enters the table. It
// returns the string's place there; the empty string never has one: -1.
func (r *Reader) textEntry3(what string) (int32, error) {
	start := r.in.Off
	u, ok := r.in.Small()
	if !ok {
		var err error
		if u, err = r.in.U29(what); err != nil {
			return 0, err
		}
	}
	i := r.cursor[strings3]
	switch {
	case u&1 != 0 && u != 1:
		return i, r.enterText(int(u>>1), what)
	case u == 1:
		return -1, nil
	}
	if i = r.base[strings3] + int32(u>>1); i >= r.cursor[strings3] {
		return 0, errReference(start, "string", u>>1)
	}
	return i, nil
}

// enterText reads n bytes of text, which take the next place in the string table.
func (r *Reader) enterText(n int, what string) error {
	if n > r.in.Left() {
		return r.in.Truncated(what)
	}
	view := r.in.Buf[r.in.Off : r.in.Off+n : r.in.Off+n]
	r.in.Off += n
	if r.cursor[strings3] >= r.end[strings3] {
		if !r.grows() {
			return errGivenUp(r.in.Off)
		}
		if err := r.take(textMemory); err != nil {
			return err
		}
		joined, err := r.readText(view)
		if err != nil {
			return err
		}
		t := text{start: int32(r.in.Off - n), size: int32(n), str: joined}
		if joined != "" {
			t.size = -1
		}
		r.texts = append(r.texts, t)
		r.end[strings3]++
	}
	r.cursor[strings3]++
	return nil
}

// header3 reads the U29 that begins what can be referred to. If it is a reference, t is that and inline is false; otherwise n
// is what it carries beside its flag bit.
func (r *Reader) header3(t *value.Token, start int, what string) (n uint32, inline bool, err error) {
	u, err := r.in.U29(what)
	if err != nil {
		return 0, false, err
	}
	if u&1 == 0 {
		return 0, false, r.reference3(t, start, u>>1)
	}
	return u >> 1, true, nil
}

// date3 reads a date, section 3.10.
func (r *Reader) date3(t *value.Token, start int) error {
	_, inline, err := r.header3(t, start, "a date")
	if !inline || err != nil {
		return err
	}
	bits, err := r.in.U64("a date")
	if err != nil {
		return err
	}
	put(t, value.KindTime, bits)
	t.ID, err = r.enter3(start)
	return err
}

// bytes3 reads a ByteArray or XML, sections 3.9, 3.13 and 3.14.
func (r *Reader) bytes3(t *value.Token, start int, kind value.Kind) error {
	n, inline, err := r.header3(t, start, kind.String())
	if !inline || err != nil {
		return err
	}
	if kind == value.KindBytes {
		view, err := r.in.Take(uint64(n), "a byte array")
		if err != nil {
			return err
		}
		putText(t, kind, view, nil)
	} else if err = r.text0(t, kind, n, kind.String()); err != nil {
		return err
	}
	t.ID, err = r.enter3(start)
	return err
}

// array3 reads the beginning of an array, section 3.11. One without named members is a List; that is decided by the byte
// after the count, which is the first name's length.
func (r *Reader) array3(t *value.Token, start int) error {
	n, inline, err := r.header3(t, start, "the length of an array")
	if !inline || err != nil {
		return err
	}
	if r.in.Left() == 0 {
		return r.in.Truncated("an array")
	}
	f := frame{phase: items3, then: closed, left: n, collection: true}
	put(t, value.KindList, uint64(n))
	if r.in.Buf[r.in.Off] == 1 {
		r.in.Off++
	} else {
		t.Kind = value.KindMixed
		f.phase = names3
	}
	if err = r.claim(n, 1, "values of an array"); err != nil {
		return err
	}
	if t.ID, err = r.enter3(start); err != nil {
		return err
	}
	return r.open(f)
}

// name3 reads the name of a member, or the empty name that ends the members. Then come the dense values of an array, and
// nothing more of an object.
func (r *Reader) name3(t *value.Token, f *frame) error {
	if err := r.text3(t, value.KindName, "the name of a member"); err != nil {
		return err
	}
	if t.Str == nil {
		f.phase, f.then = items3, closed
		if f.left == 0 {
			return r.finish(t)
		}
		f.left--
		return r.value3(t)
	}
	if err := r.charge(1); err != nil {
		return err
	}
	f.phase = member3
	return nil
}

// afterItems goes on after the last of a run of values.
func (r *Reader) afterItems(t *value.Token, f *frame) error {
	if f.then == closed {
		return r.finish(t)
	}
	f.phase = f.then
	return r.name3(t, f)
}

// vector3 reads the beginning of a vector of numbers, section 3.15.
func (r *Reader) vector3(t *value.Token, start int, kind value.Kind) error {
	n, inline, err := r.header3(t, start, "the length of a vector")
	if !inline || err != nil {
		return err
	}
	fixed, err := r.in.Byte("a vector")
	if err != nil {
		return err
	}
	f := frame{phase: ints, left: n, collection: true}
	size := 4
	switch kind {
	case value.KindVectorUint:
		f.phase = uints
	case value.KindVectorDouble:
		f.phase, size = doubles, 8
	}
	if err = r.claim(n, size, "numbers of a vector"); err != nil {
		return err
	}
	put(t, kind, uint64(n))
	t.Flag = fixed != 0
	if t.ID, err = r.enter3(start); err != nil {
		return err
	}
	return r.open(f)
}

// item reads the next number of a vector.
func (r *Reader) item(t *value.Token, f *frame) error {
	if f.left == 0 {
		return r.finish(t)
	}
	f.left--
	return r.rawItem(t, f.phase)
}

func (r *Reader) rawItem(t *value.Token, p phase) error {
	if p == doubles {
		bits, err := r.in.U64("a vector")
		put(t, value.KindFloat, bits)
		return err
	}
	u, err := r.in.U32("a vector")
	if p == uints {
		put(t, value.KindUint, uint64(u))
	} else {
		put(t, value.KindInt, uint64(int32(u)))
	}
	return err
}

// vectorObject3 reads the beginning of a vector of values. The class of its items is a string; "*" and none both mean any.
func (r *Reader) vectorObject3(t *value.Token, start int) error {
	n, inline, err := r.header3(t, start, "the length of a vector")
	if !inline || err != nil {
		return err
	}
	fixed, err := r.in.Byte("a vector")
	if err != nil {
		return err
	}
	id, err := r.enter3(start)
	if err != nil {
		return err
	}
	if err = r.text3(t, value.KindVectorObject, "the class of a vector's items"); err != nil {
		return err
	}
	if t.TextIs("*") {
		putText(t, value.KindVectorObject, nil, nil)
	}
	if err = r.claim(n, 1, "values of a vector"); err != nil {
		return err
	}
	t.ID, t.Num, t.Flag = id, uint64(n), fixed != 0
	return r.open(frame{phase: items3, then: closed, left: n, collection: true})
}

// dictionary3 reads the beginning of a dictionary, section 3.16.
func (r *Reader) dictionary3(t *value.Token, start int) error {
	n, inline, err := r.header3(t, start, "the length of a dictionary")
	if !inline || err != nil {
		return err
	}
	weak, err := r.in.Byte("a dictionary")
	if err != nil {
		return err
	}
	if err = r.claim(2*n, 1, "keys and values of a dictionary"); err != nil {
		return err
	}
	put(t, value.KindDictionary, uint64(n))
	t.Flag = weak != 0
	if t.ID, err = r.enter3(start); err != nil {
		return err
	}
	return r.open(frame{phase: items3, then: closed, left: 2 * n, collection: true})
}
