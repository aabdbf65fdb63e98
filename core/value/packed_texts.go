package value

import "hash/maphash"

// packedTexts finds texts that have been written before: open addressing over places in the writer's own output, so that it keeps
// no strings and takes no memory for each.
type packedTexts struct {
	seed    maphash.Seed
	slots   []int32 // indexes into entries plus one; a power of two of them, at most half in use
	entries []packedPlace
}

// A packedPlace is a text in the output.
type packedPlace struct {
	hash        uint32
	start, size int32
}

const minPackedSlots = 64

// reset empties the table. One that one value made grow far beyond what others need is given up.
func (s *packedTexts) reset() {
	switch {
	case s.slots == nil:
		s.seed = maphash.MakeSeed()
		s.slots = make([]int32, minPackedSlots)
	case len(s.slots) > minPackedSlots && len(s.entries) < len(s.slots)/32:
		s.slots = make([]int32, len(s.slots)/4)
	case len(s.entries) > 0:
		clear(s.slots)
	}
	s.entries = s.entries[:0]
}

// findPacked returns the number of a text with that hash. Without one it returns where add puts it.
func findPacked[T []byte | string](s *packedTexts, out []byte, hash uint32, text T) (number int32, slot uint32, found bool) {
	mask := uint32(len(s.slots) - 1)
	for slot = hash & mask; s.slots[slot] != 0; slot = (slot + 1) & mask {
		number = s.slots[slot] - 1
		e := &s.entries[number]
		if e.hash == hash && int(e.size) == len(text) && string(out[e.start:e.start+e.size]) == string(text) {
			return number, slot, true
		}
	}
	return 0, slot, false
}

// add enters a text that stands at start in the output, in the slot that findPacked returned.
func (s *packedTexts) add(hash, slot uint32, start, size int) {
	s.entries = append(s.entries, packedPlace{hash, int32(start), int32(size)})
	s.slots[slot] = int32(len(s.entries))
	if 2*len(s.entries) > len(s.slots) {
		s.grow()
	}
}

func (s *packedTexts) grow() {
	s.slots = make([]int32, 2*len(s.slots))
	mask := uint32(len(s.slots) - 1)
	for i := range s.entries {
		slot := s.entries[i].hash & mask
		for s.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		s.slots[slot] = int32(i) + 1
	}
}
