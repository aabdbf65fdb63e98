package amf

import (
	"github.com/patchbay-go/patchbay/core/value"
)

// The classes that stand for the one value that they write. They are externalizable, but so common, and so plain, that they
// are read in place.
const (
	classArrayCollection = "flex.messaging.io.ArrayCollection"
	classArrayList       = "flex.messaging.io.ArrayList"
	classObjectProxy     = "flex.messaging.io.ObjectProxy"
)

// The bits of the U29 that begins an object, section 3.12.
const (
	bitInline       = 1 << 0 // not a reference to an object
	bitInlineTraits = 1 << 1 // not a reference to traits
	bitExternal     = 1 << 2
	bitDynamic      = 1 << 3
	shiftTraits     = 2 // a traits reference's index
	shiftSealed     = 4 // inline traits' count of sealed names
)

var sourceName = [][]byte{[]byte("source")}

func isWrapper(class string) bool {
	return class == classArrayCollection || class == classArrayList || class == classObjectProxy
}

// object3 reads the beginning of an object, section 3.12. It enters the table before its content, so that what it contains
// can refer to it.
func (r *Reader) object3(t *value.Token, start int) error {
	u, err := r.in.U29("an object")
	if err != nil {
		return err
	}
	if u&bitInline == 0 {
		return r.reference3(t, start, u>>1)
	}
	id, err := r.enter3(start)
	if err != nil {
		return err
	}
	shape, err := r.traits3(t, u, start)
	if err != nil {
		return err
	}
	if shape.External {
		return r.external3(t, start, id, shape)
	}
	sealed := uint32(len(shape.Sealed))
	if err := r.claim(sealed, 1, "members of an object"); err != nil {
		return err
	}
	put(t, value.KindObject, 0)
	t.ID = id
	t.Shape = shape
	f := frame{phase: items3, then: closed, left: sealed}
	if shape.Dynamic {
		f.then = names3
	}
	if shape == r.shapes.anonymous {
		put(t, value.KindMap, value.Unknown)
		t.ID = id
		f.phase = names3
	}
	return r.open(f)
}

// traits3 reads what an object has in common with others of its class: a reference to it, or class and names. t is only used
// to read these.
func (r *Reader) traits3(t *value.Token, u uint32, start int) (*value.Shape, error) {
	if u&bitInlineTraits == 0 {
		i := r.base[traits3] + int32(u>>shiftTraits)
		if i >= r.cursor[traits3] {
			return nil, errReference(start, "traits", u>>shiftTraits)
		}
		return r.traits[i], nil
	}
	if err := r.text3(t, value.KindName, "a class name"); err != nil {
		return nil, err
	}
	class := textBytes(t)
	like := value.Shape{External: u&bitExternal != 0, Dynamic: u&(bitDynamic|bitExternal) == bitDynamic}
	names := r.shapes.names[:0]
	if !like.External {
		var err error
		if names, err = r.sealedNames(t, names, u>>shiftSealed); err != nil {
			return nil, err
		}
		r.shapes.names = names
	} else if isWrapper(string(class)) {
		like, names = value.Shape{Wrapper: true}, sourceName
	}
	shape, err := r.enterTraits(class, names, like)
	clear(r.shapes.names)
	return shape, err
}

func (r *Reader) sealedNames(t *value.Token, names [][]byte, n uint32) ([][]byte, error) {
	if int(n) > r.in.Left() {
		return names, r.errTooFew(n, "names of members")
	}
	if err := r.charge(int(n)); err != nil {
		return names, err
	}
	for range n {
		if err := r.text3(t, value.KindName, "the name of a sealed member"); err != nil {
			return names, err
		}
		names = append(names, textBytes(t))
	}
	return names, nil
}

// enterTraits gives traits their place in the table.
func (r *Reader) enterTraits(class []byte, names [][]byte, like value.Shape) (*value.Shape, error) {
	i := r.cursor[traits3]
	if i >= r.end[traits3] {
		if !r.grows() {
			return nil, errGivenUp(r.in.Off)
		}
		if err := r.take(traitMemory); err != nil {
			return nil, err
		}
		shape := r.shapes.anonymous
		if len(class) > 0 || len(names) > 0 || !like.Dynamic {
			var err error
			if shape, err = r.shape(class, names, like); err != nil {
				return nil, err
			}
		}
		r.traits = append(r.traits, shape)
		r.end[traits3]++
	}
	r.cursor[traits3]++
	return r.traits[i], nil
}
