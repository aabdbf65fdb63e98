package syntax

import "math"

// node0 builds an AMF0 value.
func (b *builder) node0(v any) (Node, error) {
	o, t, err := b.begin(v)
	if err != nil {
		return nil, err
	}
	if n, handled, err := b.scalar(o, t); handled {
		return n, err
	}
	switch t {
	case "unsupported":
		return &Unsupported{}, o.only("t")
	case "string":
		return b.string0(o)
	case "xmldoc":
		return b.xml(o, true)
	case "date":
		return b.date0(o)
	case "amf3":
		return b.avmPlus(o)
	case "object", "ecma-array", "strict-array":
		return b.container0(o, t)
	}
	return nil, wrong("AMF0 has no %q; it has null, undefined, unsupported, bool, double, string, xmldoc, date, object, ecma-array, strict-array, ref, amf3", short(t))
}

func (b *builder) string0(o object) (Node, error) {
	s, err := o.text("v")
	if err != nil {
		return nil, err
	}
	long, err := o.bool("long")
	return &String{Long: long || len(s) > math.MaxUint16, Text: s}, first(err, o.only("t", "v", "long"))
}

func (b *builder) xml(o object, legacy bool) (Node, error) {
	s, err := o.text("v")
	if err != nil {
		return nil, err
	}
	num, err := id(o)
	return &XML{Legacy: legacy, ID: num, Text: s}, first(err, o.only("t", "v", "id"))
}

func (b *builder) date0(o object) (Node, error) {
	bits, err := millis(o)
	if err != nil {
		return nil, err
	}
	zone, err := o.intOr("tz", math.MinInt16, math.MaxInt16, 0)
	return &Date0{Zone: int16(zone), Bits: bits}, first(err, o.only("t", "ms", "tz"))
}

// millis reads the milliseconds of a date.
func millis(o object) (uint64, error) {
	v, err := o.need("ms")
	if err != nil {
		return 0, err
	}
	bits, err := doubleOf(v)
	return bits, within(".ms", err)
}

func (b *builder) avmPlus(o object) (Node, error) {
	v, err := o.need("v")
	if err != nil {
		return nil, err
	}
	n, err := b.node3(v)
	return &AVMPlus{Value: n}, first(within(".v", err), o.only("t", "v"))
}

func (b *builder) container0(o object, t string) (Node, error) {
	collection := t != "object"
	defer b.close(collection)
	if err := b.open(collection, -1); err != nil {
		return nil, err
	}
	num, err := id(o)
	if err != nil {
		return nil, err
	}
	switch t {
	case "strict-array":
		args, err := o.bool("args")
		if err != nil {
			return nil, err
		}
		items, err := b.listOf(o, "items", b.node0)
		return &StrictArray{Args: args, ID: num, Items: items}, first(err, o.only("t", "id", "args", "items"))
	case "ecma-array":
		length, err := o.intOr("length", 0, math.MaxUint32, int64(Unclaimed))
		if err != nil {
			return nil, err
		}
		members, err := b.members(o, "members", b.node0)
		return &ECMAArray{ID: num, Length: Length(length), Members: members}, first(err, o.only("t", "id", "length", "members"))
	}
	class, err := o.optional("class")
	if err != nil {
		return nil, err
	}
	members, err := b.members(o, "members", b.node0)
	return &Object0{ID: num, Class: class, Members: members}, first(err, o.only("t", "id", "class", "members"))
}
