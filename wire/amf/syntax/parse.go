package syntax

import (
	"math"
	"slices"
	"strconv"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// Parse reads a whole unit. The document is never nil: with an error, a *value.Error with offset and path, it holds what could be
// read before it. Strings are copied, byte arrays are views of b.
func Parse(kind Kind, b []byte, opts *Options) (*Document, error) {
	if opts == nil {
		opts = &Options{}
	}
	limits := opts.Limits.WithDefaults()
	p := &parser{
		doc:      &Document{Kind: kind, size: len(b)},
		in:       raw.Input{Buf: b},
		nesting:  nesting{limits: limits},
		wrappers: opts.Wrappers,
		slots:    min(len(b), limits.Elements),
	}
	if len(b) > limits.Bytes || uint64(len(b)) > math.MaxUint32 {
		return p.doc, value.Errorf(0, value.ErrLimit, "the input has ", strconv.Itoa(len(b)), " bytes, more than the limit")
	}
	if kind == Remote {
		return p.doc, p.packet()
	}
	return p.doc, p.values()
}

// A parser reads one unit.
//
// Invariant: slots is how many list places may still be made ahead of their values. It starts at one for each byte, since no
// value is shorter, so claimed lengths never cost more than the input does.
type parser struct {
	nesting
	doc      *Document
	in       raw.Input
	wrappers []string
	elements int
	repeated int
	slots    int

	// The tables of the header or body.
	objects0 int
	strings  int // where this table begins in doc.strings
	objects3 int
	traits   []*Traits
}

// values reads values up to the end.
func (p *parser) values() error {
	read := p.value0
	if p.doc.Kind == AMF3 {
		read = p.value3
	}
	for i := 0; p.in.Left() > 0; i++ {
		v, err := read()
		if v != nil {
			p.doc.Values = append(p.doc.Values, v)
		}
		if err != nil {
			return value.WithinIndex(i, err)
		}
	}
	return nil
}

// fresh empties the reference tables: each header and body has its own.
func (p *parser) fresh() {
	p.objects0, p.objects3 = 0, 0
	p.strings = len(p.doc.strings)
	p.traits = nil
}

// marker reads a type marker and charges for the value that it begins.
func (p *parser) marker() (byte, at, error) {
	start := at(p.in.Off)
	m, err := p.in.Byte("a value: its type marker is missing")
	if err != nil {
		return 0, start, err
	}
	p.elements++
	if p.elements > p.limits.Elements {
		return 0, start, value.Errorf(int(start), value.ErrLimit, "more values than the limit of ", strconv.Itoa(p.limits.Elements))
	}
	return m, start, nil
}

// repeat charges for text that is written once and described many times.
func (p *parser) repeat(n int) error {
	p.repeated += n
	if p.repeated > maxRepeated {
		return value.Errorf(p.in.Off, value.ErrLimit, "references repeat more text than the limit of ", strconv.Itoa(maxRepeated), " bytes")
	}
	return nil
}

// room returns an empty list for n values, as long as that is paid for.
func (p *parser) room(n uint64) []Node {
	c := int(min(n, uint64(p.in.Left()), uint64(p.slots)))
	p.slots -= c
	return make([]Node, 0, c)
}

// list reads n values. The list is what could be read, even with an error.
func (p *parser) list(n uint64, read func() (Node, error)) ([]Node, error) {
	items := p.room(n)
	for i := range n {
		v, err := read()
		if v != nil {
			items = append(items, v)
		}
		if err != nil {
			return items, value.WithinIndex(int(i), err)
		}
	}
	return items, nil
}

// member reads a member's value, where the name is known, and appends it.
func (p *parser) member(to []Member, name string, read func() (Node, error)) ([]Member, error) {
	v, err := read()
	if v != nil {
		to = append(to, Member{name, v})
	}
	if err != nil {
		return to, withinName(name, err)
	}
	return to, nil
}

// refersTo checks the number of a reference against the count of what can be referred to.
func refersTo(what string, id uint64, count int, offset int) error {
	if id >= uint64(count) {
		return value.Errorf(offset, value.ErrSyntax, "reference to ", what, " ", strconv.FormatUint(id, 10), ", but there are only ", strconv.Itoa(count))
	}
	return nil
}

// unknownMarker is the error for a byte that begins no value.
func unknownMarker(version string, m byte, start at) error {
	const digits = "0123456789abcdef"
	return value.Errorf(int(start), value.ErrSyntax, "unknown ", version, " type marker 0x", string([]byte{digits[m>>4], digits[m&15]}))
}

// withinName puts a member's name before the path of err, shortened: paths are for reading.
func withinName(name string, err error) error { return value.WithinMember(short(name), err) }

// wraps reports whether the caller said that externalizable class holds one value.
func (p *parser) wraps(class string) bool { return slices.Contains(p.wrappers, class) }

// Text returns the text of a string node.
func (d *Document) Text(n Node) (string, bool) {
	switch n := n.(type) {
	case *String:
		return n.Text, true
	case *Repeat:
		return d.strings[n.index], true
	}
	return "", false
}
