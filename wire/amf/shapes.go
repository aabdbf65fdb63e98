package amf

import (
	"hash/maphash"
	"slices"

	"github.com/patchbay-go/patchbay/core/value"
)

// The bounds of what a Reader keeps from unit to unit. What is larger is made anew for each unit.
const (
	maxShapes    = 256
	maxShapeText = 4 << 10 // bytes of class and names of one Shape
)

// Shapes hands out one Shape for all objects that look alike, in this unit and in later ones.
type shapes struct {
	byHash    map[uint64]*value.Shape
	seed      maphash.Seed
	anonymous *value.Shape     // the traits of a plain object: no class, no sealed members, dynamic
	recent    [16]*value.Shape // of byHash, by lengths: a Shape is mostly looked for again, and this needs no hash
	names     [][]byte         // of the traits that are being read
}

// Trim begins a unit. A cache that is full of what one sender made up would be of no use to the next: it starts again.
func (s *shapes) trim() {
	if s.byHash == nil {
		s.seed = maphash.MakeSeed()
		s.anonymous = &value.Shape{Dynamic: true}
	}
	if s.byHash == nil || len(s.byHash) >= maxShapes {
		s.byHash = make(map[uint64]*value.Shape)
		clear(s.recent[:])
	}
}

// shape returns the Shape with that class, those sealed names and the flags of like. Class and names may all refer to one long text:
// what a Shape takes is counted in full before it is made, and a long one is not even hashed.
func (r *Reader) shape(class []byte, sealed [][]byte, like value.Shape) (*value.Shape, error) {
	s := &r.shapes
	recent := &s.recent[(len(class)+len(sealed))%len(s.recent)]
	if found := *recent; found != nil && matches(found, class, sealed, like) {
		return found, nil
	}
	size := len(class)
	for _, name := range sealed {
		size += len(name) + 16
	}
	if size > maxShapeText {
		if err := r.take(shapeMemory + size); err != nil {
			return nil, err
		}
		return makeShape(class, sealed, like), nil
	}
	hash := maphash.Bytes(s.seed, class)
	for _, name := range sealed {
		hash = hash*31 + maphash.Bytes(s.seed, name)
	}
	if found := s.byHash[hash]; found != nil && matches(found, class, sealed, like) {
		*recent = found
		return found, nil
	}
	if err := r.take(shapeMemory + size); err != nil {
		return nil, err
	}
	made := makeShape(class, sealed, like)
	if len(s.byHash) < maxShapes {
		s.byHash[hash], *recent = made, made
	}
	return made, nil
}

func makeShape(class []byte, sealed [][]byte, like value.Shape) *value.Shape {
	made := new(value.Shape)
	*made = like // a copy, so that finding one takes no memory
	made.Class = string(class)
	if len(sealed) > 0 {
		made.Sealed = make([]string, len(sealed))
		for i, name := range sealed {
			made.Sealed[i] = string(name)
		}
	}
	return made
}

func matches(s *value.Shape, class []byte, sealed [][]byte, like value.Shape) bool {
	return s.Dynamic == like.Dynamic && s.Wrapper == like.Wrapper && s.External == like.External &&
		s.Class == string(class) &&
		slices.EqualFunc(s.Sealed, sealed, func(a string, b []byte) bool { return a == string(b) })
}

// textBytes returns the text of a token as bytes that are good as long as the token.
func textBytes(t *value.Token) []byte {
	if t.Bytes == nil && t.Str != nil {
		return []byte(*t.Str)
	}
	return t.Bytes
}
