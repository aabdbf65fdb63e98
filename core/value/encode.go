package value

import (
	"cmp"
	"encoding"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"time"
)

func (c *compiler) planEncode(p *plan) {
	switch t := p.typ; {
	case t == timeType:
		p.encode = encodeTime
	case t == lateType:
		p.encode = func(e *Encoder, v reflect.Value) error { return e.late(v.Interface().(Late)) }
	case t == packedType:
		p.encode = func(e *Encoder, v reflect.Value) error { return Packed(v.Bytes()).MarshalTokens(e) }
	case slices.Contains(bigTypes, t):
		p.encode = encodeBig
	case t.Implements(marshalerType) && t.Kind() != reflect.Interface:
		p.encode = encodeMarshaler
	case reflect.PointerTo(t).Implements(marshalerType) && t.Kind() != reflect.Interface:
		p.encode = encodeMarshalerAt
	case t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(textMarshalerType):
		p.encode = encodeTextMarshaler
	default:
		c.planEncodeKind(p)
	}
}

func (c *compiler) planEncodeKind(p *plan) {
	switch t := p.typ; t.Kind() {
	case reflect.Bool:
		p.encode = func(e *Encoder, v reflect.Value) error { return e.scalar(KindBool, bit(v.Bool())) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.encode = func(e *Encoder, v reflect.Value) error { return e.scalar(KindInt, uint64(v.Int())) }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		p.encode = encodeUint
	case reflect.Float32, reflect.Float64:
		p.encode = func(e *Encoder, v reflect.Value) error { return e.scalar(KindFloat, math.Float64bits(v.Float())) }
	case reflect.String:
		p.encode = func(e *Encoder, v reflect.Value) error { return e.writeText(KindString, v.String()) }
	case reflect.Interface:
		p.encode = encodeInterface
	case reflect.Pointer:
		p.encode = c.pointerEncoder(t)
	case reflect.Slice:
		p.encode = c.sliceEncoder(t)
	case reflect.Array:
		p.encode = c.listEncoder(t)
	case reflect.Map:
		p.encode = c.mapEncoder(t)
	case reflect.Struct:
		p.encode = c.structEncoder(t)
	default:
		p.encode = func(*Encoder, reflect.Value) error {
			return Errorf(-1, ErrEncode, t.String()+" has no form on the wire")
		}
	}
}

func encodeTime(e *Encoder, v reflect.Value) error {
	t, _ := reflect.TypeAssert[time.Time](v)
	return e.scalar(KindTime, math.Float64bits(float64(DateOf(t))))
}

func encodeUint(e *Encoder, v reflect.Value) error {
	if n := v.Uint(); n <= math.MaxInt64 {
		return e.scalar(KindInt, n)
	}
	return e.scalar(KindUint, v.Uint())
}

// encodeBig writes a big number as a decimal number; a ratio that has no end as its nearest float64.
func encodeBig(e *Encoder, v reflect.Value) error {
	var text string
	switch b := addressable(v).Addr().Interface().(type) {
	case *big.Int:
		text = b.String()
	case *big.Float:
		if b.IsInf() {
			return e.scalar(KindFloat, math.Float64bits(math.Inf(b.Sign())))
		}
		text = b.Text('g', -1)
	case *big.Rat:
		if b.IsInt() {
			text = b.Num().String()
			break
		}
		f, _ := b.Float64()
		text = strconv.FormatFloat(f, 'g', -1, 64)
	}
	return e.Write(&Token{Kind: KindNumber, Bytes: []byte(text)})
}

// addressable returns v, or a copy of it that has an address.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Elem()
}

func encodeMarshaler(e *Encoder, v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return e.scalar(KindNull, 0)
		}
		return e.shared(place{at: v.Pointer(), typ: v.Type()}, func() error { return v.Interface().(Marshaler).MarshalTokens(e) })
	}
	return v.Interface().(Marshaler).MarshalTokens(e)
}

func encodeMarshalerAt(e *Encoder, v reflect.Value) error {
	return addressable(v).Addr().Interface().(Marshaler).MarshalTokens(e)
}

func encodeTextMarshaler(e *Encoder, v reflect.Value) error {
	text, err := addressable(v).Addr().Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return Errorf(-1, ErrEncode, err.Error())
	}
	return e.writeText(KindString, string(text))
}

func encodeInterface(e *Encoder, v reflect.Value) error {
	if v.IsNil() {
		return e.scalar(KindNull, 0)
	}
	return e.Encode(v.Interface())
}

func (c *compiler) pointerEncoder(t reflect.Type) encodeFunc {
	elem := c.plan(t.Elem())
	return func(e *Encoder, v reflect.Value) error {
		if v.IsNil() {
			return e.scalar(KindNull, 0)
		}
		return e.shared(place{at: v.Pointer(), typ: t}, func() error { return elem.encode(e, v.Elem()) })
	}
}

