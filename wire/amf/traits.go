package amf

import (
	"hash/maphash"
	"slices"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// A traitTable finds the number of traits that have been written before: by the pointer of their Shape first, as most objects
// share it, then by what they are.
type traitTable struct {
	last     *value.Shape
	lastIs   int32
	numbers  map[*value.Shape]int32
	byHash   map[uint64]int32
	shapes   []*value.Shape // by number
	seed     maphash.Seed
	prepared bool

	anonymous, collection, proxy value.Shape // of a Map, and of the wrappers that options ask for
}

func (tt *traitTable) reset() {
	if !tt.prepared {
		tt.prepared = true
		tt.seed = maphash.MakeSeed()
		tt.numbers = make(map[*value.Shape]int32)
		tt.byHash = make(map[uint64]int32)
		tt.anonymous = value.Shape{Dynamic: true}
		tt.collection = value.Shape{Class: classArrayCollection, Sealed: []string{"source"}, Wrapper: true}
		tt.proxy = value.Shape{Class: classObjectProxy, Sealed: []string{"source"}, Wrapper: true}
	}
	if len(tt.shapes) == 0 {
		return
	}
	tt.last = nil
	clear(tt.numbers)
	clear(tt.byHash)
	clear(tt.shapes)
	tt.shapes = tt.shapes[:0]
}

// find returns the number of the traits of shape. Without one it enters them and reports false.
func (tt *traitTable) find(shape *value.Shape) (int32, bool) {
	if shape == tt.last {
		return tt.lastIs, true
	}
	number, found := tt.numbers[shape]
	if !found {
		number, found = tt.enter(shape)
	}
	tt.last, tt.lastIs = shape, number
	return number, found
}

func (tt *traitTable) enter(shape *value.Shape) (int32, bool) {
	hash := tt.hash(shape)
	number, found := tt.byHash[hash]
	if found && sameTraits(tt.shapes[number], shape) {
		tt.numbers[shape] = number
		return number, true
	}
	number = int32(len(tt.shapes))
	tt.shapes = append(tt.shapes, shape)
	tt.numbers[shape] = number
	tt.byHash[hash] = number
	return number, false
}

// isExternal reports whether the class writes itself, so that its traits are its name alone.
func isExternal(s *value.Shape) bool { return s.External || s.Wrapper }

func (tt *traitTable) hash(s *value.Shape) uint64 {
	h := maphash.String(tt.seed, s.Class)
	if isExternal(s) {
		return h + 1
	}
	for _, name := range s.Sealed {
		h = h*31 + maphash.String(tt.seed, name)
	}
	return h
}

func sameTraits(a, b *value.Shape) bool {
	if a.Class != b.Class || isExternal(a) != isExternal(b) {
		return false
	}
	return isExternal(a) || a.Dynamic == b.Dynamic && slices.Equal(a.Sealed, b.Sealed)
}

// traits3 writes an object's traits, or a reference to them: section 3.12.
func (w *Writer) traits3(s *value.Shape) error {
	number, found := w.traits.find(s)
	switch {
	case found:
		w.out = raw.AppendU29(w.out, uint32(number)<<shiftTraits|bitInline)
		return nil
	case isExternal(s):
		w.out = raw.AppendU29(w.out, bitInline|bitInlineTraits|bitExternal)
		return w.string3(s.Class)
	}
	n := uint32(len(s.Sealed))
	if n > raw.MaxLen29>>(shiftSealed-1) {
		return errTooLong("a list of sealed members")
	}
	u := n<<shiftSealed | bitInline | bitInlineTraits
	if s.Dynamic {
		u |= bitDynamic
	}
	w.out = raw.AppendU29(w.out, u)
	if err := w.string3(s.Class); err != nil {
		return err
	}
	for _, name := range s.Sealed {
		if err := w.string3(name); err != nil {
			return err
		}
	}
	return nil
}
