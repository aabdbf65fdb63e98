package amf

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// emptyText is the empty string, which is never in the string table: section 1.3.2.
const emptyText = 0x01

// value3 writes one AMF3 value or its beginning.
func (w *Writer) value3(t *value.Token) error {
	switch t.Kind {
	case value.KindNull:
		w.out = append(w.out, raw.Null3)
	case value.KindUndefined:
		w.out = append(w.out, raw.Undefined3)
	case value.KindBool:
		w.out = append(w.out, raw.False3+byte(t.Num&1))
	case value.KindInt:
		w.int3(int64(t.Num))
	case value.KindUint:
		w.uint3(t.Num)
	case value.KindFloat:
		w.double3(t.Num)
	case value.KindNumber:
		return w.number3Text(t)
	case value.KindString, value.KindText:
		w.out = append(w.out, raw.String3)
		return w.text3(t)
	case value.KindRef:
		return w.ref3(t)
	case value.KindTime:
		w.out = append(w.out, raw.Date3, 0x01)
		w.out = binary.BigEndian.AppendUint64(w.out, t.Num)
		return w.number3(t.ID, raw.Date3)
	case value.KindBytes:
		return w.bytes3(t, raw.ByteArray3)
	case value.KindXML:
		if w.options.UseLegacyXML {
			return w.bytes3(t, raw.XMLDocument3)
		}
		return w.bytes3(t, raw.XML3)
	case value.KindXMLDoc:
		return w.bytes3(t, raw.XMLDocument3)
	default:
		return w.container3(t)
	}
	return nil
}

// int3 writes an integer, as a double where 29 bits do not hold it. Beyond 53 bits it is rounded, as BlazeDS does.
func (w *Writer) int3(v int64) {
	if v < raw.MinInt29 || v > raw.MaxInt29 {
		w.double3(math.Float64bits(float64(v)))
		return
	}
	w.out = raw.AppendU29(append(w.out, raw.Integer3), uint32(v))
}

func (w *Writer) uint3(v uint64) {
	if v > raw.MaxInt29 {
		w.double3(math.Float64bits(float64(v)))
		return
	}
	w.int3(int64(v))
}

func (w *Writer) double3(bits uint64) {
	w.out = binary.BigEndian.AppendUint64(append(w.out, raw.Double3), bits)
}

// number3Text writes a decimal number: whole ones as integers where these hold them.
func (w *Writer) number3Text(t *value.Token) error {
	f, err := decimal(t)
	if err != nil {
		return err
	}
	if f == math.Trunc(f) && f >= raw.MinInt29 && f <= raw.MaxInt29 && !(f == 0 && math.Signbit(f)) {
		w.int3(int64(f))
	} else {
		w.double3(math.Float64bits(f))
	}
	return nil
}

// decimal returns the value of a Number token; one beyond the range of a double is an infinity.
func decimal(t *value.Token) (float64, error) {
	text := t.Text()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, cannot("not a number: ", strconv.Quote(text))
	}
	return f, nil
}

// text3 writes a string by the rules of the string table.
func (w *Writer) text3(t *value.Token) error {
	if t.Bytes == nil && t.Str != nil {
		return w.string3(*t.Str)
	}
	return writeText3(w, maphash.Bytes(w.strings.seed, t.Bytes), t.Bytes)
}

// string3 is text3 for a Go string.
func (w *Writer) string3(s string) error {
	return writeText3(w, maphash.String(w.strings.seed, s), s)
}

func writeText3[T []byte | string](w *Writer, hash64 uint64, text T) error {
	n, hash := len(text), uint32(hash64)
	if n == 0 {
		w.out = append(w.out, emptyText)
		return nil
	}
	if n > raw.MaxLen29 {
		return errTooLong("a string")
	}
	number, slot, found := find(&w.strings, w.out, hash, text)
	if found {
		w.out = raw.AppendU29(w.out, uint32(number)<<1)
		return nil
	}
	w.out = raw.AppendU29(w.out, uint32(n)<<1|1)
	start := len(w.out)
	w.out = append(w.out, text...)
	if len(w.strings.entries) <= raw.MaxLen29 && len(w.out) <= math.MaxInt32 {
		w.strings.add(hash, slot, start, n)
	}
	return nil
}

func errTooLong(what string) error { return cannot(what, " longer than AMF3 can tell (268,435,455)") }

// length3 writes a marker and a length or count.
func (w *Writer) length3(marker byte, n uint64, what string) error {
	if n > raw.MaxLen29 {
		return errTooLong(what)
	}
	w.out = raw.AppendU29(append(w.out, marker), uint32(n)<<1|1)
	return nil
}

// bytes3 writes a ByteArray or XML.
func (w *Writer) bytes3(t *value.Token, marker byte) error {
	if err := w.length3(marker, uint64(t.TextLen()), t.Kind.String()); err != nil {
		return err
	}
	w.out = t.AppendText(w.out)
	return w.number3(t.ID, marker)
}

// ref3 writes a reference to a value that began earlier.
func (w *Writer) ref3(t *value.Token) error {
	e, err := w.target(t)
	if err != nil {
		return err
	}
	if e.number3 == 0 {
		return cannot("a value behind AMF0's marker 0x11 refers to one before it, which AMF cannot say")
	}
	w.out = raw.AppendU29(append(w.out, e.marker), uint32(e.number3-1)<<1)
	return nil
}

// target returns what is known of the value that a reference means.
func (w *Writer) target(t *value.Token) (*written, error) {
	if w.options.NoReferences {
		return nil, cannot("a reference, though the writer is set to make none")
	}
	if t.Num == 0 || t.Num >= uint64(len(w.ids)) {
		return nil, cannot("a reference to a value that has not been written")
	}
	return &w.ids[t.Num], nil
}

