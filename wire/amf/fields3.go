package amf

import (
	"encoding/binary"
	"math"
	"reflect"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

var _ value.FieldReader = (*Reader)(nil)

// ReadFields implements value.FieldReader for the sealed members of AMF3 objects. It is Next for values of the kinds that nearly
// all members have, without a token for each.
func (r *Reader) ReadFields(dst reflect.Value, fields []value.ScalarField) (int, error) {
	f := &r.frames[len(r.frames)-1]
	if f.phase != items3 {
		return 0, nil
	}
	most := min(len(fields), int(f.left))
	n := 0
	for n < most && r.in.Off < len(r.in.Buf) {
		r.start = r.in.Off
		read, err := r.field3(dst, &fields[n])
		if err != nil {
			return n, r.fail(err)
		}
		if !read {
			break
		}
		n++
	}
	f.left -= uint32(n)
	return n, nil
}

// field3 reads the next value into a field of dst. It returns false, with nothing read, where the value is of another kind or does
// not fit, so that Next has to read it.
func (r *Reader) field3(dst reflect.Value, f *value.ScalarField) (read bool, err error) {
	marker := r.in.Buf[r.in.Off]
	switch {
	case marker == raw.String3 && f.Kind == value.KindString:
		return r.stringField3(dst, f)
	case marker == raw.Integer3 && f.Kind == value.KindInt:
		return r.intField3(dst, f), nil
	case marker == raw.Double3 && f.Kind == value.KindFloat && r.in.Left() > 8:
		dst.Field(f.Index).SetFloat(math.Float64frombits(binary.BigEndian.Uint64(r.in.Buf[r.in.Off+1:])))
		r.in.Off += 9
	case (marker == raw.True3 || marker == raw.False3) && f.Kind == value.KindBool:
		dst.Field(f.Index).SetBool(marker == raw.True3)
		r.in.Off++
	case marker == raw.Null3 || marker == raw.Undefined3:
		dst.Field(f.Index).SetZero()
		r.in.Off++
	case marker == raw.Date3 && f.Kind == value.KindTime:
		return r.timeField3(dst, f)
	default:
		return false, nil
	}
	return true, nil
}

func (r *Reader) stringField3(dst reflect.Value, f *value.ScalarField) (bool, error) {
	r.in.Off++
	i, err := r.textEntry3("a string")
	switch {
	case err != nil:
		return false, err
	case i < 0:
		dst.Field(f.Index).SetString("")
	default:
		dst.Field(f.Index).SetString(r.texts[i].goString())
	}
	return true, nil
}

// goString returns the text as a Go string, made once.
func (t *text) goString() string {
	if t.str == "" {
		t.str = string(t.view)
	}
	return t.str
}

func (r *Reader) intField3(dst reflect.Value, f *value.ScalarField) bool {
	start := r.in.Off
	r.in.Off++
	u, ok := r.in.Small()
	if !ok {
		var err error
		if u, err = r.in.U29("an integer"); err != nil {
			r.in.Off = start
			return false
		}
	}
	v, field := int64(raw.SignExtend29(u)), dst.Field(f.Index)
	if field.OverflowInt(v) {
		r.in.Off = start
		return false
	}
	field.SetInt(v)
	return true
}

// timeField3 reads a date that a time.Time can hold; section 3.10.
func (r *Reader) timeField3(dst reflect.Value, f *value.ScalarField) (bool, error) {
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
	if field, ok := reflect.TypeAssert[*time.Time](dst.Field(f.Index).Addr()); ok {
		*field = at
	}
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
			dst[n] = r.texts[i].goString()
		}
	}
	f.left -= uint32(n)
	return n, nil
}
