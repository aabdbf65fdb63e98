package value

import (
	"fmt"
	"io"
	"reflect"
	"slices"
)

// A Decoder binds the values of one unit to Go values. One Decoder serves all arguments of a call, so that an object that two of
// them share is one Go value; a new unit needs Reset. It is used by one goroutine at a time.
//
// Shared references and cycles are kept for pointers, maps, and what an any holds. A value that is bound to two types is bound
// twice. Errors are *Error, with path and offset.
type Decoder struct {
	reader   Reader
	fields   FieldReader // reader, where it is one
	registry *Registry
	elements int // still allowed
	bytes    int // still allowed
	tok      Token
	before   Mark      // the place before tok, where a Late may be bound to it
	bound    []binding // by ID: what the value with that ID has been bound to first
	others   map[identity]reflect.Value
	anew     []identity // what is being bound again at the place of a reference, the innermost last
	lates    bool       // a Late has been made, which goes on using the Decoder
}

// A binding is a Go value that a value with an ID has been bound to: one of a pointer type, or what an any holds.
type binding struct {
	typ reflect.Type
	val reflect.Value
}

// An identity is a value's ID and the type that it is bound to.
type identity struct {
	id  int32
	typ reflect.Type
}

var noClasses = NewRegistry()

// NewDecoder returns a Decoder for what r reads. A nil registry knows no classes.
func NewDecoder(r Reader, registry *Registry, l Limits) *Decoder {
	d := new(Decoder)
	d.Reset(r, registry, l)
	return d
}

// Reset makes the Decoder ready for another unit and keeps its memory.
func (d *Decoder) Reset(r Reader, registry *Registry, l Limits) {
	l = l.WithDefaults()
	if registry == nil {
		registry = noClasses
	}
	clear(d.bound)
	clear(d.others)
	fields, _ := r.(FieldReader)
	*d = Decoder{reader: r, fields: fields, registry: registry, elements: l.Elements, bytes: l.Bytes,
		bound: d.bound[:0], others: d.others, anew: d.anew[:0]}
}

// Reader returns what the Decoder reads.
func (d *Decoder) Reader() Reader { return d.reader }

// Bind reads the next value into what dst, a non-nil pointer, points to. Where no value follows it returns io.EOF.
func (d *Decoder) Bind(dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("value: bind to %T: not a pointer to something", dst)
	}
	return d.bindNext(d.registry.plan(v.Type().Elem()), v.Elem())
}

// Next reads one token and returns it; it is good until the next call of the Decoder.
func (d *Decoder) Next() (*Token, error) {
	d.before = d.reader.Mark()
	return &d.tok, d.next()
}

// BindToken is Bind for the value that the token last read by Next begins.
func (d *Decoder) BindToken(dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("value: bind to %T: not a pointer to something", dst)
	}
	return d.bindToken(d.registry.plan(v.Type().Elem()), v.Elem())
}

// Skip reads past the rest of the value that the token last read by Next begins.
func (d *Decoder) Skip() error { return d.reader.Skip(&d.tok) }

func (d *Decoder) next() error {
	if d.elements--; d.elements < 0 {
		return d.tooMany()
	}
	return d.reader.Next(&d.tok)
}

func (d *Decoder) tooMany() error {
	return d.errorf(ErrLimit, "more elements than the limit allows")
}

// nextFor is next before a value that p will bind.
func (d *Decoder) nextFor(p *plan) error {
	if p.late {
		d.before = d.reader.Mark()
	}
	return d.next()
}

// bindNext reads a value into v. It is next and bindToken in one: the path that every member of every object takes.
func (d *Decoder) bindNext(p *plan, v reflect.Value) error {
	if p.late {
		d.before = d.reader.Mark()
	}
	if d.elements--; d.elements < 0 {
		return d.tooMany()
	}
	t := &d.tok
	if err := d.reader.Next(t); err != nil {
		return err
	}
	if t.Kind <= KindUndefined || t.Kind >= KindName || p.late {
		return d.bindToken(p, v)
	}
	return p.bind(d, t, v)
}

// bindToken binds the value that the token last read begins. References and nulls are dealt with here, for all types.
func (d *Decoder) bindToken(p *plan, v reflect.Value) error {
	switch t := &d.tok; {
	case p.late:
		*v.Addr().Interface().(*Late) = d.lateAt(d.before)
		return d.reader.Skip(t)
	case t.Kind == KindRef:
		return d.bindRef(int32(t.Num), p, v)
	case t.Kind <= KindUndefined && !p.nulls:
		v.SetZero()
		return nil
	case t.Kind >= KindName:
		return d.errorf(ErrSyntax, "a value was expected, not "+article(t.Kind.String()))
	default:
		return p.bind(d, t, v)
	}
}

// bindRef binds what id names. If it has been bound to this type the same Go value is taken; else it is read again where it began.
func (d *Decoder) bindRef(id int32, p *plan, v reflect.Value) error {
	if known, ok := d.lookup(id, p.typ); ok {
		v.Set(known)
		return nil
	}
	key := identity{id, p.typ}
	if slices.Contains(d.anew, key) {
		return d.errorf(ErrCycle, "a value contains itself, and "+typeWords(p.typ)+" cannot express that")
	}
	at, ok := d.reader.At(id)
	if !ok {
		return d.errorf(ErrSyntax, "a reference to a value that has not begun")
	}
	if err := d.reader.Enter(at); err != nil {
		return err
	}
	d.anew = append(d.anew, key)
	err := d.bindNext(p, v)
	d.anew = d.anew[:len(d.anew)-1]
	d.reader.Leave()
	return err
}

