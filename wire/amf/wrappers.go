package amf

import (
	"maps"
	"slices"

	"github.com/patchbay-go/patchbay/core/value"
)

// An ArrayCollection goes out as flex.messaging.io.ArrayCollection around its list, whatever UseCollections says. Formats
// without classes, and AMF0, write the list.
type ArrayCollection struct{ Source any }

// An ArrayList goes out as flex.messaging.io.ArrayList around its list.
type ArrayList struct{ Source any }

// An ObjectProxy goes out as flex.messaging.io.ObjectProxy around its object, whatever UseProxies says.
type ObjectProxy struct{ Object any }

// AsProxy is AmFast's name for what ObjectProxy does.
type AsProxy = ObjectProxy

// AsNoProxy goes out as a plain object even where UseProxies is set.
type AsNoProxy map[string]any

// AsByteArray is text that goes out as a ByteArray.
type AsByteArray string

// AsError goes out as an object that ActionScript reads as an Error.
type AsError struct {
	ErrorID int // 5000 where it is 0, as AmFast has it
	Name    string
	Message string
}

const defaultErrorID = 5000

var (
	_ value.Marshaler = ArrayCollection{}
	_ value.Marshaler = ArrayList{}
	_ value.Marshaler = ObjectProxy{}
	_ value.Marshaler = AsNoProxy(nil)
	_ value.Marshaler = AsByteArray("")
	_ value.Marshaler = AsError{}
)

// MarshalTokens implements value.Marshaler.
func (c ArrayCollection) MarshalTokens(e *value.Encoder) error {
	return marshalWrapper(e, classArrayCollection, c.Source)
}

// MarshalTokens implements value.Marshaler.
func (l ArrayList) MarshalTokens(e *value.Encoder) error {
	return marshalWrapper(e, classArrayList, l.Source)
}

// MarshalTokens implements value.Marshaler.
func (p ObjectProxy) MarshalTokens(e *value.Encoder) error {
	return marshalWrapper(e, classObjectProxy, p.Object)
}

// marshalWrapper writes a wrapper and what it stands for. Each has a Shape of its own; the Writer compares them by content.
func marshalWrapper(e *value.Encoder, class string, inner any) error {
	shape := &value.Shape{Class: class, Sealed: []string{"source"}, Wrapper: true}
	if err := e.Write(&value.Token{Kind: value.KindObject, Shape: shape}); err != nil {
		return err
	}
	if err := e.Encode(inner); err != nil {
		return err
	}
	return e.Write(&value.Token{Kind: value.KindEnd})
}

// MarshalTokens implements value.Marshaler. The members go in the order of their names.
func (m AsNoProxy) MarshalTokens(e *value.Encoder) error {
	if m == nil {
		return e.Encode(nil)
	}
	if err := e.Write(&value.Token{Kind: value.KindMap, Num: uint64(len(m)), Flag: true}); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if err := e.Write(&value.Token{Kind: value.KindName, Str: &name}); err != nil {
			return err
		}
		if err := e.Encode(m[name]); err != nil {
			return value.WithinMember(name, err)
		}
	}
	return e.Write(&value.Token{Kind: value.KindEnd})
}

// MarshalTokens implements value.Marshaler.
func (b AsByteArray) MarshalTokens(e *value.Encoder) error {
	return e.Write(&value.Token{Kind: value.KindBytes, Bytes: []byte(b)})
}

// MarshalTokens implements value.Marshaler.
func (a AsError) MarshalTokens(e *value.Encoder) error {
	shape := &value.Shape{Class: "Error", Sealed: []string{"errorID", "name", "message"}}
	if err := e.Write(&value.Token{Kind: value.KindObject, Shape: shape}); err != nil {
		return err
	}
	if a.ErrorID == 0 {
		a.ErrorID = defaultErrorID
	}
	for _, member := range []any{a.ErrorID, a.Name, a.Message} {
		if err := e.Encode(member); err != nil {
			return err
		}
	}
	return e.Write(&value.Token{Kind: value.KindEnd})
}
