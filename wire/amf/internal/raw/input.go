package raw

import (
	"encoding/binary"
	"math"

	"github.com/patchbay-go/patchbay/core/value"
)

// An Input is a cursor over the bytes of a unit. Every method checks the length before it reads; after an error the cursor
// stands where the failing field begins.
type Input struct {
	Buf []byte
	Off int
}

// Truncated returns the error for a field that does not fit into what is left.
func (in *Input) Truncated(what string) error {
	return value.Errorf(in.Off, value.ErrTruncated, "the input ends within ", what)
}

// Left returns how many bytes have not been read.
func (in *Input) Left() int { return len(in.Buf) - in.Off }

// Byte reads one byte.
func (in *Input) Byte(what string) (byte, error) {
	if in.Off >= len(in.Buf) {
		return 0, in.Truncated(what)
	}
	b := in.Buf[in.Off]
	in.Off++
	return b, nil
}

// U16 reads two bytes.
func (in *Input) U16(what string) (uint16, error) {
	if in.Left() < 2 {
		return 0, in.Truncated(what)
	}
	v := binary.BigEndian.Uint16(in.Buf[in.Off:])
	in.Off += 2
	return v, nil
}

// U32 reads four bytes.
func (in *Input) U32(what string) (uint32, error) {
	if in.Left() < 4 {
		return 0, in.Truncated(what)
	}
	v := binary.BigEndian.Uint32(in.Buf[in.Off:])
	in.Off += 4
	return v, nil
}

// U64 reads eight bytes: the bits of a double.
func (in *Input) U64(what string) (uint64, error) {
	if in.Left() < 8 {
		return 0, in.Truncated(what)
	}
	v := binary.BigEndian.Uint64(in.Buf[in.Off:])
	in.Off += 8
	return v, nil
}

// Double reads a float64.
func (in *Input) Double(what string) (float64, error) {
	v, err := in.U64(what)
	return math.Float64frombits(v), err
}

// Take returns a view of the next n bytes. n comes from the wire and is compared with what is left before anything else.
func (in *Input) Take(n uint64, what string) ([]byte, error) {
	if n > uint64(in.Left()) {
		return nil, in.Truncated(what)
	}
	b := in.Buf[in.Off : in.Off+int(n) : in.Off+int(n)]
	in.Off += int(n)
	return b, nil
}

// Small reads a U29 of one byte, as most are, where the next one is such. It is short enough to be inlined.
func (in *Input) Small() (uint32, bool) {
	if in.Off < len(in.Buf) && in.Buf[in.Off] < 0x80 {
		in.Off++
		return uint32(in.Buf[in.Off-1]), true
	}
	return 0, false
}

// U29 reads AMF3's variable-length integer, section 1.3.1: up to three bytes of 7 bits, then one of 8. Forms that are longer
// than needed are read as everyone does.
func (in *Input) U29(what string) (uint32, error) {
	if v, ok := in.Small(); ok {
		return v, nil
	}
	return in.longU29(what)
}

func (in *Input) longU29(what string) (uint32, error) {
	b := in.Buf[in.Off:]
	if len(b) >= 2 && b[1] < 0x80 {
		in.Off += 2
		return uint32(b[0]&0x7F)<<7 | uint32(b[1]), nil
	}
	var v uint32
	for i, c := range b[:min(4, len(b))] {
		if i == 3 {
			in.Off += 4
			return v<<8 | uint32(c), nil
		}
		v = v<<7 | uint32(c&0x7F)
		if c < 0x80 {
			in.Off += i + 1
			return v, nil
		}
	}
	return 0, in.Truncated(what)
}

// SignExtend29 turns the 29 bits of an AMF3 integer into its value.
func SignExtend29(v uint32) int32 { return int32(v<<3) >> 3 }

// AppendU29 appends v, of which 29 bits count, in its shortest form.
func AppendU29(b []byte, v uint32) []byte {
	v &= 1<<29 - 1
	switch {
	case v < 1<<7:
		return append(b, byte(v))
	case v < 1<<14:
		return append(b, byte(v>>7)|0x80, byte(v&0x7F))
	case v < 1<<21:
		return append(b, byte(v>>14)|0x80, byte(v>>7)|0x80, byte(v&0x7F))
	}
	return append(b, byte(v>>22)|0x80, byte(v>>15)|0x80, byte(v>>8)|0x80, byte(v))
}
