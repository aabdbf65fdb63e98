package amf

import (
	"encoding/binary"
	"math"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

var _ value.FieldReader = (*Reader)(nil)

// ReadFields implements value.FieldReader for the sealed members of AMF3 objects. It is Next for values of the kinds that nearly
// all members have, without a token for each.
func (r *Reader) ReadFields(dst value.StructMemory, fields []value.ScalarField) (int, error) {
	f := &r.frames[len(r.frames)-1]
	if f.phase != items3 {
		return 0, nil
	}
	most := min(len(fields), int(f.left))
	n := 0
	for ; n < most && r.in.Off < len(r.in.Buf); n++ {
		r.start = r.in.Off
		read, err := r.field3(dst, &fields[n], r.in.Buf[r.in.Off])
		if err != nil {
			return n, r.fail(err)
		}
		if !read {
			break
		}
	}
	f.left -= uint32(n)
	return n, nil
}

// field3 reads the next value, which has that marker, into a field that takes that kind. It returns false, with nothing read, where
// the value is of another kind or does not fit, so that Next has to read it.
func (r *Reader) field3(dst value.StructMemory, f *value.ScalarField, marker byte) (read bool, err error) {
	switch {
	case marker == raw.String3 && f.Kind == value.KindString:
		return true, r.stringField3(dst, f)
	case marker == raw.Integer3 && f.Kind == value.KindInt:
		return r.intField3(dst, f), nil
	case marker == raw.Double3 && f.Kind == value.KindFloat && r.in.Left() > 8:
		dst.SetFloat(f, math.Float64frombits(binary.BigEndian.Uint64(r.in.Buf[r.in.Off+1:])))
		r.in.Off += 9
	case marker == raw.Date3 && f.Kind == value.KindTime:
		return r.timeField3(dst, f)
	case (marker == raw.True3 || marker == raw.False3) && f.Kind == value.KindBool:
		dst.SetBool(f, marker == raw.True3)
		r.in.Off++
	case marker == raw.Null3 || marker == raw.Undefined3:
		dst.SetZero(f)
		r.in.Off++
	default:
		return false, nil
	}
	return true, nil
}

func (r *Reader) stringField3(dst value.StructMemory, f *value.ScalarField) error {
	r.in.Off++
	i, err := r.textEntry3("a string")
	switch {
	case err != nil:
		return err
	case i < 0:
		dst.SetString(f, "")
	default:
		dst.SetString(f, r.goString(&r.texts[i]))
	}
	return nil
}

// intField3 reads an integer, unless it ends too early or the field does not hold it. It unrolls raw.Input.U29.
func (r *Reader) intField3(dst value.StructMemory, f *value.ScalarField) bool {
	b := r.in.Buf[r.in.Off+1:]
	var u uint32
	var n int
	switch {
	case len(b) > 0 && b[0] < 0x80:
		u, n = uint32(b[0]), 1
	case len(b) > 1 && b[1] < 0x80:
		u, n = uint32(b[0]&0x7F)<<7|uint32(b[1]), 2
	case len(b) > 2 && b[2] < 0x80:
		u, n = uint32(b[0]&0x7F)<<14|uint32(b[1]&0x7F)<<7|uint32(b[2]), 3
	case len(b) > 3:
		u, n = uint32(b[0]&0x7F)<<22|uint32(b[1]&0x7F)<<15|uint32(b[2]&0x7F)<<8|uint32(b[3]), 4
	default:
		return false
	}
	v := int64(raw.SignExtend29(u))
	if !dst.SetInt(f, v) {
		return false
	}
	r.in.Off += 1 + n
	return true
}

// timeField3 reads a date that a time.Time can hold; section 3.10.
func (r *Reader) timeField3(dst value.StructMemory, f *value.ScalarField) (bool, error) {
	b := r.in.Buf[r.in.Off:]
	if len(b) < 10 || b[1]&1 == 0 || b[1] >= 0x80 {
		return false, nil
	}
	at, ok := value.Date(math.Float64frombits(binary.BigEndian.Uint64(b[2:]))).Time()
	if !ok {
		return false, nil
	}
	if _, err := r.enter3(r.in.Off); err != nil {
		return false, err
	}
	dst.SetTime(f, at)
	r.in.Off += 10
	return true, nil
}

// ReadStrings implements value.FieldReader for the values of AMF3 arrays.
func (r *Reader) ReadStrings(dst []string) (int, error) {
	f := &r.frames[len(r.frames)-1]
	if f.phase != items3 {
		return 0, nil
	}
	most := min(len(dst), int(f.left))
	n := 0
	for ; n < most && r.in.Left() > 0 && r.in.Buf[r.in.Off] == raw.String3; n++ {
		r.start = r.in.Off
		r.in.Off++
		i, err := r.textEntry3("a string")
		if err != nil {
			return n, r.fail(err)
		}
		dst[n] = ""
		if i >= 0 {
			dst[n] = r.goString(&r.texts[i])
		}
	}
	f.left -= uint32(n)
	return n, nil
}
