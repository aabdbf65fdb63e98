package syntax

import (
	"math"
	"strconv"
	"strings"

	"github.com/patchbay-go/patchbay/core/value"
)

// Describe reads a description, the JSON that [Document.WriteDescription] writes. Written by hand it may leave out what follows
// from the rest: id, traits, bits, length, actual_length, empty lists and what is false. Errors say where in the description.
func Describe(kind Kind, description []byte, opts *Options) (*Document, error) {
	if opts == nil {
		opts = &Options{}
	}
	limits := opts.Limits.WithDefaults()
	v, err := load(description)
	if err != nil {
		return nil, err
	}
	d := &Document{Kind: kind}
	b := &builder{nesting{limits: limits}}
	if kind == Remote {
		d.Packet, err = b.packet(v)
		return d, err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v} // one value by itself
	}
	d.Values, err = b.nodes(list, b.reader(kind))
	return d, err
}

// A builder makes nodes from descriptions.
type builder struct{ nesting }

// A build reads one value's description.
type build func(any) (Node, error)

func (b *builder) reader(kind Kind) build {
	if kind == AMF3 {
		return b.node3
	}
	return b.node0
}

// begin returns a value's object and type.
func (b *builder) begin(v any) (object, string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, "", wrong(`a value is wanted, an object with "t", not %s`, jsonType(v))
	}
	t, ok := m["t"].(string)
	if !ok {
		return nil, "", wrong(`a value has no "t" that says its type`)
	}
	return object(m), t, nil
}

// scalar builds what both versions have. handled is false for other types.
func (b *builder) scalar(o object, t string) (n Node, handled bool, err error) {
	switch t {
	case "null":
		return &Null{}, true, o.only("t")
	case "undefined":
		return &Undefined{}, true, o.only("t")
	case "bool":
		if _, err := o.need("v"); err != nil {
			return nil, true, err
		}
		v, err := o.bool("v")
		return &Bool{V: v}, true, first(err, o.only("t", "v"))
	case "double":
		bits, err := doubleBits(o)
		return &Double{Bits: bits}, true, err
	case "ref":
		id, err := o.int("id", 0, math.MaxInt32)
		return &Ref{ID: int(id)}, true, first(err, o.only("t", "id"))
	}
	return nil, false, nil
}

// doubleBits reads bits and v. Bits count; a v that says something else is a mistake.
func doubleBits(o object) (uint64, error) {
	if err := o.only("t", "bits", "v"); err != nil {
		return 0, err
	}
	if !o.has("bits") {
		v, err := o.need("v")
		if err != nil {
			return 0, wrong(`"v" or "bits" is missing`)
		}
		bits, err := doubleOf(v)
		return bits, within(".v", err)
	}
	raw, err := o.hex("bits")
	if err != nil {
		return 0, err
	}
	if len(raw) != 8 {
		return 0, within(".bits", wrong("16 hexadecimal digits are wanted"))
	}
	var bits uint64
	for _, c := range raw {
		bits = bits<<8 | uint64(c)
	}
	return bits, agree(o, bits)
}

// agree checks that v, where it is given, is the double with those bits.
func agree(o object, bits uint64) error {
	v, ok := o["v"]
	if !ok {
		return nil
	}
	shown, err := doubleOf(v)
	if err != nil {
		return within(".v", err)
	}
	a, b := math.Float64frombits(shown), math.Float64frombits(bits)
	if a != b && (a == a || b == b) {
		return wrong("bits are %s and v is %s: leave bits out to write v", numberText(bits), numberText(shown))
	}
	return nil
}

// id reads the number that a value is said to have.
func id(o object) (int, error) {
	n, err := o.intOr("id", 0, math.MaxInt32, NoID)
	return int(n), err
}