// lookup returns what the value with that ID has been bound to as a typ.
func (d *Decoder) lookup(id int32, typ reflect.Type) (reflect.Value, bool) {
	if id == 0 {
		return reflect.Value{}, false
	}
	if int(id) < len(d.bound) && d.bound[id].typ == typ {
		return d.bound[id].val, true
	}
	if len(d.others) == 0 {
		return reflect.Value{}, false
	}
	v, ok := d.others[identity{id, typ}]
	return v, ok
}

// record notes what a value with an ID is bound to. It is called before the content is read, so that cycles resolve.
func (d *Decoder) record(id int32, typ reflect.Type, v reflect.Value) {
	if id == 0 {
		return
	}
	d.bytes -= bindingBytes // over the limit, the next charge says so; whatever is recorded is charged for
	for int(id) >= len(d.bound) {
		d.bound = append(d.bound, binding{})
	}
	if d.bound[id].typ == nil {
		d.bound[id] = binding{typ, v}
		return
	}
	if d.others == nil {
		d.others = map[identity]reflect.Value{}
	}
	d.others[identity{id, typ}] = v
}

// What is charged for a value beside its own size: for being known by its ID; and for what an any holds that points elsewhere.
const (
	bindingBytes = 48
	anyBytes     = 24 // with a float64 behind it; larger ones are charged as what they are
	ownBytes     = 64 // *Object, *Array, *Vector, *Dictionary, or the head of a map
)

// Charge accounts for n bytes that whoever binds values is about to take beside them, such as a list of Lates.
func (d *Decoder) Charge(n int) error { return d.charge(n) }

// charge accounts for n bytes that are about to be taken.
func (d *Decoder) charge(n int) error {
	if n > d.bytes {
		return d.errorf(ErrLimit, "more bytes than the limit allows")
	}
	d.bytes -= n
	return nil
}

// A Starter is a Reader that knows where the token it last read began.
type Starter interface{ Start() int }

// errorf returns an Error at the token last read.
func (d *Decoder) errorf(reason error, words string) error {
	offset := -1
	if s, ok := d.reader.(Starter); ok {
		offset = s.Start()
	}
	return Errorf(offset, reason, words)
}

// mismatch is the error for a token that does not fit the type of v.
func (d *Decoder) mismatch(t *Token, v reflect.Value) error {
	return d.errorf(ErrType, article(senderWords(t))+" cannot become "+typeWords(v.Type()))
}

// senderWords names a value as whoever sent it knows it: AMF and JSON say object where we say map.
func senderWords(t *Token) string {
	switch {
	case t.Kind == KindMap:
		return "object"
	case t.Kind == KindMixed:
		return "array"
	case t.Kind == KindObject && t.Shape.Class != "":
		return "object of class " + t.Shape.Class
	}
	return t.Kind.String()
}

// article puts a or an before a noun.
func article(noun string) string {
	switch noun[0] | 0x20 {
	case 'a', 'e', 'i', 'o':
		return "an " + noun
	}
	return "a " + noun
}

// typeWords names a Go type for whoever sent a value: without package paths, which are nobody's business.
func typeWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeWords(t.Elem())
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map:
		return "a map"
	case reflect.Interface:
		return "a value of that place"
	}
	if name := t.Name(); name != "" {
		return article(name)
	}
	return article(t.Kind().String())
}

// Late passes over the next value and returns it to be bound later.
func (d *Decoder) Late() (Late, error) {
	late := d.Ahead()
	if err := d.next(); err != nil {
		return Late{}, err
	}
	return late, d.reader.Skip(&d.tok)
}

// Ahead returns the next value without passing over it, so that binding it is the first pass over its bytes. The Decoder stays
// before it.
func (d *Decoder) Ahead() Late { return d.lateAt(d.reader.Mark()) }

func (d *Decoder) lateAt(m Mark) Late {
	d.lates = true
	return Late{Mark: m, decoder: d}
}

// IsZero reports whether there is no value at all, not even null.
func (l Late) IsZero() bool { return l.decoder == nil }

// Charge accounts for n bytes as Decoder.Charge does.
func (l Late) Charge(n int) error {
	if l.decoder == nil {
		return nil
	}
	return l.decoder.charge(n)
}

// Bind reads the value into what dst, a non-nil pointer, points to. It may be called again, with another type.
func (l Late) Bind(dst any) error {
	return l.Enter(func(d *Decoder) error { return d.Bind(dst) })
}

// Enter runs f with the value as the next and only one that d reads.
func (l Late) Enter(f func(*Decoder) error) error {
	if l.decoder == nil {
		return io.EOF
	}
	if err := l.decoder.reader.Enter(l.Mark); err != nil {
		return err
	}
	defer l.decoder.reader.Leave()
	return f(l.decoder)
}
