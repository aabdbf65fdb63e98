package core

import (
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
)

// Plain data is what an any holds after a value was bound to it, classes of the application aside: nil, bool, int, int64, uint64,
// float64, *big.Int, string, []byte, time.Time, []any, map[string]any, and value's Undefined, Date, XML, XMLDoc, Members, *Array
// and *Object. It comes back from the store as it was set, a time to the nanosecond and in UTC. Other Go types are refused: nobody
// could know them in another process, or in the next version of the program.

// A plainTag numbers a type in the stored form. Numbers are never used again.
type plainTag = byte

const (
	tagNil plainTag = iota
	tagFalse
	tagTrue
	tagInt
	tagInt64
	tagUint64
	tagFloat64
	tagBigInt
	tagString
	tagBytes
	tagTime
	tagList
	tagMap
	tagUndefined
	tagDate
	tagXML
	tagXMLDoc
	tagMembers
	tagArray
	tagObject
)

// maxPlainDepth is how deep plain data may nest; what contains itself is over it.
const maxPlainDepth = 100

// plain appends a value of plain data.
func (w *formWriter) plain(v any, depth int) error {
	if depth > maxPlainDepth {
		return Invalid.Errorf("A session cannot keep what is nested more than %d deep.", maxPlainDepth)
	}
	if w.scalar(v) {
		return w.full()
	}
	switch v := v.(type) {
	case []any:
		w.tag(tagList)
		return w.plainList(v, depth)
	case map[string]any:
		w.tag(tagMap)
		return w.plainMap(v, depth)
	case value.Members:
		w.tag(tagMembers)
		return w.plainMembers(v, depth)
	case *value.Array:
		w.tag(tagArray)
		if err := w.plainMembers(v.Assoc, depth); err != nil {
			return err
		}
		return w.plainList(v.Dense, depth)
	case *value.Object:
		w.tag(tagObject)
		w.text(v.Class)
		w.int(int64(v.Sealed))
		w.bool(v.Dynamic)
		return w.plainMembers(v.Members, depth)
	}
	return Invalid.Errorf("A session cannot keep a value of that type.").WithCause(fmt.Errorf("attribute of Go type %T", v))
}

// full is the fault for plain data that is larger than it may be, so that writing it ends soon.
func (w *formWriter) full() error {
	if len(w.b) > w.most {
		return tooLargeToKeep(w.most)
	}
	return nil
}

func tooLargeToKeep(most int) error {
	return TooLarge.Errorf("A session cannot keep a value of more than %d bytes.", most)
}

// scalar appends a value without others in it, and reports whether v is one.
func (w *formWriter) scalar(v any) bool {
	switch v := v.(type) {
	case nil:
		w.tag(tagNil)
	case bool:
		w.bool(v)
	case int:
		w.tag(tagInt)
		w.int(int64(v))
	case int64:
		w.tag(tagInt64)
		w.int(v)
	case uint64:
		w.tag(tagUint64)
		w.uint(v)
	case float64:
		w.tag(tagFloat64)
		w.uint(math.Float64bits(v))
	case *big.Int:
		w.tag(tagBigInt)
		w.text(v.String())
	case string:
		w.tag(tagString)
		w.text(v)
	case []byte:
		w.tag(tagBytes)
		w.text(string(v))
	case time.Time:
		w.tag(tagTime)
		w.int(v.Unix())
		w.int(int64(v.Nanosecond()))
	case value.Date:
		w.tag(tagDate)
		w.uint(math.Float64bits(float64(v)))
	case value.XML:
		w.tag(tagXML)
		w.text(string(v))
	case value.XMLDoc:
		w.tag(tagXMLDoc)
		w.text(string(v))
	default:
		if v != any(value.Undefined) {
			return false
		}
		w.tag(tagUndefined)
	}
	return true
}

func (w *formWriter) tag(t plainTag) { w.b = append(w.b, t) }

func (w *formWriter) bool(v bool) {
	if v {
		w.tag(tagTrue)
	} else {
		w.tag(tagFalse)
	}
}

func (w *formWriter) plainList(list []any, depth int) error {
	w.uint(uint64(len(list)))
	for _, v := range list {
		if err := w.plain(v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *formWriter) plainMap(m map[string]any, depth int) error {
	w.uint(uint64(len(m)))
	for _, name := range sortedKeys(m) {
		w.text(name)
		if err := w.plain(m[name], depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *formWriter) plainMembers(members value.Members, depth int) error {
	w.uint(uint64(len(members)))
	for _, m := range members {
		w.text(m.Name)
		if err := w.plain(m.Value, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// plain takes off a value of plain data.
func (r *formReader) plain(depth int) any {
	if depth > maxPlainDepth || len(r.b) == 0 {
		r.fail()
		return nil
	}
	tag := r.b[0]
	r.b = r.b[1:]
	switch tag {
	case tagList:
		return r.plainList(depth)
	case tagMap:
		return r.plainMap(depth)
	case tagMembers:
		return r.plainMembers(depth)
	case tagArray:
		return &value.Array{Assoc: r.plainMembers(depth), Dense: r.plainList(depth)}
	case tagObject:
		return &value.Object{Class: r.text(), Sealed: int(r.int()), Dynamic: r.bool(), Members: r.plainMembers(depth)}
	}
	return r.scalar(tag)
}

func (r *formReader) scalar(tag plainTag) any {
	switch tag {
	case tagNil:
		return nil
	case tagFalse, tagTrue:
		return tag == tagTrue
	case tagInt:
		return int(r.int())
	case tagInt64:
		return r.int()
	case tagUint64:
		return r.uint()
	case tagFloat64:
		return math.Float64frombits(r.uint())
	case tagBigInt:
		return r.bigInt()
	case tagString:
		return r.text()
	case tagBytes:
		return append([]byte{}, r.bytes()...)
	case tagTime:
		return time.Unix(r.int(), r.int()).UTC()
	case tagUndefined:
		return value.Undefined
	case tagDate:
		return value.Date(math.Float64frombits(r.uint()))
	case tagXML:
		return value.XML(r.text())
	case tagXMLDoc:
		return value.XMLDoc(r.text())
	}
	r.fail()
	return nil
}

func (r *formReader) bool() bool {
	b := len(r.b) > 0 && r.b[0] == tagTrue
	if len(r.b) == 0 {
		r.fail()
		return false
	}
	r.b = r.b[1:]
	return b
}

func (r *formReader) bigInt() any {
	n, ok := new(big.Int).SetString(r.text(), 10)
	if !ok {
		r.fail()
		return nil
	}
	return n
}

func (r *formReader) plainList(depth int) []any {
	list := make([]any, r.count())
	for i := range list {
		list[i] = r.plain(depth + 1)
	}
	return list
}

func (r *formReader) plainMap(depth int) map[string]any {
	n := r.count()
	m := make(map[string]any, n)
	for range n {
		name := r.text()
		m[name] = r.plain(depth + 1)
	}
	return m
}

func (r *formReader) plainMembers(depth int) value.Members {
	members := make(value.Members, r.count())
	for i := range members {
		members[i] = value.Member{Name: r.text(), Value: r.plain(depth + 1)}
	}
	return members
}
