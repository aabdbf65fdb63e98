package syntax

import "strconv"

// packet writes the description of a packet; nil, where not even its version could be read, is an empty object.
func (p *printer) packet(k *Packet) {
	if k == nil {
		p.raw("{}")
		return
	}
	p.raw(`{"version":`)
	p.int(int64(k.Version))
	p.key("headers")
	list(p, k.Headers, p.header)
	p.key("bodies")
	list(p, k.Bodies, p.body)
	if len(k.Trailing) > 0 {
		p.key("trailing")
		p.hex(k.Trailing)
	}
	p.shut()
}

func (p *printer) header(h Header) {
	p.raw(`{"name":`)
	p.text(h.Name)
	p.key("mustUnderstand")
	p.bool(h.MustUnderstand)
	p.sized(h.Length, h.Actual, h.Value)
}

func (p *printer) body(b Body) {
	p.raw(`{"target":`)
	p.text(b.Target)
	p.key("response")
	p.text(b.Response)
	p.sized(b.Length, b.Actual, b.Value)
}

func (p *printer) sized(claimed Length, actual int, v Node) {
	if claimed != Unclaimed {
		p.key("length")
		p.int(int64(claimed))
	}
	p.key("actual_length")
	p.int(int64(actual))
	p.key("value")
	p.node(v)
	p.shut()
}

// list writes items between brackets.
func list[T any](p *printer, items []T, write func(T)) {
	p.raw("[")
	for i, item := range items {
		if i > 0 {
			p.raw(",")
		}
		write(item)
	}
	p.raw("]")
}

func (p *printer) nodes(items []Node) { list(p, items, p.node) }

func (p *printer) member(m Member) {
	p.raw("[")
	p.text(m.Name)
	p.raw(",")
	p.node(m.Value)
	p.raw("]")
}

func (p *printer) members(name string, members []Member) {
	p.key(name)
	list(p, members, p.member)
}

func (p *printer) pair(e Pair) {
	p.raw("[")
	p.node(e.Key)
	p.raw(",")
	p.node(e.Value)
	p.raw("]")
}

// entry writes a ManagedObjectProxy's: its names are values, but shown as names.
func (p *printer) entry(e Pair) {
	if name, ok := p.doc.Text(e.Key); ok {
		p.member(Member{name, e.Value})
		return
	}
	p.pair(e)
}

// node writes the description of any value.
func (p *printer) node(n Node) {
	switch n := n.(type) {
	case *Null:
		p.open("null")
	case *Undefined:
		p.open("undefined")
	case *Unsupported:
		p.open("unsupported")
	case *Bool:
		p.open("bool")
		p.key("v")
		p.bool(n.V)
	case *Int:
		p.open("int")
		p.key("v")
		p.int(int64(n.V))
	case *Double:
		p.double(n.Bits)
		return
	case *String:
		p.open("string")
		p.flag("long", n.Long)
		p.key("v")
		p.text(n.Text)
	case *Repeat:
		p.open("string")
		p.key("v")
		p.text(p.doc.strings[n.index])
	default:
		p.referable(n)
	}
	p.shut()
}

// referable writes what takes a number, or names one; the object stays open.
func (p *printer) referable(n Node) {
	switch n := n.(type) {
	case *Ref:
		p.open("ref")
		p.id(n.ID)
	case *UID:
		p.open("uid")
		p.key("v")
		p.quoted(uidText(n.V))
	case *XML:
		if n.Legacy {
			p.open("xmldoc")
		} else {
			p.open("xml")
		}
		p.id(n.ID)
		p.key("v")
		p.text(n.Text)
	case *Date0:
		p.open("date")
		p.key("ms")
		p.number(n.Bits)
		p.key("tz")
		p.int(int64(n.Zone))
	case *Date3:
		p.open("date")
		p.id(n.ID)
		p.key("ms")
		p.number(n.Bits)
	case *Bytes:
		p.open("bytes")
		p.id(n.ID)
		p.key("hex")
		p.hex(n.Data)
	default:
		p.container(n)
	}
}

