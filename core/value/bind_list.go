package value

import (
	"reflect"
	"strconv"
)

func (c *compiler) planBindSlice(p *plan) {
	items := c.sliceBinder(p)
	p.bind = items
	if p.typ.Elem().Kind() == reflect.Uint8 {
		p.bind = func(d *Decoder, t *Token, v reflect.Value) error {
			if t.Kind.IsContainer() {
				return items(d, t, v)
			}
			return bindBytes(d, t, v)
		}
	}
}

// firstItems is how many items of a list of unknown length get room at once.
const firstItems = 8

// bindStrings binds n strings and the End to a []string without looking at each by reflection.
func (d *Decoder) bindStrings(item *plan, n int, v reflect.Value) error {
	if err := d.charge(n * int(stringType.Size())); err != nil {
		return err
	}
	if d.elements -= n; d.elements < 0 {
		return d.tooMany()
	}
	list := make([]string, n)
	*v.Addr().Interface().(*[]string) = list
	for i := 0; ; i++ {
		read, err := d.fields.ReadStrings(list[i:])
		i += read
		if err != nil {
			return WithinIndex(i, err)
		}
		if i == n {
			return d.end()
		}
		if err := d.bindNext(item, v.Index(i)); err != nil {
			return WithinIndex(i, err)
		}
	}
}

// sliceBinder binds lists, vectors, and arrays whose names are "0", "1" and so on.
func (c *compiler) sliceBinder(p *plan) bindFunc {
	item, size := c.plan(p.typ.Elem()), int(p.typ.Elem().Size())
	return func(d *Decoder, t *Token, v reflect.Value) error {
		switch t.Kind {
		case KindList, KindVectorInt, KindVectorUint, KindVectorDouble, KindVectorObject:
			switch {
			case t.Num == Unknown:
				return d.growItems(item, size, v)
			case p.typ == stringsType && t.Kind == KindList && d.fields != nil:
				return d.bindStrings(item, int(t.Num), v)
			}
			return d.bindItems(item, size, int(t.Num), v)
		case KindMixed:
			return d.bindNumbered(item, size, v)
		case KindObject:
			if t.Shape.Wrapper {
				return d.bindWrapped(p, v)
			}
		}
		return d.mismatch(t, v)
	}
}

// bindItems binds n items and the End. The reader has compared n with what is left of its input.
func (d *Decoder) bindItems(item *plan, size, n int, v reflect.Value) error {
	if n > d.elements {
		return d.tooMany()
	}
	if err := d.charge(n * size); err != nil {
		return err
	}
	if n > v.Cap() || v.IsNil() {
		v.SetZero()
		v.Grow(n)
		if n == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
	}
	v.SetLen(n)
	for i := range n {
		if err := d.bindNext(item, v.Index(i)); err != nil {
			return WithinIndex(i, err)
		}
	}
	return d.end()
}

// growItems binds items up to the End.
func (d *Decoder) growItems(item *plan, size int, v reflect.Value) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for i := 0; ; i++ {
		if err := d.nextFor(item); err != nil {
			return err
		}
		if d.tok.Kind == KindEnd {
			return nil
		}
		if i == v.Cap() {
			if err := d.charge(max(i, firstItems) * size); err != nil {
				return err
			}
			v.Grow(max(i, firstItems))
		}
		v.SetLen(i + 1)
		if err := d.bindToken(item, v.Index(i)); err != nil {
			return WithinIndex(i, err)
		}
	}
}

// bindNumbered binds an array with names to a slice: the names must be "0" to "n-1", each once, in any order. Dense values, which
// stand behind the names, are numbered from 0 themselves, so the two do not mix; a name "length" is dropped, as BlazeDS does.
func (d *Decoder) bindNumbered(item *plan, size int, v reflect.Value) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	var seen []bool
	for n := 0; ; n++ {
		if err := d.nextFor(item); err != nil {
			return err
		}
		if d.tok.Kind == KindEnd {
			return d.noHoles(seen)
		}
		i := n
		if d.tok.Kind == KindName {
			if d.tok.TextIs("length") {
				n--
				if err := d.skipNext(); err != nil {
					return err
				}
				continue
			}
			var ok bool
			if i, ok = listIndex(d.tok.Text(), d.elements); !ok {
				return d.errorf(ErrType, "an array with the name "+strconv.Quote(d.tok.Text())+" cannot become a list")
			}
			if err := d.nextFor(item); err != nil {
				return err
			}
		}
		if err := d.placeItem(item, size, v, &seen, i); err != nil {
			return WithinIndex(i, err)
		}
	}
}

// placeItem binds the token last read to the i-th item.
func (d *Decoder) placeItem(item *plan, size int, v reflect.Value, seen *[]bool, i int) error {
	if grow := i + 1 - v.Len(); grow > 0 {
		if err := d.charge(grow * (size + 1)); err != nil {
			return err
		}
		v.Grow(grow)
		v.SetLen(i + 1)
		*seen = append(*seen, make([]bool, grow)...)
	}
	if (*seen)[i] {
		return d.errorf(ErrType, "an array has the same place twice")
	}
	(*seen)[i] = true
	return d.bindToken(item, v.Index(i))
}

func (d *Decoder) noHoles(seen []bool) error {
	for i, s := range seen {
		if !s {
			return d.errorf(ErrType, "an array without a value at "+strconv.Itoa(i)+" cannot become a list")
		}
	}
	return nil
}

// listIndex reads a name such as "12" as an index below limit.
func listIndex(name string, limit int) (int, bool) {
	i, err := strconv.ParseUint(name, 10, 31)
	return int(i), err == nil && int(i) < limit && strconv.FormatUint(i, 10) == name
}

// arrayBinder binds lists of at most the array's length; what is missing is zero.
func (c *compiler) arrayBinder(t reflect.Type) bindFunc {
	slice := c.plan(reflect.SliceOf(t.Elem()))
	return func(d *Decoder, tok *Token, v reflect.Value) error {
		s := reflect.New(slice.typ).Elem()
		if err := slice.bind(d, tok, s); err != nil {
			return err
		}
		if s.Len() > v.Len() {
			return d.errorf(ErrType, "a list of "+strconv.Itoa(s.Len())+" does not fit "+strconv.Itoa(v.Len())+" places")
		}
		v.SetZero()
		reflect.Copy(v, s)
		return nil
	}
}

// end reads the End of a container whose content is all read.
func (d *Decoder) end() error {
	if err := d.next(); err != nil {
		return err
	}
	if d.tok.Kind != KindEnd {
		return d.errorf(ErrSyntax, "the end of a list was expected, not "+article(d.tok.Kind.String()))
	}
	return nil
}

// skipNext passes over the next value.
func (d *Decoder) skipNext() error {
	if err := d.next(); err != nil {
		return err
	}
	return d.reader.Skip(&d.tok)
}

// bindWrapped binds what an ArrayCollection, ArrayList or ObjectProxy, whose token was just read, stands for.
func (d *Decoder) bindWrapped(p *plan, v reflect.Value) error {
	if err := d.bindNext(p, v); err != nil {
		return err
	}
	return d.end()
}

// bindList binds a list token to what dst, a pointer to a slice, points to.
func (d *Decoder) bindList(dst any, t *Token) error {
	v := reflect.ValueOf(dst).Elem()
	return d.registry.plan(v.Type()).bind(d, t, v)
}
