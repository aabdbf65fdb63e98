package value

import (
	"math"
	"reflect"
	"slices"
	"time"
)

// An Encoder turns Go values into the tokens of one unit. What the same pointer, map or list of anys stands for twice is written
// once and referred to, where the Writer's format can; where it cannot it is written again, within the limits, and a value that
// contains itself is an error. It is used by one goroutine at a time.
type Encoder struct {
	writer   Writer
	fields   FieldWriter // writer, where it is one
	registry *Registry
	elements int    // still allowed
	bytes    int    // still allowed
	maxDepth int    // containers within each other
	depth    int    // of those that are open
	tok      Token  // the token being written, so that none is made per value
	text     string // what tok.Str points to
	refs     bool
	ids      map[place]int32 // what has been begun, and its ID
	begun    map[place]bool  // where there are no references: what has not been ended
	last     int32           // the last ID given
	pending  place           // gets an ID with the next container
	names    []string        // of the maps that are being written, in order
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
	l = l.WithDefaults()
	clear(e.ids)
	clear(e.begun)
	clear(e.names[:cap(e.names)])
	copies := e.copies
	copies.reset()
	fields, _ := w.(FieldWriter)
	*e = Encoder{writer: w, fields: fields, registry: registry, elements: l.Elements, bytes: l.Bytes, maxDepth: l.Depth, refs: w.Refs(),
		ids: e.ids, begun: e.begun, names: e.names[:0], copies: copies}
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
	case map[string]any:
		return e.plainMap(v)
	case []any:
		return e.plainList(v)
	case Late:
		return e.late(v)
	case Packed:
		return v.MarshalTokens(e)
	}
	rv := reflect.ValueOf(v)
	return e.registry.plan(rv.Type()).encode(e, rv)
}

// plainMap writes the map that objects without a type become, as the plan of its type would, without reflection. Its names are
// written in order, so that the same map always gives the same bytes.
func (e *Encoder) plainMap(m map[string]any) error {
	if m == nil {
		return e.scalar(KindNull, 0)
	}
	return e.shared(place{at: reflect.ValueOf(m).Pointer(), typ: plainMapType}, func() error {
		if err := e.begin(KindMap, len(m)); err != nil {
			return err
		}
		base := len(e.names)
		for name := range m {
			e.names = append(e.names, name)
		}
		slices.Sort(e.names[base:])
		for i := range len(m) {
			name := e.names[base+i]
			if err := e.writeText(KindName, name); err != nil {
				return err
			}
			if err := e.Encode(m[name]); err != nil {
				return WithinMember(name, err)
			}
		}
		e.names = e.names[:base]
		return e.end()
	})
}

// plainList writes the list that lists without a type become, likewise.
func (e *Encoder) plainList(list []any) error {
	if len(list) == 0 {
		return e.emptyList(list == nil)
	}
	return e.shared(place{at: reflect.ValueOf(list).Pointer(), len: len(list), typ: plainListType}, func() error {
		if err := e.begin(KindList, len(list)); err != nil {
			return err
		}
		for i, v := range list {
			if err := e.Encode(v); err != nil {
				return WithinIndex(i, err)
			}
		}
		return e.end()
	})
}

func (e *Encoder) emptyList(isNil bool) error {
	if isNil {
		return e.scalar(KindNull, 0)
	}
	if err := e.begin(KindList, 0); err != nil {
		return err
	}
	return e.end()
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
	return e.registry.plan(v.Type()).encode(e, v)
}

// Write writes one token. Marshalers use it; IDs are the Encoder's business.
func (e *Encoder) Write(t *Token) error {
	t.ID = 0
	switch {
	case t.Kind.IsContainer():
		return e.open(t)
	case t.Kind == KindEnd:
		e.depth--
	case t.Kind.HasText():
		return e.writeLong(t)
	}
	return e.write(t)
}

// write passes a token on. All tokens go through here.
func (e *Encoder) write(t *Token) error {
	if e.elements--; e.elements < 0 {
		return Errorf(-1, ErrLimit, "more elements than the limit allows")
	}
	return e.writer.Write(t)
}

// writeLong passes on a token with bytes of its own.
func (e *Encoder) writeLong(t *Token) error {
	if e.bytes -= t.TextLen(); e.bytes < 0 {
		return Errorf(-1, ErrLimit, "more bytes than the limit allows")
	}
	return e.write(t)
}

// open passes on a token that begins a container, and gives it the ID of the value that it begins.
func (e *Encoder) open(t *Token) error {
	if e.depth++; e.depth > e.maxDepth {
		return Errorf(-1, ErrLimit, "values are nested too deeply")
	}
	if e.pending.typ != nil {
		e.last++
		t.ID = e.last
		if e.ids == nil {
			e.ids = map[place]int32{}
		}
		e.ids[e.pending] = t.ID
		e.pending = place{}
	}
	return e.write(t)
}

// shared writes what lies at p by f, or a reference to it where it has been written.
func (e *Encoder) shared(p place, f func() error) error {
	if id, ok := e.ids[p]; ok && e.refs {
		return e.Write(&Token{Kind: KindRef, Num: uint64(id)})
	}
	if !e.refs {
		if e.begun[p] {
			return Errorf(-1, ErrCycle, "a value contains itself, and the format cannot express that")
		}
		if e.begun == nil {
			e.begun = map[place]bool{}
		}
		e.begun[p] = true
		defer delete(e.begun, p)
		return f()
	}
	e.pending = p
	err := f()
	e.pending = place{} // a value without parts has taken no ID, and is written again next time
	return err
}

// scalar writes a token without text. What else is in e.tok means nothing to its kind.
func (e *Encoder) scalar(k Kind, num uint64) error {
	e.tok.Kind, e.tok.Num, e.tok.ID = k, num, 0
	return e.write(&e.tok)
}

func (e *Encoder) writeText(k Kind, s string) error {
	e.text = s
	e.tok.Kind, e.tok.ID, e.tok.Bytes, e.tok.Str = k, 0, nil, &e.text
	return e.writeLong(&e.tok)
}

func (e *Encoder) begin(k Kind, length int) error {
	e.tok = Token{Kind: k, Num: uint64(length)}
	return e.open(&e.tok)
}

func (e *Encoder) end() error {
	e.depth--
	return e.scalar(KindEnd, 0)
}

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
