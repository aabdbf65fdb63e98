package value

import (
	"errors"
	"math"
	"reflect"
	"time"
)

// An Encoder turns Go values into the tokens of one unit. What the same pointer, map or list of anys stands for twice is written
// once and referred to, where the Writer's format can; where it cannot it is written again, within the limits, and a value that
// contains itself is an error. It is used by one goroutine at a time.
type Encoder struct {
	writer   Writer
	registry *Registry
	limits   Limits // defaults filled; what is left of Elements and Bytes
	tok      Token  // the token being written, so that none is made per value
	text     string // what tok.Str points to
	depth    int
	refs     bool
	ids      map[place]int32 // what has been begun, and its ID
	open     map[place]bool  // where there are no references: what has not been ended
	last     int32           // the last ID given
	pending  place           // gets an ID with the next token that can have one
	copies   copier          // for values that came encoded
}

// A place is the identity of a Go value: where it lies and its type, since a struct and its first field lie at one address.
type place struct {
	at  uintptr
	len int
	typ reflect.Type
}

// NewEncoder returns an Encoder onto w. A nil registry knows no classes.
func NewEncoder(w Writer, registry *Registry, l Limits) *Encoder {
	e := new(Encoder)
	e.Reset(w, registry, l)
	return e
}

// Reset makes the Encoder ready for another unit and keeps its memory.
func (e *Encoder) Reset(w Writer, registry *Registry, l Limits) {
	if registry == nil {
		registry = noClasses
	}
	clear(e.ids)
	clear(e.open)
	copies := e.copies
	copies.reset()
	*e = Encoder{writer: w, registry: registry, limits: l.WithDefaults(), refs: w.Refs(), ids: e.ids, open: e.open, copies: copies}
}

// Registry returns the classes that the Encoder knows.
func (e *Encoder) Registry() *Registry { return e.registry }

// Encode writes v. A type with MarshalTokens writes itself; a Late is written as it came. Errors are *Error, with a path.
func (e *Encoder) Encode(v any) error {
	switch v := v.(type) {
	case nil:
		return e.scalar(KindNull, 0)
	case bool:
		return e.scalar(KindBool, bit(v))
	case string:
		return e.writeText(KindString, v)
	case int:
		return e.scalar(KindInt, uint64(v))
	case int32:
		return e.scalar(KindInt, uint64(v))
	case int64:
		return e.scalar(KindInt, uint64(v))
	case float64:
		return e.untypedNumber(v)
	case time.Time:
		return e.scalar(KindTime, math.Float64bits(float64(DateOf(v))))
	case Late:
		return e.late(v)
	}
	rv := reflect.ValueOf(v)
	return e.encode(e.registry.plan(rv.Type()), rv)
}

// untypedNumber writes a number whose place says nothing about its type as ActionScript would: an integer as one.
func (e *Encoder) untypedNumber(f float64) error {
	if n := int64(f); f == float64(n) && n >= -1<<28 && n < 1<<28 && !(n == 0 && math.Signbit(f)) {
		return e.scalar(KindInt, uint64(n))
	}
	return e.scalar(KindFloat, math.Float64bits(f))
}

// encodeItem writes what dst points to, with the type that it has.
func (e *Encoder) encodeItem(dst any) error {
	v := reflect.ValueOf(dst).Elem()
	return e.encode(e.registry.plan(v.Type()), v)
}

func (e *Encoder) encode(p *plan, v reflect.Value) error { return p.encode(e, v) }

// Write writes one token. Marshalers use it; IDs are the Encoder's business.
func (e *Encoder) Write(t *Token) error {
	if err := e.charge(t); err != nil {
		return err
	}
	t.ID = 0
	if e.pending.typ != nil {
		e.identify(t)
	}
	return e.writer.Write(t)
}

// charge accounts for a token before it is written.
func (e *Encoder) charge(t *Token) error {
	e.limits.Elements--
	e.limits.Bytes -= t.TextLen()
	switch {
	case e.limits.Elements < 0:
		return Errorf(-1, ErrLimit, "more elements than the limit allows")
	case e.limits.Bytes < 0:
		return Errorf(-1, ErrLimit, "more bytes than the limit allows")
	case t.Kind.IsContainer():
		e.depth++
		if e.depth > e.limits.Depth {
			return Errorf(-1, ErrLimit, "values are nested too deeply")
		}
	case t.Kind == KindEnd:
		e.depth--
	}
	return nil
}

// identify gives the token the ID of the value that it begins. A scalar gets none, and so the value is written again next time.
func (e *Encoder) identify(t *Token) {
	if t.Kind.IsContainer() {
		e.last++
		t.ID = e.last
		if e.ids == nil {
			e.ids = map[place]int32{}
		}
		e.ids[e.pending] = t.ID
	}
	e.pending = place{}
}

// shared writes what lies at p by f, or a reference to it where it has been written.
func (e *Encoder) shared(p place, f func() error) error {
	if id, ok := e.ids[p]; ok && e.refs {
		return e.Write(&Token{Kind: KindRef, Num: uint64(id)})
	}
	if !e.refs {
		if e.open[p] {
			return Errorf(-1, ErrCycle, "a value contains itself, and the format cannot express that")
		}
		if e.open == nil {
			e.open = map[place]bool{}
		}
		e.open[p] = true
		defer delete(e.open, p)
		return f()
	}
	e.pending = p
	return f()
}

func (e *Encoder) scalar(k Kind, num uint64) error {
	e.tok = Token{Kind: k, Num: num}
	return e.Write(&e.tok)
}

func (e *Encoder) writeText(k Kind, s string) error {
	e.text = s
	e.tok = Token{Kind: k, Str: &e.text}
	return e.Write(&e.tok)
}

func (e *Encoder) begin(k Kind, length int) error {
	e.tok = Token{Kind: k, Num: uint64(length)}
	return e.Write(&e.tok)
}

func (e *Encoder) end() error { return e.scalar(KindEnd, 0) }

// writeMembers writes names and values.
func (e *Encoder) writeMembers(m Members) error {
	for i := range m {
		if err := e.writeText(KindName, m[i].Name); err != nil {
			return err
		}
		if err := e.Encode(m[i].Value); err != nil {
			return WithinMember(m[i].Name, err)
		}
	}
	return nil
}

// endMembers writes the last members of an object and its End.
func (e *Encoder) endMembers(m Members) error {
	if err := e.writeMembers(m); err != nil {
		return err
	}
	return e.end()
}

// late writes a value that came encoded as it came.
func (e *Encoder) late(l Late) error {
	if l.IsZero() {
		return e.scalar(KindNull, 0)
	}
	return l.Enter(func(d *Decoder) error {
		e.copies.from(d.reader)
		return e.copies.value(e)
	})
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// errNotEncodable is the reason why a func or a channel cannot be sent.
var errNotEncodable = errors.New("has no form on the wire")
