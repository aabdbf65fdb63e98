package value

import (
	"math"
	"math/big"
	"reflect"
	"strconv"
)

// bindInterface binds to an any what fits the value best, and to an interface with methods an object of a registered class.
func bindInterface(d *Decoder, t *Token, v reflect.Value) error {
	x, err := d.any(t)
	if err != nil {
		return err
	}
	if x == nil {
		v.SetZero()
		return nil
	}
	got := reflect.ValueOf(x)
	if !got.Type().AssignableTo(v.Type()) {
		return d.errorf(ErrType, "the value has not the methods that are wanted here")
	}
	v.Set(got)
	return nil
}

// anyNext reads a value.
func (d *Decoder) anyNext() (any, error) {
	if err := d.next(); err != nil {
		return nil, err
	}
	return d.anyToken()
}

// anyToken reads the value that the token last read begins.
func (d *Decoder) anyToken() (any, error) {
	switch t := &d.tok; {
	case t.Kind == KindRef:
		var x any
		err := d.bindRef(int32(t.Num), d.registry.plan(anyType), reflect.ValueOf(&x).Elem())
		return x, err
	case t.Kind >= KindName:
		return nil, d.errorf(ErrSyntax, "a value was expected, not "+article(t.Kind.String()))
	default:
		return d.any(t)
	}
}

func (d *Decoder) any(t *Token) (any, error) {
	switch t.Kind {
	case KindNull:
		return nil, nil
	case KindUndefined:
		return Undefined, nil
	case KindBool:
		return t.Num != 0, nil
	case KindInt, KindUint, KindFloat, KindNumber:
		return d.anyNumber(t)
	case KindString, KindText:
		var s string
		err := bindString(d, t, reflect.ValueOf(&s).Elem())
		return s, err
	case KindXML:
		return XML(t.Text()), d.charge(t.TextLen())
	case KindXMLDoc:
		return XMLDoc(t.Text()), d.charge(t.TextLen())
	case KindTime:
		ms := Date(math.Float64frombits(t.Num))
		if at, ok := ms.Time(); ok {
			return at, nil
		}
		return ms, nil
	}
	if known, ok := d.lookup(t.ID, anyType); ok {
		return known.Interface(), d.reader.Skip(t)
	}
	return d.anyReferable(t)
}

// anyNumber returns a float64, whatever the wire's type of number is; only an integer that a float64 cannot hold is an int64, a
// uint64 or a *big.Int, and what is larger than any float64 is a *big.Float.
func (d *Decoder) anyNumber(t *Token) (any, error) {
	f, err := t.float()
	switch {
	case t.Kind == KindFloat || (err == nil && math.Abs(f) < 1<<53):
		return f, nil
	case t.Kind == KindInt:
		return int64(t.Num), nil
	}
	if n, ok := t.int64(); ok {
		return n, nil
	}
	if n, ok := t.uint64(); ok {
		return n, nil
	}
	text := t.Text()
	size, ok := decimalSize(text)
	if !ok {
		return nil, d.errorf(ErrLimit, "a number with too many digits")
	}
	if err := d.charge(size); err != nil {
		return nil, err
	}
	if n, ok := new(big.Int).SetString(text, 10); ok {
		return n, nil
	}
	if err == nil {
		return f, nil
	}
	var b big.Float
	if !setBig(&b, text) {
		return nil, d.errorf(ErrSyntax, "not a number: "+strconv.Quote(text))
	}
	return &b, nil
}

// anyReferable reads a value that may have an ID, and records what it becomes before its content is read.
func (d *Decoder) anyReferable(t *Token) (any, error) {
	switch t.Kind {
	case KindBytes:
		if err := d.charge(anyBytes + t.TextLen()); err != nil {
			return nil, err
		}
		b := t.AppendText(make([]byte, 0, t.TextLen()))
		d.recordAny(t.ID, b)
		return b, nil
	case KindList:
		return d.anyList(t)
	case KindMap:
		if err := d.charge(ownBytes); err != nil {
			return nil, err
		}
		m := map[string]any{}
		d.recordAny(t.ID, m)
		return m, d.eachMember(func(name string, v any) { m[name] = v })
	case KindMixed:
		return anyOwn(d, t, new(Array))
	case KindVectorInt:
		return anyOwn(d, t, new(Vector[int32]))
	case KindVectorUint:
		return anyOwn(d, t, new(Vector[uint32]))
	case KindVectorDouble:
		return anyOwn(d, t, new(Vector[float64]))
	case KindVectorObject:
		return anyOwn(d, t, new(Vector[any]))
	case KindDictionary:
		return anyOwn(d, t, new(Dictionary))
	case KindObject:
		return d.anyObject(t)
	}
	return nil, d.errorf(ErrSyntax, "a value was expected, not "+article(t.Kind.String()))
}

