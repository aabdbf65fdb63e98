package value

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// What has no Go type of its own. Bound to an any, a value becomes the type named beside its kind in the table of doc.go.

// Undefined is ActionScript's undefined where a Go value has to tell it from nil.
type undefined struct{}

// Undefined is what an any holds for ActionScript's undefined. Typed destinations get their zero value instead.
var Undefined = undefined{}

// MarshalTokens writes undefined.
func (undefined) MarshalTokens(e *Encoder) error { return e.Write(&Token{Kind: KindUndefined}) }

// XML is an E4X document and XMLDoc a legacy one. They are text: nothing here parses them.
type (
	XML    string
	XMLDoc string
)

// MarshalTokens writes the document as XML.
func (x XML) MarshalTokens(e *Encoder) error { return e.writeText(KindXML, string(x)) }

// MarshalTokens writes the document as a legacy XML document.
func (x XMLDoc) MarshalTokens(e *Encoder) error { return e.writeText(KindXMLDoc, string(x)) }

// A Date is a point in time as ActionScript has it: milliseconds since 1970 in UTC, with fractions, NaN for an invalid one. An any
// gets one where time.Time cannot hold the value.
type Date float64

// MarshalTokens writes the date.
func (d Date) MarshalTokens(e *Encoder) error {
	return e.Write(&Token{Kind: KindTime, Num: math.Float64bits(float64(d))})
}

// Time returns the date as a time.Time in UTC, and whether one can hold it. Fractions below a nanosecond are rounded.
func (d Date) Time() (time.Time, bool) {
	ms := float64(d)
	if !(math.Abs(ms) <= maxDate) {
		return time.Time{}, false
	}
	whole := math.Floor(ms)
	if whole == ms {
		return time.UnixMilli(int64(ms)).UTC(), true
	}
	return time.UnixMilli(int64(whole)).Add(time.Duration(math.Round((ms - whole) * 1e6))).UTC(), true
}

// maxDate is the largest date of ECMAScript, 100,000,000 days either side of 1970 (ECMA-262, section 21.4.1.1).
const maxDate = 8.64e15

// DateOf returns t as milliseconds; what is below a millisecond is cut off, as every AMF peer does.
func DateOf(t time.Time) Date { return Date(t.UnixMilli()) }

// A Member is a named value.
type Member struct {
	Name  string
	Value any
}

// Members are named values in their order. As a Go value it is an ordered map: it takes and makes an object without class.
type Members []Member

// Get returns the value of the last member called name, and whether there is one.
func (m Members) Get(name string) (any, bool) {
	for _, member := range slices.Backward(m) {
		if member.Name == name {
			return member.Value, true
		}
	}
	return nil, false
}

// Set gives the member called name a value, and appends it where there is none.
func (m *Members) Set(name string, v any) {
	for i := range *m {
		if (*m)[i].Name == name {
			(*m)[i].Value = v
			return
		}
	}
	*m = append(*m, Member{name, v})
}

func (m Members) sort() {
	slices.SortFunc(m, func(a, b Member) int { return cmp.Compare(a.Name, b.Name) })
}

// MarshalTokens writes an object without class.
func (m Members) MarshalTokens(e *Encoder) error {
	if m == nil {
		return e.Write(&Token{Kind: KindNull})
	}
	if err := e.Write(&Token{Kind: KindMap, Num: uint64(len(m))}); err != nil {
		return err
	}
	return e.endMembers(m)
}

// UnmarshalTokens takes any object.
func (m *Members) UnmarshalTokens(d *Decoder, t *Token) error {
	o, err := d.members(t)
	*m = o
	return err
}

// An Object is an object of a class that the Registry does not know. It is data: nothing is made by its name.
type Object struct {
	Class   string
	Members Members
	// Sealed is how many of the Members, from the first, came by position; the others came by name.
	Sealed int
	// Dynamic says that the class allows members by name, even if this object has none.
	Dynamic bool
}

// MarshalTokens writes the object.
func (o *Object) MarshalTokens(e *Encoder) error {
	sealed := min(max(o.Sealed, 0), len(o.Members))
	shape := &Shape{Class: o.Class, Dynamic: o.Dynamic || sealed < len(o.Members), Sealed: make([]string, sealed)}
	for i := range sealed {
		shape.Sealed[i] = o.Members[i].Name
	}
	if err := e.Write(&Token{Kind: KindObject, Shape: shape}); err != nil {
		return err
	}
	for _, m := range o.Members[:sealed] {
		if err := e.Encode(m.Value); err != nil {
			return WithinMember(m.Name, err)
		}
	}
	return e.endMembers(o.Members[sealed:])
}

