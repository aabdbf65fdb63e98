package syntax

import (
	"math"
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
)

// external reads the content of an externalizable object. Where the class is not known nobody can tell where it ends.
func (p *parser) external(n *External) (Node, error) {
	f := externalForm(n.Traits.Class)
	if f == formUnknown && p.wraps(n.Traits.Class) {
		f = formSource
	}
	var err error
	switch f {
	case formSource:
		n.Source, err = p.value3()
		if err != nil {
			err = withinName("source", err)
		}
	case formEntries:
		err = p.entries(n)
	case formFields:
		err = p.fields(n)
	default:
		err = value.Errorf(p.in.Off, value.ErrSyntax, "externalizable class ", strconv.Quote(short(n.Traits.Class)),
			" is not known, so nobody can tell where its content ends")
	}
	return n, err
}

// entries reads a ManagedObjectProxy: a count of 32 bits, then names and values.
func (p *parser) entries(n *External) error {
	offset := p.in.Off
	count, err := p.in.U32("the count of a ManagedObjectProxy")
	if err != nil {
		return err
	}
	if count > math.MaxInt32 {
		return value.Errorf(offset, value.ErrSyntax, "a ManagedObjectProxy with a negative count of entries")
	}
	n.Entries, err = p.pairs(count)
	return err
}

// fields reads a small message, amf.md section 2.4.
func (p *parser) fields(n *External) error {
	for _, g := range smallGroups(n.Traits.Class) {
		flags, err := p.flags()
		if err != nil {
			return err
		}
		for i, bits := range flags {
			var known []smallField
			if i < len(g) {
				known = g[i]
			}
			if err := p.flagged(n, bits, known); err != nil {
				return err
			}
		}
	}
	return nil
}

// flags reads the flag bytes of one group.
func (p *parser) flags() ([]byte, error) {
	start := p.in.Off
	for {
		b, err := p.in.Byte("the flags of a small message")
		if err != nil {
			return nil, err
		}
		if b&moreFlags == 0 {
			return p.in.Buf[start:p.in.Off], nil
		}
		if p.in.Off-start >= maxFlagBytes {
			return nil, value.Errorf(start, value.ErrLimit, "a small message with more than ", strconv.Itoa(maxFlagBytes), " flag bytes in one group")
		}
	}
}

// flagged reads the values that one flag byte announces.
func (p *parser) flagged(n *External, flags byte, known []smallField) error {
	for bit := range 7 {
		if flags&(1<<bit) == 0 {
			continue
		}
		field := Field{Name: "(reserved)", Reserved: true}
		read := p.value3
		switch {
		case bit < len(known):
			field = Field{Name: known[bit].name}
			if known[bit].uid {
				read = p.uid
			}
		case bit >= reservedBits:
			continue // no value goes with it
		}
		var err error
		field.Value, err = read()
		if field.Value != nil {
			n.Fields = append(n.Fields, field)
		}
		if err != nil {
			return withinName(field.Name, err)
		}
	}
	return nil
}

// uid reads an id that travels as a ByteArray of 16 bytes; what is of another form stays what it is.
func (p *parser) uid() (Node, error) {
	n, err := p.value3()
	if b, ok := n.(*Bytes); ok && len(b.Data) == 16 {
		return &UID{b.at, [16]byte(b.Data)}, err
	}
	return n, err
}
