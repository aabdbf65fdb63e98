package amf

import (
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// value0 reads one AMF0 value, AMF0 section 2, or its beginning if it is a container.
func (r *Reader) value0(t *value.Token) error {
	start := r.in.Off
	marker, err := r.in.Byte("a value")
	if err != nil {
		return err
	}
	arguments := r.flags&flagArgumentsAt != 0
	r.flags &^= flagArgumentsAt
	switch marker {
	case raw.Number0:
		bits, err := r.in.U64("a number")
		put(t, value.KindFloat, bits)
		return err
	case raw.Boolean0:
		return r.boolean0(t)
	case raw.String0:
		n, err := r.in.U16("the length of a string")
		if err != nil {
			return err
		}
		return r.text0(t, value.KindString, uint32(n), "a string")
	case raw.LongString0:
		n, err := r.in.U32("the length of a long string")
		if err != nil {
			return err
		}
		return r.text0(t, value.KindString, n, "a long string")
	case raw.Null0:
		put(t, value.KindNull, 0)
		return nil
	case raw.Undefined0, raw.Unsupported0:
		put(t, value.KindUndefined, 0)
		return nil
	case raw.Reference0:
		index, err := r.in.U16("a reference")
		if err != nil {
			return err
		}
		return r.reference0(t, start, index)
	case raw.StrictArray0:
		return r.strictArray(t, start, arguments)
	case raw.Object0, raw.ECMAArray0, raw.TypedObject0:
		return r.members0(t, start, marker)
	case raw.Date0:
		return r.date0(t, start)
	case raw.XMLDocument0:
		return r.xml0(t, start)
	case raw.AVMPlus0:
		return r.value3(t)
	case raw.ObjectEnd0:
		return syntax(start, "an object's end where a value is due")
	}
	return errMarker(start, "AMF0", marker)
}

func (r *Reader) boolean0(t *value.Token) error {
	b, err := r.in.Byte("a boolean")
	put(t, value.KindBool, 0)
	if b != 0 {
		t.Num = 1
	}
	return err
}

// text0 reads n bytes of text.
func (r *Reader) text0(t *value.Token, kind value.Kind, n uint32, what string) error {
	view, err := r.in.Take(uint64(n), what)
	if err != nil {
		return err
	}
	joined, err := r.readText(view)
	if joined != "" {
		slot := joined // a variable of its own, so that only this path takes memory
		putText(t, kind, nil, &slot)
	} else {
		putText(t, kind, view, nil)
	}
	return err
}

// strictArray reads the beginning of a strict array, section 2.12.
func (r *Reader) strictArray(t *value.Token, start int, arguments bool) error {
	n, err := r.in.U32("the length of an array")
	if err != nil {
		return err
	}
	if err := r.claim(n, 1, "values of an array"); err != nil {
		return err
	}
	put(t, value.KindList, uint64(n))
	if !arguments || r.numbering() != NumberingPyAMF {
		if t.ID, err = r.enter0(start, true); err != nil {
			return err
		}
	}
	return r.open(frame{phase: items0, left: n, collection: true})
}

func (r *Reader) numbering() Numbering { return Numbering(r.flags >> numberingShift & numberingMask) }

// members0 reads the beginning of what consists of names and values: sections 2.5, 2.10 and 2.18. The count of an ECMA array
// is not looked at: it is a hint, and often a wrong one.
func (r *Reader) members0(t *value.Token, start int, marker byte) (err error) {
	f := frame{phase: names0}
	switch marker {
	case raw.Object0:
		put(t, value.KindMap, value.Unknown)
	case raw.ECMAArray0:
		if _, err = r.in.U32("the length of an array"); err != nil {
			return err
		}
		put(t, value.KindMixed, 0)
		f.collection = true
	default:
		if err = r.class0(t); err != nil {
			return err
		}
	}
	if t.ID, err = r.enter0(start, true); err != nil {
		return err
	}
	return r.open(f)
}

// class0 reads the class of a typed object, whose members all come with their names.
func (r *Reader) class0(t *value.Token) error {
	n, err := r.in.U16("the length of a class name")
	if err != nil {
		return err
	}
	if err := r.text0(t, value.KindName, uint32(n), "a class name"); err != nil {
		return err
	}
	shape, err := r.shape(textBytes(t), nil, value.Shape{Dynamic: true})
	if err != nil {
		return err
	}
	put(t, value.KindObject, 0)
	t.Shape = shape
	return nil
}

// name0 reads the name of a member or the end of the members: an empty name and an end marker. An empty name before anything
// else is a name.
func (r *Reader) name0(t *value.Token, f *frame) error {
	n, err := r.in.U16("the name of a member")
	if err != nil {
		return err
	}
	if n == 0 {
		if r.in.Left() == 0 {
			return r.in.Truncated("an object")
		}
		if r.in.Buf[r.in.Off] == raw.ObjectEnd0 {
			r.in.Off++
			return r.finish(t)
		}
	}
	if err := r.charge(1); err != nil {
		return err
	}
	f.phase = member0
	return r.text0(t, value.KindName, uint32(n), "the name of a member")
}

// date0 reads a date, section 2.13. The zone that follows the time is reserved and not looked at.
func (r *Reader) date0(t *value.Token, start int) error {
	bits, err := r.in.U64("a date")
	if err != nil {
		return err
	}
	if _, err = r.in.U16("a date"); err != nil {
		return err
	}
	put(t, value.KindTime, bits)
	t.ID, err = r.enter0(start, r.numbering() == NumberingPyAMF)
	return err
}

// xml0 reads an XML document, section 2.17.
func (r *Reader) xml0(t *value.Token, start int) error {
	n, err := r.in.U32("the length of an XML document")
	if err != nil {
		return err
	}
	if err = r.text0(t, value.KindXMLDoc, n, "an XML document"); err != nil {
		return err
	}
	t.ID, err = r.enter0(start, r.numbering() != NumberingSpecification)
	return err
}
