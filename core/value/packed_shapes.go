package value

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// packedShapes finds the number of a Shape that has been written before: by its pointer first, as most objects of a class share it,
// then by what it is.
type packedShapes struct {
	last    *Shape
	lastIs  int
	shapes  []*Shape // by number
	byShape map[*Shape]int
	byHash  map[uint64]int
	indexed int // how many of the shapes are in the maps; none up to fewPackedShapes
	seed    maphash.Seed
}

// fewPackedShapes is how many are found by looking at each: most values have no more.
const fewPackedShapes = 8

func (s *packedShapes) reset() {
	if s.indexed > 0 {
		s.byShape, s.byHash, s.indexed = nil, nil, 0
	}
	clear(s.shapes)
	s.shapes, s.last = s.shapes[:0], nil
}

// find returns the number of a Shape. One that is new gets the next and is not found.
func (s *packedShapes) find(shape *Shape) (number int, found bool) {
	if shape == s.last {
		return s.lastIs, true
	}
	if number, found = s.search(shape); !found {
		number = len(s.shapes)
		s.shapes = append(s.shapes, shape)
	}
	s.last, s.lastIs = shape, number
	return number, found
}

func (s *packedShapes) search(shape *Shape) (number int, found bool) {
	if len(s.shapes) <= fewPackedShapes {
		i := slices.IndexFunc(s.shapes, func(o *Shape) bool { return o == shape || sameShape(o, shape) })
		return i, i >= 0
	}
	s.index()
	if number, found = s.byShape[shape]; found {
		return number, true
	}
	number, found = s.byHash[s.hash(shape)]
	if !found || !sameShape(s.shapes[number], shape) {
		return 0, false
	}
	s.byShape[shape] = number
	return number, true
}

// index puts the shapes that are not in the maps there.
func (s *packedShapes) index() {
	if s.indexed == 0 {
		s.byShape, s.byHash, s.seed = map[*Shape]int{}, map[uint64]int{}, maphash.MakeSeed()
	}
	for ; s.indexed < len(s.shapes); s.indexed++ {
		shape := s.shapes[s.indexed]
		s.byShape[shape] = s.indexed
		s.byHash[s.hash(shape)] = s.indexed
	}
}

func (s *packedShapes) hash(shape *Shape) uint64 {
	h := maphash.String(s.seed, shape.Class)
	for _, name := range shape.Sealed {
		h = h*31 + maphash.String(s.seed, name)
	}
	return h
}

func sameShape(a, b *Shape) bool {
	return a.Class == b.Class && a.Dynamic == b.Dynamic && a.Wrapper == b.Wrapper && a.External == b.External &&
		slices.Equal(a.Sealed, b.Sealed)
}

// shape writes a Shape, or the number of the same one before it.
func (w *packedWriter) shape(s *Shape) {
	number, found := w.shapes.find(s)
	if found {
		w.out = binary.AppendUvarint(w.out, uint64(number)+1)
		return
	}
	w.out = append(w.out, 0)
	w.str(s.Class)
	var flags byte
	if s.Dynamic {
		flags |= packedDynamic
	}
	if s.Wrapper {
		flags |= packedWrapper
	}
	if s.External {
		flags |= packedExternal
	}
	w.out = binary.AppendUvarint(append(w.out, flags), uint64(len(s.Sealed)))
	for _, name := range s.Sealed {
		w.str(name)
	}
}
