package value

import "slices"

// The bounds of the Shapes that a packedReader keeps from value to value, so that what hangs on them need not be made again.
const (
	maxPackedShapes    = 256
	maxPackedShapeText = 4 << 10 // bytes of class and names of one Shape
)

// trimShapes begins a value. A cache that is full of what one sender made up would be of no use to the next: it starts again.
func (r *packedReader) trimShapes() {
	if r.cache == nil || len(r.cache) >= maxPackedShapes {
		r.cache = map[string]*Shape{}
	}
}

// object reads the beginning of an object.
func (r *packedReader) object(t *Token) error {
	start := int32(r.off)
	n, err := r.uvarint()
	if err != nil {
		return err
	}
	var shape *Shape
	switch {
	case n == 0:
		if shape, err = r.shape(start); err != nil {
			return err
		}
	case n > uint64(len(r.shapes)):
		return Errorf(r.start, ErrSyntax, "a shape that has not been before")
	default:
		shape = r.shapes[n-1].shape
	}
	sealed := len(shape.Sealed)
	if err := r.claim(sealed, 1); err != nil {
		return err
	}
	r.put(t, KindObject, 0)
	t.Shape = shape
	f := packedFrame{phase: packedItems, then: packedClosed, left: sealed}
	if shape.Dynamic {
		f.then = packedNames
	}
	return r.open(f)
}

// shape reads the Shape that stands behind start, or passes over it where it has been read.
func (r *packedReader) shape(start int32) (*Shape, error) {
	class, err := r.textNumber()
	if err != nil {
		return nil, err
	}
	if r.off >= len(r.buf) {
		return nil, r.truncated()
	}
	flags := r.buf[r.off]
	r.off++
	if flags&^(packedDynamic|packedWrapper|packedExternal) != 0 {
		return nil, Errorf(r.start, ErrSyntax, "an object with flags that mean nothing")
	}
	if err := r.sealedNames(); err != nil {
		return nil, err
	}
	if known := len(r.shapes); known > 0 && start <= r.shapes[known-1].start {
		i, _ := slices.BinarySearchFunc(r.shapes, start, func(s packedShape, start int32) int { return int(s.start) - int(start) })
		return r.shapes[i].shape, nil
	}
	shape, err := r.makeShape(class, Shape{Dynamic: flags&packedDynamic != 0, Wrapper: flags&packedWrapper != 0, External: flags&packedExternal != 0})
	if err != nil {
		return nil, err
	}
	r.shapes = append(r.shapes, packedShape{start, shape})
	return shape, nil
}

// sealedNames reads the names of a shape.
func (r *packedReader) sealedNames() error {
	n, err := r.length()
	if err != nil {
		return err
	}
	if err := r.charge(n); err != nil {
		return err
	}
	r.names = r.names[:0]
	for range n {
		i, err := r.textNumber()
		if err != nil {
			return err
		}
		r.names = append(r.names, i)
	}
	return nil
}

// makeShape returns a Shape with that class, the names last read and the flags of like: one that is kept, if there is one.
func (r *packedReader) makeShape(class int, like Shape) (*Shape, error) {
	size := r.size(class)
	for _, name := range r.names {
		size += r.size(name)
	}
	keep := size <= maxPackedShapeText && len(r.names) <= maxPackedShapeText/16
	if keep {
		var view []byte
		if class >= 0 {
			view = r.view(class)
		}
		if kept := r.cache[string(view)]; kept != nil && r.matches(kept, like) {
			return kept, nil
		}
	}
	if err := r.take(packedShapeMemory + 16*len(r.names)); err != nil {
		return nil, err
	}
	made := new(Shape)
	*made = like
	made.Class, made.Sealed = r.string(class), make([]string, len(r.names))
	for i, name := range r.names {
		made.Sealed[i] = r.string(name)
	}
	if keep && len(r.cache) < maxPackedShapes {
		r.cache[made.Class] = made
	}
	return made, nil
}

func (r *packedReader) size(text int) int {
	if text < 0 {
		return 0
	}
	return int(r.texts[text].size)
}

func (r *packedReader) matches(s *Shape, like Shape) bool {
	return s.Dynamic == like.Dynamic && s.Wrapper == like.Wrapper && s.External == like.External &&
		slices.EqualFunc(s.Sealed, r.names, func(name string, text int) bool {
			if text < 0 {
				return name == ""
			}
			return name == string(r.view(text))
		})
}