// UnmarshalTokens takes any object.
func (o *Object) UnmarshalTokens(d *Decoder, t *Token) (err error) {
	if t.Kind == KindObject {
		o.Class, o.Sealed, o.Dynamic = t.Shape.Class, len(t.Shape.Sealed), t.Shape.Dynamic
	} else {
		o.Dynamic = true
	}
	o.Members, err = d.members(t)
	return err
}

// An Array is an ActionScript array that has named members: the named part, then the dense one.
type Array struct {
	Assoc Members
	Dense []any
}

// List returns the values of an array that is a list: of a dense one, or of one whose names are "0", "1" and so on, each once
// and in any order.
func (a *Array) List() ([]any, bool) {
	if len(a.Dense) > 0 && len(a.Assoc) > 0 {
		return nil, false
	}
	if len(a.Assoc) == 0 {
		return a.Dense, true
	}
	list, seen := make([]any, len(a.Assoc)), make([]bool, len(a.Assoc))
	for _, m := range a.Assoc {
		i, ok := listIndex(m.Name, len(list))
		if !ok || seen[i] {
			return nil, false
		}
		list[i], seen[i] = m.Value, true
	}
	return list, true
}

// MarshalTokens writes the array with both its parts.
func (a *Array) MarshalTokens(e *Encoder) error {
	if err := e.Write(&Token{Kind: KindMixed, Num: uint64(len(a.Dense))}); err != nil {
		return err
	}
	if err := e.writeMembers(a.Assoc); err != nil {
		return err
	}
	for i, v := range a.Dense {
		if err := e.Encode(v); err != nil {
			return WithinIndex(i, err)
		}
	}
	return e.Write(&Token{Kind: KindEnd})
}

// UnmarshalTokens takes any array.
func (a *Array) UnmarshalTokens(d *Decoder, t *Token) error { return d.bindArray(a, t) }

// A Vector is an AMF3 vector: of int32, uint32 or float64, or a vector of objects: of any, and of every other type.
type Vector[T any] struct {
	Fixed bool   // its length cannot be changed by the client
	Class string // of the items of a vector of any; empty: all
	Items []T
}

// MarshalTokens writes the vector.
func (v *Vector[T]) MarshalTokens(e *Encoder) error {
	t := Token{Flag: v.Fixed, Num: uint64(len(v.Items))}
	switch any(v).(type) {
	case *Vector[int32]:
		t.Kind = KindVectorInt
	case *Vector[uint32]:
		t.Kind = KindVectorUint
	case *Vector[float64]:
		t.Kind = KindVectorDouble
	default:
		t.Kind, t.Bytes = KindVectorObject, []byte(v.Class)
	}
	if err := e.Write(&t); err != nil {
		return err
	}
	for i := range v.Items {
		if err := e.encodeItem(&v.Items[i]); err != nil {
			return WithinIndex(i, err)
		}
	}
	return e.Write(&Token{Kind: KindEnd})
}

// UnmarshalTokens takes a vector, and a list whose values fit.
func (v *Vector[T]) UnmarshalTokens(d *Decoder, t *Token) error {
	v.Fixed = t.Flag && t.Kind != KindList
	if t.Kind == KindVectorObject {
		v.Class = t.Text()
	}
	return d.bindList(&v.Items, t)
}

// A Dictionary is an AMF3 dictionary: pairs in their order, keys of any type, compared by nobody here.
type Dictionary struct {
	Weak    bool // the client may drop pairs whose key nobody else holds
	Entries []Entry
}

// An Entry is a pair of a Dictionary.
type Entry struct{ Key, Value any }

// MarshalTokens writes the dictionary.
func (y *Dictionary) MarshalTokens(e *Encoder) error {
	if err := e.Write(&Token{Kind: KindDictionary, Flag: y.Weak, Num: uint64(len(y.Entries))}); err != nil {
		return err
	}
	for i, p := range y.Entries {
		if err := e.Encode(p.Key); err != nil {
			return WithinIndex(i, err)
		}
		if err := e.Encode(p.Value); err != nil {
			return WithinIndex(i, err)
		}
	}
	return e.Write(&Token{Kind: KindEnd})
}

// UnmarshalTokens takes a dictionary.
func (y *Dictionary) UnmarshalTokens(d *Decoder, t *Token) error { return d.bindDictionary(y, t) }