func (c *compiler) sliceEncoder(t reflect.Type) encodeFunc {
	if t.Elem().Kind() == reflect.Uint8 {
		return func(e *Encoder, v reflect.Value) error {
			if v.IsNil() {
				return e.scalar(KindNull, 0)
			}
			return e.Write(&Token{Kind: KindBytes, Bytes: v.Bytes()})
		}
	}
	list, isAny := c.listEncoder(t), t.Elem().Kind() == reflect.Interface
	if t == stringsType {
		list = encodeStrings(list)
	}
	return func(e *Encoder, v reflect.Value) error {
		switch {
		case v.IsNil():
			return e.scalar(KindNull, 0)
		case isAny && v.Len() > 0: // only such a list can be within itself without a pointer or a map
			return e.shared(place{at: v.Pointer(), len: v.Len(), typ: t}, func() error { return list(e, v) })
		}
		return list(e, v)
	}
}

func (c *compiler) listEncoder(t reflect.Type) encodeFunc {
	item := c.plan(t.Elem())
	return func(e *Encoder, v reflect.Value) error {
		if err := e.begin(KindList, v.Len()); err != nil {
			return err
		}
		for i := range v.Len() {
			if err := item.encode(e, v.Index(i)); err != nil {
				return WithinIndex(i, err)
			}
		}
		return e.end()
	}
}

// encodeStrings writes a []string without looking at each by reflection, where the Writer can do that.
func encodeStrings(otherwise encodeFunc) encodeFunc {
	return func(e *Encoder, v reflect.Value) error {
		if e.fields == nil || !v.CanAddr() {
			return otherwise(e, v)
		}
		list := *v.Addr().Interface().(*[]string)
		if err := e.begin(KindList, len(list)); err != nil {
			return err
		}
		n, err := e.fields.WriteStrings(list)
		if err != nil {
			return WithinIndex(n, err)
		}
		e.elements -= n
		for i, s := range list[n:] {
			if err := e.writeText(KindString, s); err != nil {
				return WithinIndex(n+i, err)
			}
		}
		return e.end()
	}
}

func (c *compiler) mapEncoder(t reflect.Type) encodeFunc {
	if t == plainMapType {
		return func(e *Encoder, v reflect.Value) error { return e.plainMap(v.Interface().(map[string]any)) }
	}
	item := c.plan(t.Elem())
	content := encodeDictionary
	if name := keyName(t.Key()); name != nil {
		content = func(e *Encoder, v reflect.Value) error { return encodeNamed(e, v, name, item) }
	}
	return func(e *Encoder, v reflect.Value) error {
		if v.IsNil() {
			return e.scalar(KindNull, 0)
		}
		return e.shared(place{at: v.Pointer(), typ: t}, func() error { return content(e, v) })
	}
}

// keyName returns how keys of a type become names of members; nil: they do not.
func keyName(t reflect.Type) func(reflect.Value) (string, error) {
	if t.Implements(textMarshalerType) {
		return func(v reflect.Value) (string, error) {
			text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
			return string(text), err
		}
	}
	switch t.Kind() {
	case reflect.String:
		return func(v reflect.Value) (string, error) { return v.String(), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(v reflect.Value) (string, error) { return strconv.FormatInt(v.Int(), 10), nil }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(v reflect.Value) (string, error) { return strconv.FormatUint(v.Uint(), 10), nil }
	}
	return nil
}

// encodeNamed writes a map as an object, ordered by name so that the same map always gives the same bytes.
func encodeNamed(e *Encoder, v reflect.Value, name func(reflect.Value) (string, error), item *plan) error {
	type entry struct {
		name string
		val  reflect.Value
	}
	entries := make([]entry, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		n, err := name(it.Key())
		if err != nil {
			return Errorf(-1, ErrEncode, err.Error())
		}
		entries = append(entries, entry{n, it.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	if err := e.begin(KindMap, len(entries)); err != nil {
		return err
	}
	for _, en := range entries {
		if err := e.writeText(KindName, en.name); err != nil {
			return err
		}
		if err := item.encode(e, en.val); err != nil {
			return WithinMember(en.name, err)
		}
	}
	return e.end()
}

// encodeDictionary writes a map whose keys are no names. Its order is Go's, which is none.
func encodeDictionary(e *Encoder, v reflect.Value) error {
	if err := e.begin(KindDictionary, v.Len()); err != nil {
		return err
	}
	for it := v.MapRange(); it.Next(); {
		if err := e.Encode(it.Key().Interface()); err != nil {
			return err
		}
		if err := e.Encode(it.Value().Interface()); err != nil {
			return err
		}
	}
	return e.end()
}
