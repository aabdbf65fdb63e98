package amf

import (
	"hash/maphash"
)

// A stringTable finds texts that have been written before: open addressing over places in the writer's own output, so that it
// keeps no strings and takes no memory per string.
type stringTable struct {
	seed    maphash.Seed
	slots   []int32 // indexes into entries plus one; a power of two of them, at most half in use
	entries []place // in the order of their numbers on the wire
}

// A place is a text in the output.
type place struct {
	hash   uint32
	start  int32
	length int32
}

const minSlots = 64

// reset empties the table. One that has grown far beyond what the unit before needed is given up.
func (s *stringTable) reset() {
	switch {
	case s.slots == nil:
		s.seed = maphash.MakeSeed()
		s.slots = make([]int32, minSlots)
	case len(s.slots) > minSlots && len(s.entries) < len(s.slots)/32:
		s.slots = make([]int32, len(s.slots)/4)
	case len(s.entries) > 0:
		clear(s.slots)
	}
	s.entries = s.entries[:0]
}

// find returns the number of a text with that hash. Without one it returns where add puts it.
func find[T []byte | string](s *stringTable, out []byte, hash uint32, text T) (number int32, slot uint32, found bool) {
	mask := uint32(len(s.slots) - 1)
	for slot = hash & mask; s.slots[slot] != 0; slot = (slot + 1) & mask {
		number = s.slots[slot] - 1
		e := &s.entries[number]
		if e.hash == hash && int(e.length) == len(text) && string(out[e.start:e.start+e.length]) == string(text) {
			return number, slot, true
		}
	}
	return 0, slot, false
}

// add enters a text that stands at start in the output, in the slot that find returned.
func (s *stringTable) add(hash, slot uint32, start, length int) {
	s.entries = append(s.entries, place{hash, int32(start), int32(length)})
	s.slots[slot] = int32(len(s.entries))
	if 2*len(s.entries) > len(s.slots) {
		s.grow()
	}
}

func (s *stringTable) grow() {
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
