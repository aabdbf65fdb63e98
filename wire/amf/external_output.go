package amf

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// An ExternalOutput writes the bytes of one externalizable object, the counterpart of ExternalInput. Each method writes the
// member of that name; one that is missing or null is written as nothing: 0, false, no text, null. After an error nothing more
// is written. It is good until WriteExternal returns.
type ExternalOutput struct {
	w       *Writer
	members []outMember
	err     error
}

// An outMember is where a member's value is buffered.
type outMember struct {
	name string
	at   int
}

// external3 has the class of the object that is being replayed write its bytes.
func (w *Writer) external3(shape *value.Shape) error {
	class := w.externalOf(shape.Class)
	if class == nil {
		return cannot("the externalizable class ", fmt.Sprintf("%.100q", shape.Class), " is not known, so nobody can write its bytes")
	}
	if err := w.push(writeFrame{phase: writeOne3}); err != nil {
		return err
	}
	out := w.nextOutput()
	out.collect(w.at)
	class.WriteExternal(out)
	w.level--
	clear(out.members)
	w.frames = w.frames[:len(w.frames)-1]
	return out.err
}

func (w *Writer) externalOf(class string) External {
	if w.options.Externals != nil {
		if e := w.options.Externals(class); e != nil {
			return e
		}
	}
	return flexExternal(class)
}

// nextOutput returns the output for one more level of externalizables within each other.
func (w *Writer) nextOutput() *ExternalOutput {
	if w.level == len(w.outputs) {
		w.outputs = append(w.outputs, &ExternalOutput{w: w})
	}
	out := w.outputs[w.level]
	w.level++
	out.members, out.err = out.members[:0], nil
	return out
}

// collect finds the members of the object at item i.
func (out *ExternalOutput) collect(i int) {
	b := &out.w.buffer
	sealed := b.items[i].shape.Sealed
	end := int(b.items[i].last)
	for at := i + 1; at < end; at = b.after(at) {
		name := ""
		if t := b.token(at); t.Kind == value.KindName {
			name = t.Text()
			at++
		} else if len(out.members) < len(sealed) {
			name = sealed[len(out.members)]
		}
		out.members = append(out.members, outMember{name, at})
	}
}

// find returns the token of a member, a null without one.
func (out *ExternalOutput) find(name string) (t value.Token, at int) {
	for _, m := range out.members {
		if m.name == name {
			return out.w.buffer.token(m.at), m.at
		}
	}
	return value.Token{Kind: value.KindNull}, -1
}

// Err returns the first error, nil if there was none.
func (out *ExternalOutput) Err() error { return out.err }

// Fail gives up writing, unless there was an error before.
func (out *ExternalOutput) Fail(format string, args ...any) {
	out.keep(cannot(fmt.Sprintf(format, args...)))
}

func (out *ExternalOutput) keep(err error) {
	if out.err == nil {
		out.err = err
	}
}

// Has reports whether the object has a member of that name that is neither null nor undefined.
func (out *ExternalOutput) Has(name string) bool {
	t, _ := out.find(name)
	return t.Kind != value.KindNull && t.Kind != value.KindUndefined
}

// Len returns the length in bytes of a member that is text or bytes.
func (out *ExternalOutput) Len(name string) int {
	t, _ := out.find(name)
	return t.TextLen()
}

// Raw writes bytes that are no member, such as flags.
func (out *ExternalOutput) Raw(b ...byte) {
	if out.err == nil {
		out.w.out = append(out.w.out, b...)
	}
}

// wrong makes a member that is not what the class writes an error.
func (out *ExternalOutput) wrong(name, want string, t *value.Token) {
	out.Fail("member %.100q is a %v, not %s", name, t.Kind, want)
}

// integer returns a member as an integer from least to most.
func (out *ExternalOutput) integer(name string, least, most int64) int64 {
	t, _ := out.find(name)
	if t.Kind == value.KindNull || t.Kind == value.KindUndefined {
		return 0
	}
	v, ok := int64Of(&t)
	if !ok || v < least || v > most {
		out.wrong(name, fmt.Sprintf("an integer from %d to %d", least, most), &t)
	}
	return v
}