func (p *printer) container(n Node) {
	switch n := n.(type) {
	case *AVMPlus:
		p.open("amf3")
		p.key("v")
		p.node(n.Value)
	case *Object0:
		p.open("object")
		p.id(n.ID)
		p.key("class")
		p.text(n.Class)
		p.members("members", n.Members)
	case *ECMAArray:
		p.open("ecma-array")
		p.id(n.ID)
		if n.Length != Unclaimed {
			p.key("length")
			p.int(int64(n.Length))
		}
		p.members("members", n.Members)
	case *StrictArray:
		p.open("strict-array")
		p.id(n.ID)
		p.flag("args", n.Args)
		p.key("items")
		p.nodes(n.Items)
	case *Array:
		p.open("array")
		p.id(n.ID)
		p.members("assoc", n.Assoc)
		p.key("dense")
		p.nodes(n.Dense)
	case *Object3:
		p.object3(n)
	case *External:
		p.external(n)
	case *NumberVector:
		p.numberVector(n)
	case *ObjectVector:
		p.open("vector")
		p.id(n.ID)
		p.key("of")
		p.quoted("object")
		p.key("class")
		p.text(n.Class)
		p.key("fixed")
		p.bool(n.Fixed)
		p.key("items")
		p.nodes(n.Items)
	case *Dictionary:
		p.open("dictionary")
		p.id(n.ID)
		p.key("weak")
		p.bool(n.Weak)
		p.key("items")
		list(p, n.Items, p.pair)
	}
}

// class writes the class and how the traits were given.
func (p *printer) class(t *Traits, use TraitsUse) {
	p.key("class")
	p.text(t.Class)
	switch {
	case use == TraitsInline:
		p.key("traits")
		p.quoted("inline")
	case use >= 0:
		p.key("traits")
		p.quoted("ref:" + strconv.Itoa(int(use)))
	}
}

func (p *printer) object3(n *Object3) {
	p.open("object")
	p.id(n.ID)
	p.class(n.Traits, n.Use)
	p.key("dynamic")
	p.bool(n.Traits.Dynamic)
	p.key("sealed")
	p.raw("[")
	for i, v := range n.Sealed {
		if i > 0 {
			p.raw(",")
		}
		p.member(Member{n.Traits.Sealed[i], v})
	}
	p.raw("]")
	p.members("dynamic_members", n.Dynamic)
}

func (p *printer) external(n *External) {
	p.open("externalizable")
	p.id(n.ID)
	p.class(n.Traits, n.Use)
	switch externalForm(n.Traits.Class) {
	case formEntries:
		p.key("entries")
		list(p, n.Entries, p.entry)
	case formFields:
		p.fields(n.Fields)
	default:
		if n.Source != nil {
			p.key("source")
			p.node(n.Source)
		}
	}
}

// fields writes the members of a small message. Reserved values are dropped as readers drop them; of a member that was sent in
// two forms the last one counts.
func (p *printer) fields(fields []Field) {
	last := make(map[string]int, len(fields))
	for i, f := range fields {
		if !f.Reserved {
			last[f.Name] = i
		}
	}
	p.key("fields")
	p.raw("{")
	first := true
	for i, f := range fields {
		if f.Reserved || last[f.Name] != i {
			continue
		}
		if !first {
			p.raw(",")
		}
		first = false
		p.quoted(f.Name)
		p.raw(":")
		p.node(f.Value)
	}
	p.raw("}")
}

func (p *printer) numberVector(n *NumberVector) {
	p.open("vector")
	p.id(n.ID)
	p.key("of")
	p.quoted(n.Of.String())
	p.key("fixed")
	p.bool(n.Fixed)
	p.key("items")
	list(p, n.Items, func(v uint64) {
		switch n.Of {
		case OfInt:
			p.int(int64(int32(v)))
		case OfUint:
			p.int(int64(v))
		case OfDouble:
			p.double(v)
		}
	})
}