func anyOwn[T Unmarshaler](d *Decoder, t *Token, v T) (any, error) {
	d.recordAny(t.ID, v)
	if err := d.charge(ownBytes); err != nil {
		return nil, err
	}
	return v, v.UnmarshalTokens(d, t)
}

func (d *Decoder) recordAny(id int32, x any) { d.record(id, anyType, reflect.ValueOf(x)) }

func (d *Decoder) anyList(t *Token) (any, error) {
	if t.Num == Unknown {
		var list []any
		err := d.growItems(d.registry.plan(anyType), anyBytes, reflect.ValueOf(&list).Elem())
		return list, err
	}
	n := int(t.Num)
	if n > d.elements {
		return nil, d.tooMany()
	}
	if err := d.charge((n + 1) * anyBytes); err != nil {
		return nil, err
	}
	list := make([]any, n)
	d.recordAny(t.ID, list)
	for i := range list {
		x, err := d.anyNext()
		if err != nil {
			return nil, WithinIndex(i, err)
		}
		list[i] = x
	}
	return list, d.end()
}

func (d *Decoder) anyObject(t *Token) (any, error) {
	if t.Shape.Wrapper {
		x, err := d.anyNext()
		if err != nil {
			return nil, err
		}
		return x, d.end()
	}
	c := d.registry.class(t.Shape.Class)
	if c == nil {
		return anyOwn(d, t, new(Object))
	}
	p := d.registry.plan(reflect.PointerTo(c.typ))
	v := reflect.New(p.typ).Elem()
	err := p.bind(d, t, v)
	return v.Interface(), err
}

// members reads the members of an object, or of the named part of an array, in their order.
func (d *Decoder) members(t *Token) (Members, error) {
	switch t.Kind {
	case KindMap, KindMixed, KindObject:
	case KindList:
		return Members{}, d.noMembers(t, reflect.ValueOf(Members{}))
	default:
		return nil, d.mismatch(t, reflect.ValueOf(Members{}))
	}
	m := Members{}
	if t.Kind == KindObject {
		if err := d.charge(len(t.Shape.Sealed) * mapItemBytes); err != nil {
			return nil, err
		}
		for _, name := range t.Shape.Sealed {
			x, err := d.anyNext()
			if err != nil {
				return nil, WithinMember(name, err)
			}
			m = append(m, Member{name, x})
		}
	}
	err := d.eachMember(func(name string, v any) { m = append(m, Member{name, v}) })
	return m, err
}

// eachMember reads names and values up to the End; what has no name is named by its place, as a dense value of an array is.
func (d *Decoder) eachMember(put func(name string, v any)) error {
	for dense := 0; ; {
		if err := d.next(); err != nil {
			return err
		}
		var name string
		switch d.tok.Kind {
		case KindEnd:
			return nil
		case KindName:
			name = d.tok.Text()
			if err := d.next(); err != nil {
				return err
			}
		default:
			name = strconv.Itoa(dense)
			dense++
		}
		x, err := d.anyToken()
		if err != nil {
			return WithinMember(name, err)
		}
		if err := d.charge(len(name) + mapItemBytes); err != nil {
			return err
		}
		put(name, x)
	}
}

// bindArray reads an array in both its parts.
func (d *Decoder) bindArray(a *Array, t *Token) error {
	switch t.Kind {
	case KindList, KindVectorInt, KindVectorUint, KindVectorDouble, KindVectorObject:
		return d.bindList(&a.Dense, t)
	case KindMixed:
	default:
		return d.mismatch(t, reflect.ValueOf(a).Elem())
	}
	for {
		if err := d.next(); err != nil {
			return err
		}
		name, named := "", d.tok.Kind == KindName
		if d.tok.Kind == KindEnd {
			return nil
		}
		if named {
			name = d.tok.Text()
			if err := d.next(); err != nil {
				return err
			}
		}
		x, err := d.anyToken()
		if err != nil {
			return err
		}
		if err := d.charge(len(name) + 32); err != nil {
			return err
		}
		if named {
			a.Assoc = append(a.Assoc, Member{name, x})
		} else {
			a.Dense = append(a.Dense, x)
		}
	}
}

func (d *Decoder) bindDictionary(y *Dictionary, t *Token) error {
	if t.Kind != KindDictionary {
		return d.mismatch(t, reflect.ValueOf(y).Elem())
	}
	y.Weak = t.Flag
	for i := 0; ; i++ {
		if err := d.next(); err != nil {
			return err
		}
		if d.tok.Kind == KindEnd {
			return nil
		}
		key, err := d.anyToken()
		if err != nil {
			return WithinIndex(i, err)
		}
		x, err := d.anyNext()
		if err != nil {
			return WithinIndex(i, err)
		}
		if err := d.charge(32); err != nil {
			return err
		}
		y.Entries = append(y.Entries, Entry{key, x})
	}
}
