package amf

import (
	"fmt"
	"math"

	"github.com/patchbay-go/patchbay/core/value"
)

// An ExternalInput reads the bytes of one externalizable object, in ActionScript's IDataInput order: all numbers big-endian.
// Each method reads one field and makes it the member of that name. After an error all return zero values. It is good until
// ReadExternal returns.
type ExternalInput struct {
	r       *Reader
	members []member
	err     error
}

// Err returns the first error, nil if there was none.
func (in *ExternalInput) Err() error { return in.err }

// Fail makes what stands at the current offset an error, unless there was one before.
func (in *ExternalInput) Fail(format string, args ...any) {
	in.keep(syntax(in.r.in.Off, fmt.Sprintf(format, args...)))
}

func (in *ExternalInput) keep(err error) {
	if in.err == nil {
		in.err = err
	}
}

// add makes t the next member.
func (in *ExternalInput) add(name string, t value.Token) {
	if in.err == nil {
		in.members = append(in.members, member{name: name, literal: true, token: t})
	}
}

// take returns the next n bytes, nil after an error.
func (in *ExternalInput) take(n int, what string) []byte {
	if in.err != nil {
		return nil
	}
	if n < 0 {
		in.Fail("a length below zero for %s", what)
		return nil
	}
	b, err := in.r.in.Take(uint64(n), what)
	in.keep(err)
	return b
}

// Raw reads n bytes that no member is made of, such as flags. What it returns is a view of the input, nil after an error.
func (in *ExternalInput) Raw(n int) []byte { return in.take(n, "an externalizable object") }

// number returns the next n bytes as a big-endian number.
func (in *ExternalInput) number(n int, what string) uint64 {
	var v uint64
	for _, b := range in.take(n, what) {
		v = v<<8 | uint64(b)
	}
	return v
}

// Bool reads one byte, of which any but 0 is true.
func (in *ExternalInput) Bool(name string) bool {
	v := in.number(1, name) != 0
	t := value.Token{Kind: value.KindBool}
	if v {
		t.Num = 1
	}
	in.add(name, t)
	return v
}

// Byte reads one byte, from 0 to 255.
func (in *ExternalInput) Byte(name string) byte {
	v := byte(in.number(1, name))
	in.add(name, value.Token{Kind: value.KindInt, Num: uint64(v)})
	return v
}

// Short reads two bytes with a sign.
func (in *ExternalInput) Short(name string) int16 {
	v := int16(in.number(2, name))
	in.add(name, value.Token{Kind: value.KindInt, Num: uint64(v)})
	return v
}

// Int reads four bytes with a sign.
func (in *ExternalInput) Int(name string) int32 {
	v := int32(in.number(4, name))
	in.add(name, value.Token{Kind: value.KindInt, Num: uint64(v)})
	return v
}

// Uint reads four bytes without a sign.
func (in *ExternalInput) Uint(name string) uint32 {
	v := uint32(in.number(4, name))
	in.add(name, value.Token{Kind: value.KindUint, Num: uint64(v)})
	return v
}

// Double reads eight bytes.
func (in *ExternalInput) Double(name string) float64 {
	bits := in.number(8, name)
	in.add(name, value.Token{Kind: value.KindFloat, Num: bits})
	return math.Float64frombits(bits)
}

// UTF reads a length of two bytes and that many bytes of text.
func (in *ExternalInput) UTF(name string) string {
	return in.UTFBytes(name, int(in.number(2, name)))
}

// UTFBytes reads n bytes of text.
func (in *ExternalInput) UTFBytes(name string, n int) string {
	view := in.take(n, name)
	joined, err := in.r.readText(view)
	in.keep(err)
	if joined == "" {
		joined = string(view)
	}
	in.add(name, value.Token{Kind: value.KindString, Str: &joined})
	return joined
}

// Bytes reads n bytes. What it returns is a view of the input.
func (in *ExternalInput) Bytes(name string, n int) []byte {
	view := in.take(n, name)
	in.add(name, value.Token{Kind: value.KindBytes, Bytes: view})
	return view
}

// Value passes over one AMF3 value of any type; it shares the reference tables of the unit.
func (in *ExternalInput) Value(name string) {
	if in.err != nil {
		return
	}
	m := member{name: name, mark: in.r.Mark()}
	if in.Drop(); in.err == nil {
		in.members = append(in.members, m)
	}
}

// UUID reads an AMF3 value. Where it is a ByteArray of 16 bytes the member is the text of that UUID, in upper case, as in the
// small messages of BlazeDS; any other value is the member itself.
func (in *ExternalInput) UUID(name string) {
	if in.err != nil {
		return
	}
	m := member{name: name, mark: in.r.Mark()}
	t := in.begin()
	id, err := in.r.resolveUUID(&t)
	in.keep(err)
	switch {
	case in.err != nil:
	case id != "":
		in.add(name, value.Token{Kind: value.KindString, Str: &id})
	default:
		in.finish(&t)
		in.members = append(in.members, m)
	}
}

// resolveUUID returns the text of the UUID that t is or refers to, "" if it is something else.
func (r *Reader) resolveUUID(t *value.Token) (string, error) {
	target := *t
	if t.Kind == value.KindRef {
		m, _ := r.At(int32(t.Num))
		if err := r.Enter(m); err != nil {
			return "", err
		}
		defer r.Leave()
		if err := r.Next(&target); err != nil {
			return "", err
		}
	}
	if target.Kind != value.KindBytes || len(target.Bytes) != 16 {
		return "", nil
	}
	return formatUUID(target.Bytes), nil
}

// Drop passes over one AMF3 value that no member is made of.
func (in *ExternalInput) Drop() {
	t := in.begin()
	in.finish(&t)
}

// begin reads the first token of an AMF3 value.
func (in *ExternalInput) begin() (t value.Token) {
	if in.err == nil {
		in.keep(in.r.charge(1))
	}
	if in.err == nil {
		in.keep(in.r.value3(&t))
	}
	return t
}

// finish passes over the rest of the value that t began.
func (in *ExternalInput) finish(t *value.Token) {
	if in.err == nil {
		in.keep(in.r.Skip(t))
	}
}
