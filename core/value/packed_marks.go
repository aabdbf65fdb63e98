package value

// How the value at a Mark is written: Mark.Mode.
const (
	packedModeNone uint8 = iota // there is none
	packedModeValue
	packedModeInt
	packedModeUint
	packedModeDouble
)

// Mark implements Reader.
func (r *packedReader) Mark() Mark {
	f, off := &r.frames[len(r.frames)-1], r.off
	mode := packedModeNone
	switch f.phase {
	case packedValue, packedNamed, packedPaired:
		mode = packedModeValue
	case packedNames:
		if f.left > 0 && off < len(r.buf) && r.buf[off] == 0 {
			off++ // the first dense value stands behind the end of the names
			mode = packedModeValue
		}
	case packedItems:
		mode = packedModeIf(f, packedModeValue)
	case packedInts:
		mode = packedModeIf(f, packedModeInt)
	case packedUints:
		mode = packedModeIf(f, packedModeUint)
	case packedDoubles:
		mode = packedModeIf(f, packedModeDouble)
	}
	return Mark{Offset: off, Unit: r.unit, Mode: mode}
}

// packedModeIf returns mode, if one more value follows in f.
func packedModeIf(f *packedFrame, mode uint8) uint8 {
	if f.left == 0 {
		return packedModeNone
	}
	return mode
}

// At implements Reader.
func (r *packedReader) At(id int32) (Mark, bool) {
	if id <= 0 || int(id) > len(r.shared) {
		return Mark{}, false
	}
	return Mark{Offset: int(r.shared[id-1]), Unit: r.unit, Mode: packedModeValue}, true
}

// Enter implements Reader.
func (r *packedReader) Enter(m Mark) error {
	if m.Unit != r.unit || m.Offset < 1 || m.Offset > len(r.buf) {
		return Errorf(r.off, ErrSyntax, "a mark of another value")
	}
	f := packedFrame{phase: packedDone, then: packedDone, left: 1}
	switch m.Mode {
	case packedModeValue:
		f.phase = packedValue
	case packedModeInt:
		f.phase = packedInts
	case packedModeUint:
		f.phase = packedUints
	case packedModeDouble:
		f.phase = packedDoubles
	}
	s := packedSaved{r.off, len(r.frames), r.packedCounts}
	if err := r.open(f); err != nil {
		return err
	}
	if len(r.saved) == 0 {
		r.budget = r.again
	}
	r.saved = append(r.saved, s)
	r.off, r.claimed = m.Offset, 0
	return nil
}

// Leave implements Reader. Without an Enter it does nothing.
func (r *packedReader) Leave() {
	last := len(r.saved) - 1
	if last < 0 {
		return
	}
	s := &r.saved[last]
	budget := r.budget
	r.off, r.frames, r.packedCounts = s.off, r.frames[:s.height], s.packedCounts
	if last == 0 {
		r.again = budget
	} else {
		r.budget = budget
	}
	r.saved = r.saved[:last]
}
