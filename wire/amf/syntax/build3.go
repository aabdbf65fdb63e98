package syntax

import (
	"math"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf/internal/raw"
)

// node3 builds an AMF3 value.
func (b *builder) node3(v any) (Node, error) {
	o, t, err := b.begin(v)
	if err != nil {
		return nil, err
	}
	if n, handled, err := b.scalar(o, t); handled {
		return n, err
	}
	switch t {
	case "int":
		v, err := o.int("v", raw.MinInt29, raw.MaxInt29)
		return &Int{V: int32(v)}, first(err, o.only("t", "v"))
	case "string":
		s, err := o.text("v")
		return &String{Text: s}, first(err, o.only("t", "v"))
	case "xml", "xmldoc":
		return b.xml(o, t == "xmldoc")
	case "date":
		return b.date3(o)
	case "bytes":
		return b.bytes(o)
	case "uid":
		return nil, wrong("a uid stands only for clientId, messageId and correlationId of DSA, DSC and DSK; elsewhere it is bytes")
	case "array", "object", "externalizable", "vector", "dictionary":
		return b.container3(o, t)
	}
	return nil, wrong("AMF3 has no %q; it has null, undefined, bool, int, double, string, xml, xmldoc, date, bytes, array, object, externalizable, vector, dictionary, ref", short(t))
}

func (b *builder) date3(o object) (Node, error) {
	bits, err := millis(o)
	if err != nil {
		return nil, err
	}
	num, err := id(o)
	return &Date3{ID: num, Bits: bits}, first(err, o.only("t", "id", "ms"))
}

func (b *builder) bytes(o object) (Node, error) {
	data, err := o.hex("hex")
	if err != nil {
		return nil, err
	}
	num, err := id(o)
	return &Bytes{ID: num, Data: data}, first(err, o.only("t", "id", "hex"))
}

func (b *builder) container3(o object, t string) (Node, error) {
	collection := t == "array" || t == "vector" || t == "dictionary"
	defer b.close(collection)
	if err := b.open(collection, -1); err != nil {
		return nil, err
	}
	num, err := id(o)
	if err != nil {
		return nil, err
	}
	switch t {
	case "array":
		return b.array(o, num)
	case "object":
		return b.object3(o, num)
	case "externalizable":
		return b.external(o, num)
	case "vector":
		return b.vector(o, num)
	}
	weak, err := o.bool("weak")
	if err != nil {
		return nil, err
	}
	items, err := b.pairs(o, "items", b.node3)
	return &Dictionary{Weak: weak, ID: num, Items: items}, first(err, o.only("t", "id", "weak", "items"))
}

func (b *builder) array(o object, num int) (Node, error) {
	assoc, err := b.members(o, "assoc", b.node3)
	if err != nil {
		return nil, err
	}
	dense, err := b.listOf(o, "dense", b.node3)
	return &Array{ID: num, Assoc: assoc, Dense: dense}, first(err, o.only("t", "id", "assoc", "dense"))
}

// object3 builds an object. Where nothing says whether it is dynamic, it is if it has dynamic members, or neither class nor
// sealed ones.
func (b *builder) object3(o object, num int) (Node, error) {
	class, err := o.optional("class")
	if err != nil {
		return nil, err
	}
	use, err := traitsUse(o)
	if err != nil {
		return nil, err
	}
	sealed, err := b.members(o, "sealed", b.node3)
	if err != nil {
		return nil, err
	}
	n := &Object3{ID: num, Traits: &Traits{Class: class}, Use: use}
	for _, m := range sealed {
		n.Traits.Sealed = append(n.Traits.Sealed, m.Name)
		n.Sealed = append(n.Sealed, m.Value)
	}
	if n.Dynamic, err = b.members(o, "dynamic_members", b.node3); err != nil {
		return nil, err
	}
	if n.Traits.Dynamic, err = o.bool("dynamic"); err != nil {
		return nil, err
	}
	if !o.has("dynamic") {
		n.Traits.Dynamic = len(n.Dynamic) > 0 || class == "" && len(sealed) == 0
	}
	if len(n.Dynamic) > 0 && !n.Traits.Dynamic {
		return nil, wrong("it has dynamic_members, but dynamic is false")
	}
	return n, o.only("t", "id", "class", "traits", "dynamic", "sealed", "dynamic_members")
}

func (b *builder) vector(o object, num int) (Node, error) {
	of, err := o.text("of")
	if err != nil {
		return nil, err
	}
	fixed, err := o.bool("fixed")
	if err != nil {
		return nil, err
	}
	for _, t := range []NumberType{OfInt, OfUint, OfDouble} {
		if of == t.String() {
			items, err := numbers(o, t)
			return &NumberVector{Of: t, Fixed: fixed, ID: num, Items: items}, first(err, o.only("t", "id", "of", "fixed", "items"))
		}
	}
	if of != "object" {
		return nil, within(".of", wrong("int, uint, double or object is wanted, not %q", short(of)))
	}
	class, err := o.optional("class")
	if err != nil {
		return nil, err
	}
	items, err := b.listOf(o, "items", b.node3)
	return &ObjectVector{Fixed: fixed, ID: num, Class: class, Items: items}, first(err, o.only("t", "id", "of", "class", "fixed", "items"))
}

// numbers reads the items of a vector of numbers.
func numbers(o object, of NumberType) ([]uint64, error) {
	list, err := o.list("items")
	if err != nil {
		return nil, err
	}
	items := make([]uint64, len(list))
	for i, v := range list {
		if items[i], err = numberOf(v, of); err != nil {
			return nil, within(".items", value.WithinIndex(i, err))
		}
	}
	return items, nil
}

// numberOf reads one of them. A double is described as a value; a plain number will do.
func numberOf(v any, of NumberType) (uint64, error) {
	switch of {
	case OfInt:
		n, err := intOf(v, math.MinInt32, math.MaxInt32)
		return uint64(uint32(n)), err
	case OfUint:
		n, err := intOf(v, 0, math.MaxUint32)
		return uint64(n), err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return doubleOf(v)
	}
	if m["t"] != "double" {
		return 0, wrong("a double is wanted")
	}
	return doubleBits(m)
}

// pairs builds the list of [key, value] under a key.
func (b *builder) pairs(o object, key string, readKey build) ([]Pair, error) {
	list, err := o.list(key)
	if err != nil {
		return nil, err
	}
	pairs := make([]Pair, 0, len(list))
	for i, v := range list {
		p, err := b.pair(v, readKey)
		if err != nil {
			return nil, within("."+key, value.WithinIndex(i, err))
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

func (b *builder) pair(v any, readKey build) (p Pair, err error) {
	k, v, err := two(v)
	if err != nil {
		return p, err
	}
	if p.Key, err = readKey(k); err != nil {
		return p, value.WithinIndex(0, err)
	}
	if p.Value, err = b.node3(v); err != nil {
		return p, value.WithinIndex(1, err)
	}
	return p, nil
}
