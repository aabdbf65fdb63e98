package value

import (
	"encoding"
	"math/big"
	"reflect"
	"slices"
	"time"
)

// A plan is how values of one Go type are bound and encoded, found out once per type and Registry.
type plan struct {
	typ    reflect.Type
	bind   bindFunc
	encode encodeFunc
	// nulls: bind wants to see Null and Undefined itself; else they make the zero value.
	nulls bool
	// late: the value is passed over, from before its first token.
	late bool
}

type (
	bindFunc   func(d *Decoder, t *Token, v reflect.Value) error
	encodeFunc func(e *Encoder, v reflect.Value) error
)

// A Marshaler writes itself: one value, by e.Write and e.Encode.
type Marshaler interface{ MarshalTokens(e *Encoder) error }

// An Unmarshaler takes a value itself. t, its first token, is neither a reference nor null; it must be read to its end.
type Unmarshaler interface {
	UnmarshalTokens(d *Decoder, t *Token) error
}

var (
	marshalerType       = reflect.TypeFor[Marshaler]()
	unmarshalerType     = reflect.TypeFor[Unmarshaler]()
	textMarshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	timeType            = reflect.TypeFor[time.Time]()
	lateType            = reflect.TypeFor[Late]()
	packedType          = reflect.TypeFor[Packed]()
	anyType             = reflect.TypeFor[any]()
	stringType          = reflect.TypeFor[string]()
	stringsType         = reflect.TypeFor[[]string]()
	plainMapType        = reflect.TypeFor[map[string]any]()
	plainListType       = reflect.TypeFor[[]any]()
	bigTypes            = []reflect.Type{reflect.TypeFor[big.Int](), reflect.TypeFor[big.Float](), reflect.TypeFor[big.Rat]()}
)

// hasOwnForm reports whether a struct type is one value on the wire and not its fields.
func hasOwnForm(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t == timeType || t == lateType || slices.Contains(bigTypes, t) ||
		p.Implements(unmarshalerType) || t.Implements(marshalerType) || p.Implements(textUnmarshalerType) || p.Implements(textMarshalerType)
}

// plan returns the plan for t.
func (r *Registry) plan(t reflect.Type) *plan {
	if p, ok := r.plans.Load(t); ok {
		return p.(*plan)
	}
	r.compile.Lock()
	defer r.compile.Unlock()
	c := compiler{registry: r, made: map[reflect.Type]*plan{}}
	p := c.plan(t)
	for t, made := range c.made {
		r.plans.Store(t, made)
	}
	return p
}

// A compiler makes plans. What it has made becomes visible to others only when all of it is whole, since types may be recursive.
type compiler struct {
	registry *Registry
	made     map[reflect.Type]*plan
}

func (c *compiler) plan(t reflect.Type) *plan {
	if p, ok := c.registry.plans.Load(t); ok {
		return p.(*plan)
	}
	if p := c.made[t]; p != nil {
		return p
	}
	p := &plan{typ: t}
	c.made[t] = p
	c.planBind(p)
	c.planEncode(p)
	return p
}

func (c *compiler) planBind(p *plan) {
	switch t := p.typ; {
	case t == timeType:
		p.bind = bindTime
	case t == lateType:
		p.late = true
	case t == packedType: // a wrapper is part of what is packed, and so is undefined
		p.bind, p.nulls = bindPacked, true
	case slices.Contains(bigTypes, t):
		p.bind = bindBig
	case reflect.PointerTo(t).Implements(unmarshalerType):
		p.bind = bindUnmarshaler
	case reflect.PointerTo(t).Implements(textUnmarshalerType):
		p.bind = bindTextUnmarshaler
	default:
		c.planBindKind(p)
	}
}

func (c *compiler) planBindKind(p *plan) {
	switch t := p.typ; t.Kind() {
	case reflect.Bool:
		p.bind = bindBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.bind = bindInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		p.bind = bindUint
	case reflect.Float32, reflect.Float64:
		p.bind = bindFloat
	case reflect.String:
		p.bind = bindString
	case reflect.Interface:
		p.bind, p.nulls = bindInterface, true
	case reflect.Pointer:
		c.planBindPointer(p)
	case reflect.Slice:
		c.planBindSlice(p)
	case reflect.Array:
		p.bind = c.arrayBinder(t)
	case reflect.Map:
		p.bind = c.mapBinder(t)
	case reflect.Struct:
		p.bind = c.structPlan(t).bind
	default:
		p.bind = bindNothing
	}
}