// container3 writes the beginning of a container.
func (w *Writer) container3(t *value.Token) error {
	switch t.Kind {
	case value.KindList:
		return w.list3(t)
	case value.KindMap:
		return w.map3(t)
	case value.KindMixed:
		if err := w.begin3(t, raw.Array3, t.Num); err != nil {
			return err
		}
		return w.push(writeFrame{phase: writeMixed3, left: t.Num})
	case value.KindVectorInt:
		return w.vector3(t, raw.VectorInt3, writeInts)
	case value.KindVectorUint:
		return w.vector3(t, raw.VectorUint3, writeUints)
	case value.KindVectorDouble:
		return w.vector3(t, raw.VectorDouble3, writeDoubles)
	case value.KindVectorObject:
		return w.vector3(t, raw.VectorObject3, writeItems3)
	case value.KindDictionary:
		if err := w.begin3(t, raw.Dictionary3, t.Num); err != nil {
			return err
		}
		w.out = append(w.out, flagByte(t.Flag))
		return w.push(writeFrame{phase: writeItems3, left: 2 * t.Num})
	case value.KindObject:
		return w.object3(t)
	}
	return cannot("a token of kind ", t.Kind.String())
}

func flagByte(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// begin3 writes a container's marker and count and gives it its number.
func (w *Writer) begin3(t *value.Token, marker byte, n uint64) error {
	if err := w.length3(marker, n, t.Kind.String()); err != nil {
		return err
	}
	return w.number3(t.ID, marker)
}

// list3 writes the beginning of a list. References to a list in a collection mean the collection.
func (w *Writer) list3(t *value.Token) error {
	id := t.ID
	if w.options.UseCollections && !t.Flag && !w.inWrapper() {
		if err := w.objectHead(id, &w.traits.collection); err != nil {
			return err
		}
		id = 0
	}
	if err := w.length3(raw.Array3, t.Num, "a list"); err != nil {
		return err
	}
	if err := w.number3(id, raw.Array3); err != nil {
		return err
	}
	w.out = append(w.out, emptyText)
	return w.push(writeFrame{phase: writeItems3, left: t.Num})
}

func (w *Writer) map3(t *value.Token) error {
	id := t.ID
	if w.options.UseProxies && !t.Flag && !w.inWrapper() {
		if err := w.objectHead(id, &w.traits.proxy); err != nil {
			return err
		}
		id = 0
	}
	if err := w.objectHead(id, &w.traits.anonymous); err != nil {
		return err
	}
	return w.push(writeFrame{phase: writeNames3, shape: &w.traits.anonymous})
}

// inWrapper reports whether the value that is due is already what a wrapper stands for.
func (w *Writer) inWrapper() bool {
	s := w.frames[len(w.frames)-1].shape
	return s != nil && s.Wrapper
}

// objectHead writes an object's marker and traits and gives it its number.
func (w *Writer) objectHead(id int32, shape *value.Shape) error {
	w.out = append(w.out, raw.Object3)
	if err := w.number3(id, raw.Object3); err != nil {
		return err
	}
	return w.traits3(shape)
}

func (w *Writer) object3(t *value.Token) error {
	if err := w.objectHead(t.ID, t.Shape); err != nil {
		return err
	}
	if t.Shape.External && !t.Shape.Wrapper {
		return w.external3(t.Shape)
	}
	return w.push(writeFrame{phase: writeSealed3, left: uint64(len(t.Shape.Sealed)), shape: t.Shape})
}

// vector3 writes the beginning of a vector.
func (w *Writer) vector3(t *value.Token, marker byte, phase writePhase) error {
	if err := w.begin3(t, marker, t.Num); err != nil {
		return err
	}
	w.out = append(w.out, flagByte(t.Flag))
	if marker == raw.VectorObject3 {
		if err := w.text3(t); err != nil {
			return err
		}
	}
	return w.push(writeFrame{phase: phase, left: t.Num})
}

// vectorItem writes a number of a vector.
func (w *Writer) vectorItem(t *value.Token) error {
	switch w.frames[len(w.frames)-1].phase {
	case writeDoubles:
		bits, ok := float64Of(t)
		if !ok {
			return errItem(t, "double")
		}
		w.out = binary.BigEndian.AppendUint64(w.out, bits)
	case writeInts:
		v, ok := int64Of(t)
		if !ok || v != int64(int32(v)) {
			return errItem(t, "int")
		}
		w.Uint32(uint32(v))
	default:
		v, ok := int64Of(t)
		if !ok || v != int64(uint32(v)) {
			return errItem(t, "uint")
		}
		w.Uint32(uint32(v))
	}
	return nil
}

func errItem(t *value.Token, of string) error {
	return cannot("a ", t.Kind.String(), " that does not fit into a vector of ", of)
}

// float64Of returns the bits of a number as a double.
func float64Of(t *value.Token) (bits uint64, ok bool) {
	switch t.Kind {
	case value.KindFloat:
		return t.Num, true
	case value.KindInt:
		return math.Float64bits(float64(int64(t.Num))), true
	case value.KindUint:
		return math.Float64bits(float64(t.Num)), true
	case value.KindNumber:
		f, err := decimal(t)
		return math.Float64bits(f), err == nil
	}
	return 0, false
}

// int64Of returns a number that is whole and within 53 bits or an integer anyway.
func int64Of(t *value.Token) (int64, bool) {
	switch t.Kind {
	case value.KindInt:
		return int64(t.Num), true
	case value.KindUint:
		return int64(t.Num), t.Num <= math.MaxInt64
	}
	bits, ok := float64Of(t)
	f := math.Float64frombits(bits)
	return int64(f), ok && f == math.Trunc(f) && math.Abs(f) <= 1<<53
}
