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
	shapes   []*value.Shape         // by number
	numbers  map[*value.Shape]int32 // both empty up to fewTraits
	byHash   map[uint64]int32
	seed     maphash.Seed
	prepared bool

	anonymous, collection, proxy value.Shape // of a Map, and of the wrappers that options ask for
}

// fewTraits is how many traits are found by looking at each: most units have no more.
const fewTraits = 8

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
	if len(tt.shapes) > fewTraits {
		clear(tt.numbers)
		clear(tt.byHash)
	}
	tt.last = nil
	clear(tt.shapes)
	tt.shapes = tt.shapes[:0]
}

// find returns the number of the traits of shape. Without one it enters them and reports false.
func (tt *traitTable) find(shape *value.Shape) (int32, bool) {
	if shape == tt.last {
		return tt.lastIs, true
	}
	number, found := tt.search(shape)
	if !found {
		number = tt.enter(shape)
	}
	tt.last, tt.lastIs = shape, number
	return number, found
}

func (tt *traitTable) search(shape *value.Shape) (number int32, found bool) {
	if len(tt.shapes) <= fewTraits {
		i := slices.IndexFunc(tt.shapes, func(s *value.Shape) bool { return s == shape || sameTraits(s, shape) })
		return int32(i), i >= 0
	}
	if number, found = tt.numbers[shape]; found {
		return number, true
	}
	number, found = tt.byHash[tt.hash(shape)]
	if !found || !sameTraits(tt.shapes[number], shape) {
		return 0, false
	}
	tt.numbers[shape] = number
	return number, true
}

// enter gives traits the next number.
func (tt *traitTable) enter(shape *value.Shape) int32 {
	tt.shapes = append(tt.shapes, shape)
	switch n := len(tt.shapes); {
	case n > fewTraits+1:
		tt.index(n - 1)
	case n > fewTraits:
		for i := range n {
			tt.index(i)
		}
	}
	return int32(len(tt.shapes) - 1)
}

// index makes the traits with that number found by the maps.
func (tt *traitTable) index(number int) {
	shape := tt.shapes[number]
	tt.numbers[shape] = int32(number)
	tt.byHash[tt.hash(shape)] = int32(number)
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
