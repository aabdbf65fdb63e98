package syntax

import (
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// value3 reads one AMF3 value.
func (p *parser) value3() (Node, error) {
	m, start, err := p.marker()
	if err != nil {
		return nil, err
	}
	switch m {
	case raw.Undefined3:
		return &Undefined{start}, nil
	case raw.Null3:
		return &Null{start}, nil
	case raw.False3, raw.True3:
		return &Bool{start, m == raw.True3}, nil
	case raw.Integer3:
		v, err := p.in.U29("an integer")
		return unless(err, &Int{start, raw.SignExtend29(v)})
	case raw.Double3:
		bits, err := p.in.U64("a double")
		return unless(err, &Double{start, bits})
	case raw.String3:
		return p.stringValue(start)
	}
	if m > raw.Dictionary3 {
		return nil, unknownMarker("AMF3", m, start)
	}
	return p.referable(m, start)
}

// referable reads a value that begins with a reference or a header whose lowest bit is 1.
func (p *parser) referable(m byte, start at) (Node, error) {
	header, err := p.in.U29("the header of a value")
	if err != nil {
		return nil, err
	}
	if header&1 == 0 {
		id := header >> 1
		return unless(refersTo("object", uint64(id), p.objects3, int(start)), &Ref{start, int(id)})
	}
	switch m {
	case raw.XMLDocument3, raw.XML3:
		b, err := p.in.Take(uint64(header>>1), "an XML document")
		return unless(err, &XML{start, m == raw.XMLDocument3, p.next3(), string(b)})
	case raw.ByteArray3:
		b, err := p.in.Take(uint64(header>>1), "a byte array")
		return unless(err, &Bytes{start, p.next3(), b})
	case raw.Date3:
		bits, err := p.in.U64("a date")
		return unless(err, &Date3{start, p.next3(), bits})
	}
	return p.container3(m, header, start)
}

func (p *parser) container3(m byte, header uint32, start at) (Node, error) {
	collection := m != raw.Object3
	defer p.close(collection)
	if err := p.open(collection, int(start)); err != nil {
		return nil, err
	}
	switch m {
	case raw.Object3:
		return p.object3(header, start)
	case raw.Array3:
		return p.array(header>>1, start)
	case raw.VectorObject3:
		return p.objectVector(header>>1, start)
	case raw.Dictionary3:
		return p.dictionary(header>>1, start)
	}
	return p.numberVector(NumberType(m-raw.VectorInt3), header>>1, start)
}

// next3 numbers a value. It is called before the content is read, so that the content can refer to it.
func (p *parser) next3() int {
	p.objects3++
	return p.objects3 - 1
}

func (p *parser) array(count uint32, start at) (Node, error) {
	n := &Array{at: start, ID: p.next3()}
	var err error
	if n.Assoc, err = p.members3(); err != nil {
		return n, err
	}
	n.Dense, err = p.list(uint64(count), p.value3)
	return n, err
}

// members3 reads named values up to the empty name.
func (p *parser) members3() ([]Member, error) {
	var members []Member
	for {
		name, err := p.string3("a member's name")
		if err != nil || name == "" {
			return members, err
		}
		if members, err = p.member(members, name, p.value3); err != nil {
			return members, err
		}
	}
}

func (p *parser) object3(header uint32, start at) (Node, error) {
	id := p.next3()
	traits, use, err := p.traitsOf(header)
	if err != nil {
		return nil, err
	}
	if traits.External {
		return p.external(&External{at: start, ID: id, Traits: traits, Use: use})
	}
	n := &Object3{at: start, ID: id, Traits: traits, Use: use, Sealed: p.room(uint64(len(traits.Sealed)))}
	for _, name := range traits.Sealed {
		v, err := p.value3()
		if v != nil {
			n.Sealed = append(n.Sealed, v)
		}
		if err != nil {
			return n, withinName(name, err)
		}
	}
	if traits.Dynamic {
		n.Dynamic, err = p.members3()
	}
	return n, err
}

// Bits of an object's header, AMF3 section 3.12, above the one that tells a value from a reference.
const (
	traitsInline   = 1 << 1
	traitsExternal = 1 << 2
	traitsDynamic  = 1 << 3
	sealedShift    = 4
)

// traitsOf returns the traits that an object's header names or announces.
func (p *parser) traitsOf(header uint32) (*Traits, TraitsUse, error) {
	if header&traitsInline == 0 {
		i := header >> 2
		if err := refersTo("traits", uint64(i), len(p.traits), p.in.Off); err != nil {
			return nil, 0, err
		}
		t := p.traits[i]
		return t, TraitsUse(i), p.repeat(t.size())
	}
	t := &Traits{External: header&traitsExternal != 0, Dynamic: header&traitsDynamic != 0}
	var err error
	if t.Class, err = p.string3("a class name"); err != nil {
		return nil, 0, err
	}
	if t.External {
		// The specification gives the bits above no meaning here, and no names follow.
		t.Dynamic = false
	} else if t.Sealed, err = p.sealedNames(header >> sealedShift); err != nil {
		return nil, 0, err
	}
	p.traits = append(p.traits, t)
	return t, TraitsInline, nil
}

func (p *parser) sealedNames(count uint32) ([]string, error) {
	var names []string
	for range count {
		name, err := p.string3("the name of a sealed member")
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// size returns how much text the traits bring into a description.
func (t *Traits) size() int {
	n := len(t.Class)
	for _, name := range t.Sealed {
		n += len(name)
	}
	return n
}

// stringHeader reads the beginning of a string: the length of one that follows, or the place of an earlier one in doc.strings.
func (p *parser) stringHeader(what string) (length uint32, index int, err error) {
	offset := p.in.Off
	header, err := p.in.U29(what)
	if err != nil || header&1 == 1 {
		return header >> 1, -1, err
	}
	if err := refersTo("string", uint64(header>>1), len(p.doc.strings)-p.strings, offset); err != nil {
		return 0, -1, err
	}
	index = p.strings + int(header>>1)
	return 0, index, p.repeat(len(p.doc.strings[index]))
}

// inline reads a string's bytes and numbers it. The empty string has no number, section 1.3.2.
func (p *parser) inline(length uint32, what string) (string, error) {
	b, err := p.in.Take(uint64(length), what)
	if err != nil || length == 0 {
		return "", err
	}
	s := string(b)
	p.doc.strings = append(p.doc.strings, s)
	return s, nil
}

// string3 reads a string without marker: a name.
func (p *parser) string3(what string) (string, error) {
	length, index, err := p.stringHeader(what)
	if err != nil {
		return "", err
	}
	if index >= 0 {
		return p.doc.strings[index], nil
	}
	return p.inline(length, what)
}

func (p *parser) stringValue(start at) (Node, error) {
	length, index, err := p.stringHeader("a string")
	if err != nil {
		return nil, err
	}
	if index >= 0 {
		return &Repeat{start, uint32(index)}, nil
	}
	s, err := p.inline(length, "a string")
	return unless(err, &String{start, false, s})
}

func (p *parser) numberVector(of NumberType, count uint32, start at) (Node, error) {
	fixed, err := p.in.Byte("a vector")
	if err != nil {
		return nil, err
	}
	n := &NumberVector{at: start, Of: of, Fixed: fixed != 0, ID: p.next3()}
	size := 4
	if of == OfDouble {
		size = 8
	}
	whole := min(int(count), p.in.Left()/size)
	if p.elements += whole; p.elements > p.limits.Elements {
		return n, value.Errorf(int(start), value.ErrLimit, "a vector brings more values than the limit")
	}
	n.Items = make([]uint64, whole)
	for i := range n.Items {
		n.Items[i] = p.number(of)
	}
	if whole < int(count) {
		return n, value.WithinIndex(whole, p.in.Truncated("a vector of "+of.String()))
	}
	return n, nil
}

// number reads a vector's item; the caller has made sure that it is there.
func (p *parser) number(of NumberType) uint64 {
	if of == OfDouble {
		v, _ := p.in.U64("")
		return v
	}
	v, _ := p.in.U32("")
	return uint64(v)
}

func (p *parser) objectVector(count uint32, start at) (Node, error) {
	fixed, err := p.in.Byte("a vector")
	if err != nil {
		return nil, err
	}
	n := &ObjectVector{at: start, Fixed: fixed != 0, ID: p.next3()}
	if n.Class, err = p.string3("the class name of a vector"); err != nil {
		return n, err
	}
	n.Items, err = p.list(uint64(count), p.value3)
	return n, err
}

func (p *parser) dictionary(count uint32, start at) (Node, error) {
	weak, err := p.in.Byte("a dictionary")
	if err != nil {
		return nil, err
	}
	n := &Dictionary{at: start, Weak: weak != 0, ID: p.next3()}
	n.Items, err = p.pairs(count)
	return n, err
}

// pairs reads count keys and values.
func (p *parser) pairs(count uint32) ([]Pair, error) {
	var pairs []Pair
	for i := range int(count) {
		k, err := p.value3()
		if err != nil {
			return pairs, value.WithinIndex(i, value.Within("(key)", err))
		}
		v, err := p.value3()
		if v != nil {
			pairs = append(pairs, Pair{k, v})
		}
		if err != nil {
			return pairs, value.WithinIndex(i, err)
		}
	}
	return pairs, nil
}
