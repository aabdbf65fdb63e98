package amf

import (
	"github.com/patchbay-go/patchbay/core/value"
)

// Mark implements value.Reader.
func (r *Reader) Mark() value.Mark {
	mode, offset := modeAMF3, r.in.Off
	switch f := &r.frames[len(r.frames)-1]; f.phase {
	case top0, once0, items0, names0, member0:
		mode = modeAMF0
	case names3:
		if r.in.Left() > 0 && r.in.Buf[offset] == emptyText {
			offset++ // the first dense value stands after the empty name
		}
	case ints, onceInt:
		mode = modeInt
	case uints, onceUint:
		mode = modeUint
	case doubles, onceDouble:
		mode = modeDouble
	case external:
		if int(f.member) < int(r.records[f.record].last) {
			return r.markMember(f.member)
		}
	case onceLiteral:
		return r.markMember(f.member)
	}
	return r.mark(offset, mode|r.flags, r.section, r.cursor)
}

func (r *Reader) mark(offset int, mode uint8, section int32, h heights) value.Mark {
	return value.Mark{Offset: offset, Unit: r.unit, Mode: mode,
		Tables: [6]int32{section, h[strings3], h[objects3], h[traits3], h[objects0], h[all0]}}
}

// At implements value.Reader.
func (r *Reader) At(id int32) (value.Mark, bool) {
	if id <= 0 || int(id) > len(r.entries) {
		return value.Mark{}, false
	}
	e := &r.entries[id-1]
	return r.mark(int(e.offset), e.mode, e.section, e.heights), true
}

// Enter implements value.Reader.
func (r *Reader) Enter(m value.Mark) error {
	if m.Unit != r.unit || m.Offset < 0 || uint(m.Tables[0]) >= uint(len(r.sections)) {
		return syntax(r.in.Off, "a mark of another unit")
	}
	s := saved{r.in.Off, r.cursor, r.section, len(r.frames), r.collections, r.claimed, r.budget, r.flags}
	f := frame{phase: [...]phase{once0, once3, onceInt, onceUint, onceDouble, onceLiteral, done, done}[m.Mode&modeMask]}
	if f.phase == onceLiteral {
		f.member = int32(m.Offset)
	}
	if err := r.open(f); err != nil {
		return err
	}
	if len(r.saved) == 0 {
		r.budget = r.again
	}
	r.saved = append(r.saved, s)
	r.claimed = 0
	if f.phase != onceLiteral {
		r.jump(m)
	}
	return nil
}

// jump makes the place of m the one that is read next.
func (r *Reader) jump(m value.Mark) {
	r.in.Off = m.Offset
	r.use(m.Tables[0])
	copy(r.cursor[:], m.Tables[1:])
	r.flags = m.Mode &^ modeMask
}

// Leave implements value.Reader. Without an Enter it does nothing.
func (r *Reader) Leave() {
	last := len(r.saved) - 1
	if last < 0 {
		return
	}
	s := &r.saved[last]
	r.in.Off, r.cursor, r.collections, r.claimed, r.flags = s.offset, s.cursor, s.collections, s.claimed, s.flags
	r.use(s.section)
	r.frames = r.frames[:s.height]
	if last == 0 {
		r.again, r.budget = r.budget, s.budget
	}
	r.saved = r.saved[:last]
}

// Offset returns how many bytes have been read.
func (r *Reader) Offset() int { return r.in.Off }

// Seek leaves whatever is open or entered and goes to the top level at offset, which is clamped to the input. Tables stay as
// they are; see NewTables.
func (r *Reader) Seek(offset int) {
	for len(r.saved) > 0 {
		r.Leave()
	}
	flags := r.flags
	r.startSection(0)
	r.flags = flags
	r.in.Off = min(max(offset, 0), len(r.in.Buf))
}

// NewTables makes all reference tables start afresh, as they do at each header and body of a packet. Marks and IDs from
// before stay good.
func (r *Reader) NewTables() {
	r.newSection()
	r.startSection(0)
}

// Arguments says that the next value, if it is a strict array, is the argument array of a request, and how the sender
// numbers what it may refer to. It is called after NewTables.
func (r *Reader) Arguments(rule Numbering) {
	r.flags = uint8(rule)<<numberingShift | flagArguments | flagArgumentsAt
}

// Byte, Uint16, Uint32 and UTF read the fields of packets, outside of values; what names the field in the error.
func (r *Reader) Byte(what string) (byte, error) { return r.in.Byte(what) }

// Uint16 reads two bytes.
func (r *Reader) Uint16(what string) (uint16, error) { return r.in.U16(what) }

// Uint32 reads four bytes.
func (r *Reader) Uint32(what string) (uint32, error) { return r.in.U32(what) }

// UTF reads a length of two bytes and that many bytes of text.
func (r *Reader) UTF(what string) (string, error) {
	n, err := r.in.U16(what)
	if err != nil {
		return "", err
	}
	b, err := r.in.Take(uint64(n), what)
	return string(b), err
}