// Bool writes one byte, 0 or 1.
func (out *ExternalOutput) Bool(name string) {
	t, _ := out.find(name)
	switch t.Kind {
	case value.KindBool, value.KindNull, value.KindUndefined:
		out.Raw(byte(t.Num & 1))
	default:
		out.wrong(name, "a bool", &t)
	}
}

// Byte writes one byte, from 0 to 255.
func (out *ExternalOutput) Byte(name string) { out.Raw(byte(out.integer(name, 0, math.MaxUint8))) }

// Short writes two bytes with a sign.
func (out *ExternalOutput) Short(name string) {
	v := out.integer(name, math.MinInt16, math.MaxInt16)
	out.Raw(byte(v>>8), byte(v))
}

// Int writes four bytes with a sign.
func (out *ExternalOutput) Int(name string) {
	out.uint32(uint32(out.integer(name, math.MinInt32, math.MaxInt32)))
}

// Uint writes four bytes without a sign.
func (out *ExternalOutput) Uint(name string) {
	out.uint32(uint32(out.integer(name, 0, math.MaxUint32)))
}

func (out *ExternalOutput) uint32(v uint32) { out.Raw(byte(v>>24), byte(v>>16), byte(v>>8), byte(v)) }

// Double writes eight bytes.
func (out *ExternalOutput) Double(name string) {
	t, _ := out.find(name)
	bits, ok := float64Of(&t)
	if !ok && t.Kind != value.KindNull && t.Kind != value.KindUndefined {
		out.wrong(name, "a number", &t)
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], bits)
	out.Raw(b[:]...)
}

// UTF writes a length of two bytes and the text.
func (out *ExternalOutput) UTF(name string) {
	n := out.Len(name)
	if n > math.MaxUint16 {
		out.Fail("member %.100q is longer than 65,535 bytes", name)
	}
	out.Raw(byte(n>>8), byte(n))
	out.UTFBytes(name)
}

// UTFBytes writes text without its length.
func (out *ExternalOutput) UTFBytes(name string) {
	t, _ := out.find(name)
	switch t.Kind {
	case value.KindString, value.KindText, value.KindNumber, value.KindXML, value.KindXMLDoc, value.KindNull, value.KindUndefined:
		out.Raw(t.Bytes...)
	default:
		out.wrong(name, "text", &t)
	}
}

// Bytes writes bytes without their length.
func (out *ExternalOutput) Bytes(name string) {
	t, _ := out.find(name)
	switch t.Kind {
	case value.KindBytes, value.KindNull, value.KindUndefined:
		out.Raw(t.Bytes...)
	default:
		out.wrong(name, "bytes", &t)
	}
}

// Value writes the member as one AMF3 value of any type; it shares the reference tables of the unit.
func (out *ExternalOutput) Value(name string) {
	_, at := out.find(name)
	out.value(at)
}

// value writes the value at that item, null for -1.
func (out *ExternalOutput) value(at int) {
	if out.err != nil {
		return
	}
	if at < 0 {
		out.Raw(raw.Null3)
		return
	}
	w := out.w
	w.frames[len(w.frames)-1].left = 1
	out.keep(w.replay(at, w.buffer.after(at)))
}

// IsUUID reports whether a member is the text of a UUID in upper case, which UUID writes as 16 bytes.
func (out *ExternalOutput) IsUUID(name string) bool {
	t, _ := out.find(name)
	if t.Kind != value.KindString {
		return false
	}
	_, ok := parseUUID(string(t.Bytes))
	return ok
}

// UUID writes the text of a UUID in upper case as a ByteArray of 16 bytes, and any other member as Value does.
func (out *ExternalOutput) UUID(name string) {
	t, at := out.find(name)
	b, ok := parseUUID(string(t.Bytes))
	if !ok || t.Kind != value.KindString || out.err != nil {
		out.value(at)
		return
	}
	out.keep(out.w.bytes3(&value.Token{Kind: value.KindBytes, Bytes: b}, raw.ByteArray3))
}
