package syntax

import (
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// value0 reads one AMF0 value. Like all readers of values it returns what could be read beside an error, or nil.
func (p *parser) value0() (Node, error) {
	m, start, err := p.marker()
	if err != nil {
		return nil, err
	}
	switch m {
	case raw.Object0, raw.TypedObject0, raw.ECMAArray0, raw.StrictArray0:
		return p.container0(m, start)
	}
	return p.scalar0(m, start)
}

// scalar0 reads what AMF0 sections 2.2 to 2.17 have that contains no AMF0 values.
func (p *parser) scalar0(m byte, start at) (Node, error) {
	switch m {
	case raw.Null0:
		return &Null{start}, nil
	case raw.Undefined0:
		return &Undefined{start}, nil
	case raw.Unsupported0:
		return &Unsupported{start}, nil
	case raw.Number0:
		bits, err := p.in.U64("a number")
		return unless(err, &Double{start, bits})
	case raw.Boolean0:
		b, err := p.in.Byte("a boolean")
		return unless(err, &Bool{start, b != 0})
	case raw.String0:
		s, err := p.string0("a string")
		return unless(err, &String{start, false, s})
	case raw.LongString0:
		s, err := p.longString0("a long string")
		return unless(err, &String{start, true, s})
	case raw.XMLDocument0:
		s, err := p.longString0("an XML document")
		return unless(err, &XML{start, true, p.next0(), s})
	case raw.Date0:
		return p.date0(start)
	case raw.Reference0:
		return p.ref0(start)
	case raw.AVMPlus0:
		v, err := p.value3()
		if v == nil {
			return nil, err
		}
		return &AVMPlus{start, v}, err
	}
	return nil, unknownMarker("AMF0", m, start)
}

// unless returns n if there is no error: scalars are never half read.
func unless(err error, n Node) (Node, error) {
	if err != nil {
		return nil, err
	}
	return n, nil
}

func (p *parser) container0(m byte, start at) (Node, error) {
	collection := m == raw.ECMAArray0 || m == raw.StrictArray0
	defer p.close(collection)
	if err := p.open(collection, int(start)); err != nil {
		return nil, err
	}
	switch m {
	case raw.ECMAArray0:
		return p.ecmaArray(start)
	case raw.StrictArray0:
		return p.strictArray(start)
	}
	n := &Object0{at: start, ID: p.next0()}
	var err error
	if m == raw.TypedObject0 {
		if n.Class, err = p.string0("a class name"); err != nil {
			return nil, err
		}
	}
	n.Members, err = p.members0()
	return n, err
}

// next0 numbers a value: objects, arrays and XML documents, but no dates (as Flash Player's AVM1 does).
func (p *parser) next0() int {
	p.objects0++
	return p.objects0 - 1
}

func (p *parser) ecmaArray(start at) (Node, error) {
	length, err := p.in.U32("the length of an ECMA array")
	if err != nil {
		return nil, err
	}
	n := &ECMAArray{at: start, ID: p.next0(), Length: Length(length)} // only a hint, section 2.10
	n.Members, err = p.members0()
	return n, err
}

func (p *parser) strictArray(start at) (Node, error) {
	length, err := p.in.U32("the length of a strict array")
	if err != nil {
		return nil, err
	}
	n := &StrictArray{at: start, ID: p.next0()}
	n.Items, err = p.list(uint64(length), p.value0)
	return n, err
}

// members0 reads named values up to the object end marker. An empty name that no marker follows is a name like any other.
func (p *parser) members0() ([]Member, error) {
	var members []Member
	for {
		name, err := p.string0("a member's name")
		if err != nil {
			return members, err
		}
		if name == "" && p.in.Left() > 0 && p.in.Buf[p.in.Off] == raw.ObjectEnd0 {
			p.in.Off++
			return members, nil
		}
		if members, err = p.member(members, name, p.value0); err != nil {
			return members, err
		}
	}
}

func (p *parser) date0(start at) (Node, error) {
	bits, err := p.in.U64("a date")
	if err != nil {
		return nil, err
	}
	zone, err := p.in.U16("the time zone of a date")
	return unless(err, &Date0{start, int16(zone), bits})
}

func (p *parser) ref0(start at) (Node, error) {
	id, err := p.in.U16("a reference")
	if err != nil {
		return nil, err
	}
	return unless(refersTo("object", uint64(id), p.objects0, int(start)), &Ref{start, int(id)})
}

// string0 reads a text with a length of 16 bits.
func (p *parser) string0(what string) (string, error) {
	n, err := p.in.U16(what)
	if err != nil {
		return "", err
	}
	b, err := p.in.Take(uint64(n), what)
	return string(b), err
}

// longString0 reads a text with a length of 32 bits.
func (p *parser) longString0(what string) (string, error) {
	n, err := p.in.U32(what)
	if err != nil {
		return "", err
	}
	b, err := p.in.Take(uint64(n), what)
	return string(b), err
}