// nodes builds a list of values.
func (b *builder) nodes(list []any, read build) ([]Node, error) {
	nodes := make([]Node, 0, len(list))
	for i, v := range list {
		n, err := read(v)
		if err != nil {
			return nil, value.WithinIndex(i, err)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// listOf builds the list of values under a key.
func (b *builder) listOf(o object, key string, read build) ([]Node, error) {
	list, err := o.list(key)
	if err != nil {
		return nil, err
	}
	nodes, err := b.nodes(list, read)
	return nodes, within("."+key, err)
}

// two returns the parts of a [key, value].
func two(v any) (any, any, error) {
	l, ok := v.([]any)
	if !ok || len(l) != 2 {
		return nil, nil, wrong("a list of two is wanted")
	}
	return l[0], l[1], nil
}

// members builds the list of [name, value] under a key.
func (b *builder) members(o object, key string, read build) ([]Member, error) {
	list, err := o.list(key)
	if err != nil {
		return nil, err
	}
	members := make([]Member, 0, len(list))
	for i, v := range list {
		m, err := b.member(v, read)
		if err != nil {
			return nil, within("."+key, value.WithinIndex(i, err))
		}
		members = append(members, m)
	}
	return members, nil
}

func (b *builder) member(v any, read build) (Member, error) {
	k, v, err := two(v)
	if err != nil {
		return Member{}, err
	}
	name, err := textOf(k)
	if err != nil {
		return Member{}, value.WithinIndex(0, err)
	}
	n, err := read(v)
	if err != nil {
		return Member{}, value.WithinIndex(1, err)
	}
	return Member{name, n}, nil
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// traitsUse reads "inline" and "ref:N".
func traitsUse(o object) (TraitsUse, error) {
	s, err := o.optional("traits")
	if err != nil {
		return 0, err
	}
	switch s {
	case "":
		return TraitsAuto, nil
	case "inline":
		return TraitsInline, nil
	}
	if n, err := strconv.ParseUint(strings.TrimPrefix(s, "ref:"), 10, 28); err == nil && strings.HasPrefix(s, "ref:") {
		return TraitsUse(n), nil
	}
	return 0, within(".traits", wrong(`"inline" or "ref:N" is wanted, not %q`, short(s)))
}

// packet builds a packet.
func (b *builder) packet(v any) (*Packet, error) {
	if _, ok := v.([]any); ok {
		return nil, wrong("a packet is described by an object; a list of values is of kind amf0 or amf3")
	}
	o, err := objectOf(v, "version", "headers", "bodies", "trailing")
	if err != nil {
		return nil, err
	}
	version, err := o.int("version", 0, 3)
	if err != nil {
		return nil, err
	}
	k := &Packet{Version: uint16(version)}
	if !knownVersion(k.Version) {
		return nil, within(".version", wrong("it is 0, 1 or 3"))
	}
	if k.Headers, err = parts(o, "headers", b.header); err != nil {
		return nil, err
	}
	if k.Bodies, err = parts(o, "bodies", b.body); err != nil {
		return nil, err
	}
	if o.has("trailing") {
		k.Trailing, err = o.hex("trailing")
	}
	return k, err
}

// parts builds the list of headers or bodies.
func parts[T any](o object, key string, read func(any) (T, error)) ([]T, error) {
	list, err := o.list(key)
	if err != nil {
		return nil, err
	}
	if len(list) > math.MaxUint16 {
		return nil, within("."+key, wrong("%d are more than the 65535 that fit into a packet", len(list)))
	}
	all := make([]T, 0, len(list))
	for i, v := range list {
		part, err := read(v)
		if err != nil {
			return nil, within("."+key, value.WithinIndex(i, err))
		}
		all = append(all, part)
	}
	return all, nil
}

func (b *builder) header(v any) (h Header, err error) {
	o, err := objectOf(v, "name", "mustUnderstand", "length", "actual_length", "value")
	if err != nil {
		return h, err
	}
	if h.Name, err = o.text("name"); err != nil {
		return h, err
	}
	if h.MustUnderstand, err = o.bool("mustUnderstand"); err != nil {
		return h, err
	}
	h.Length, h.Value, err = b.sized(o)
	return h, err
}

func (b *builder) body(v any) (body Body, err error) {
	o, err := objectOf(v, "target", "response", "length", "actual_length", "value")
	if err != nil {
		return body, err
	}
	if body.Target, err = o.text("target"); err != nil {
		return body, err
	}
	if body.Response, err = o.optional("response"); err != nil {
		return body, err
	}
	body.Length, body.Value, err = b.sized(o)
	return body, err
}

// sized builds a claimed length and the value. The actual length follows from the value.
func (b *builder) sized(o object) (Length, Node, error) {
	length, err := o.intOr("length", 0, math.MaxUint32, int64(Unclaimed))
	if err != nil {
		return 0, nil, err
	}
	v, err := o.need("value")
	if err != nil {
		return 0, nil, err
	}
	n, err := b.node0(v)
	return Length(length), n, within(".value", err)
}
