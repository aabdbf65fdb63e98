package value

import (
	"encoding"
	"reflect"
	"strconv"
)

// mapItemBytes is what an entry of a map is charged beside its content.
const mapItemBytes = 64

// mapBinder binds objects and arrays to maps: the names of members and the indexes of dense values become keys. Dictionaries
// give their own keys.
func (c *compiler) mapBinder(t reflect.Type) bindFunc {
	key, item := c.plan(t.Key()), c.plan(t.Elem())
	return func(d *Decoder, tok *Token, v reflect.Value) error {
		if known, ok := d.lookup(tok.ID, t); ok {
			v.Set(known)
			return d.reader.Skip(tok)
		}
		if tok.Kind == KindObject && tok.Shape.Wrapper {
			return d.bindWrapped(d.registry.plan(t), v)
		}
		if tok.Kind == KindList {
			v.Set(reflect.MakeMap(t))
			return d.noMembers(tok, v)
		}
		if !tok.isMap() {
			return d.mismatch(tok, v)
		}
		if err := d.charge(ownBytes); err != nil {
			return err
		}
		v.Set(reflect.MakeMap(t))
		d.record(tok.ID, t, reflect.ValueOf(v.Interface()))
		b := mapFill{d: d, m: v, key: key, item: item}
		if tok.Kind == KindDictionary {
			return b.pairs()
		}
		return b.object(tok)
	}
}

func (t *Token) isMap() bool {
	switch t.Kind {
	case KindMap, KindObject, KindMixed, KindDictionary:
		return true
	}
	return false
}

// A mapFill puts entries into one map.
type mapFill struct {
	d         *Decoder
	m         reflect.Value
	key, item *plan
}

func (b *mapFill) object(t *Token) error {
	if t.Kind == KindObject {
		for _, name := range t.Shape.Sealed {
			if err := b.d.nextFor(b.item); err != nil {
				return err
			}
			if err := b.named(name); err != nil {
				return err
			}
		}
	}
	for dense := 0; ; {
		if err := b.d.nextFor(b.item); err != nil {
			return err
		}
		switch b.d.tok.Kind {
		case KindEnd:
			return nil
		case KindName:
			name := b.d.tok.Text()
			if err := b.d.nextFor(b.item); err != nil {
				return err
			}
			if err := b.named(name); err != nil {
				return err
			}
		default:
			if err := b.named(strconv.Itoa(dense)); err != nil {
				return err
			}
			dense++
		}
	}
}

// named binds the token last read as the item with the key that name stands for.
func (b *mapFill) named(name string) error {
	item := reflect.New(b.item.typ).Elem()
	if err := b.d.bindToken(b.item, item); err != nil {
		return WithinMember(name, err)
	}
	key := reflect.New(b.key.typ).Elem()
	if !setKey(key, name) {
		return WithinMember(name, b.d.errorf(ErrType, "the name cannot become "+typeWords(b.key.typ)))
	}
	return b.put(key, item, len(name))
}

func (b *mapFill) pairs() error {
	for i := 0; ; i++ {
		if err := b.d.next(); err != nil {
			return err
		}
		if b.d.tok.Kind == KindEnd {
			return nil
		}
		key, item := reflect.New(b.key.typ).Elem(), reflect.New(b.item.typ).Elem()
		if err := b.d.bindToken(b.key, key); err != nil {
			return WithinIndex(i, err)
		}
		if !key.Comparable() {
			return WithinIndex(i, b.d.errorf(ErrType, "a key of this type cannot be told from others"))
		}
		if err := b.d.bindNext(b.item, item); err != nil {
			return WithinIndex(i, err)
		}
		if err := b.put(key, item, 0); err != nil {
			return err
		}
	}
}

func (b *mapFill) put(key, item reflect.Value, size int) error {
	if err := b.d.charge(size + mapItemBytes + int(b.item.typ.Size()+b.key.typ.Size())); err != nil {
		return err
	}
	b.m.SetMapIndex(key, item)
	return nil
}

// setKey sets a key of a map from a member's name.
func setKey(key reflect.Value, name string) bool {
	if reflect.PointerTo(key.Type()).Implements(textUnmarshalerType) {
		return key.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(name)) == nil
	}
	switch key.Kind() {
	case reflect.String:
		key.SetString(name)
		return true
	case reflect.Interface:
		key.Set(reflect.ValueOf(name))
		return true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(name, 10, key.Type().Bits())
		key.SetInt(n)
		return err == nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(name, 10, key.Type().Bits())
		key.SetUint(n)
		return err == nil
	}
	return false
}

// planBindPointer binds a value to a new one behind a pointer, or to the one that the same value was bound to before.
func (c *compiler) planBindPointer(p *plan) {
	elem := c.plan(p.typ.Elem())
	p.bind = func(d *Decoder, t *Token, v reflect.Value) error {
		if known, ok := d.lookup(t.ID, p.typ); ok {
			v.Set(known)
			return d.reader.Skip(t)
		}
		if t.Kind == KindObject && t.Shape.Wrapper {
			return d.bindWrapped(p, v)
		}
		if err := d.charge(int(elem.typ.Size())); err != nil {
			return err
		}
		to := reflect.New(elem.typ)
		d.record(t.ID, p.typ, to)
		v.Set(to)
		return d.bindToken(elem, to.Elem())
	}
}
