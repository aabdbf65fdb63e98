package value

import (
	"strconv"
)

// Kind says what a Token is.
type Kind uint8

// The kinds. What a container holds follows as tokens of its own and is closed by one End.
const (
	KindInvalid   Kind = iota
	KindNull           // no content
	KindUndefined      // ActionScript's undefined; a format without it reads and writes Null
	KindBool           // Num: 0 or 1
	KindInt            // Num: an int64 in two's complement
	KindUint           // Num: a uint64
	KindFloat          // Num: the bits of a float64
	KindNumber         // Bytes: a decimal number as text, as JSON has it; exact
	KindText           // Bytes: a scalar whose type the wire does not tell (AMP); the destination decides
	KindString         // Bytes or Str: UTF-8 text
	KindBytes          // Bytes: octets
	KindTime           // Num: the bits of a float64, milliseconds since 1970 in UTC; may be NaN or infinite
	KindXML            // Bytes: an E4X document as text, never parsed
	KindXMLDoc         // Bytes: a legacy XMLDocument as text, never parsed

	// KindList: values, End. Num is their count, or Unknown. Flag: a plain array, whatever collections the writer is set to make.
	KindList
	// KindMap: an object without class and sealed members: Name and value alternate, End. Num is Unknown unless told.
	// Flag: a plain object, whatever proxies the writer is set to make.
	KindMap
	// KindMixed: an array with named members: Name and value alternate, then the dense values, End. Num is the count of the dense ones.
	KindMixed
	// KindVectorInt, KindVectorUint, KindVectorDouble: Int, Uint or Float tokens, End. Num is their count; Flag: of fixed length.
	KindVectorInt
	KindVectorUint
	KindVectorDouble
	// KindVectorObject: values, End. Num is their count; Flag: of fixed length; Bytes: the class of the items, empty for any.
	KindVectorObject
	// KindDictionary: key and value alternate, both any value, End. Num is the count of pairs; Flag: weak keys.
	KindDictionary
	// KindObject: the values of Shape.Sealed in order; then, where Shape.Dynamic, Name and value alternate; End.
	KindObject
	// KindName: Bytes or Str: the name of the member whose value comes next.
	KindName
	// End closes the innermost open container.
	KindEnd
	// KindRef: Num is the ID of a value that began earlier.
	KindRef
)

var kindNames = [...]string{"invalid", "null", "undefined", "bool", "int", "uint", "float", "number", "text", "string", "bytes",
	"time", "xml", "xml document", "list", "map", "mixed array", "vector of int", "vector of uint", "vector of double",
	"vector of object", "dictionary", "object", "name", "end", "reference"}

// String returns the kind's name for error texts.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// IsContainer reports whether tokens up to an End belong to a token of this kind.
func (k Kind) IsContainer() bool { return k >= KindList && k <= KindObject }

// HasText reports whether a token of this kind has a text: Bytes or Str.
func (k Kind) HasText() bool {
	switch k {
	case KindNumber, KindText, KindString, KindBytes, KindXML, KindXMLDoc, KindName:
		return true
	}
	return false
}

// Unknown is the Num of a container whose length the format does not tell before its content.
const Unknown = ^uint64(0)

// A Token is one step of a value. Which fields mean something depends on Kind; ID always does. The others may hold what an earlier
// token left there.
//
// Bytes is a view into the reader's input and dies with the next call of the reader. Where both Bytes and Str are set, Str is
// the reader's slot for the Go string of Bytes: empty until someone makes that string, so that a text that is referred to
// many times is made once. A token made from Go values has Str alone. Use AppendText, Text and IsEmpty and do not look.
type Token struct {
	Kind  Kind
	Flag  bool  // List, Map: plain. VectorX: of fixed length. Dictionary: weak keys
	ID    int32 // what a later Ref may name, dense from 1 over one unit's values; 0: nothing can
	Num   uint64
	Bytes []byte
	Str   *string
	Shape *Shape // Object: never nil
}

// Text returns the token's text as a Go string that may be kept.
func (t *Token) Text() string {
	if t.Str == nil {
		return string(t.Bytes)
	}
	if *t.Str == "" && len(t.Bytes) > 0 {
		*t.Str = string(t.Bytes)
	}
	return *t.Str
}

// TextLen returns the length of the token's text in bytes.
func (t *Token) TextLen() int {
	if t.Bytes == nil && t.Str != nil {
		return len(*t.Str)
	}
	return len(t.Bytes)
}

// AppendText appends the token's text to b.
func (t *Token) AppendText(b []byte) []byte {
	if t.Bytes == nil && t.Str != nil {
		return append(b, *t.Str...)
	}
	return append(b, t.Bytes...)
}

// TextIs reports whether the token's text is s, without making a string.
func (t *Token) TextIs(s string) bool {
	if t.Bytes == nil && t.Str != nil {
		return *t.Str == s
	}
	return string(t.Bytes) == s
}

// A Shape is what objects of one class have in common on the wire. A reader makes it once and hands out the same pointer for
// all objects that share it, so that binding plans can hang on it; writers compare Shapes by pointer, then by content.
// A Shape is not changed after its first use.
type Shape struct {
	Class   string   // the alias; empty: none
	Sealed  []string // names of the members that come by position
	Dynamic bool     // named members may follow the sealed ones
	// Wrapper marks ArrayCollection, ArrayList and ObjectProxy: an object with one sealed member that stands for the object
	// itself. Binders, and writers of formats without classes, pass through it.
	Wrapper bool
	// External says that the class writes itself; its members are those that its reader found.
	External bool

	plans []*shapePlan // what Decoders remember about this Shape; the Shape belongs to one Reader, which one goroutine uses at a time
}

// A Mark is a place between values of a unit: an offset into its bytes and the heights of the format's reference tables there.
// It is only good for the reader that made it, until that reader's next unit.
type Mark struct {
	Offset int
	Unit   uint32   // which of the reader's units; Enter refuses another
	Tables [6]int32 // the format's own
	Mode   uint8    // the format's own
}

// A Reader turns the bytes of one unit into tokens. It is used by one goroutine at a time.
type Reader interface {
	// Next reads one token into t. Where no further value follows it returns io.EOF; any other error is final and an *Error
	// with an offset.
	Next(t *Token) error
	// Skip reads past the rest of the value that t, the last token read, began. For a scalar it does nothing.
	Skip(t *Token) error
	// Mark returns the place before the next value.
	Mark() Mark
	// At returns where the referable value with that ID began, and whether there is one.
	At(id int32) (Mark, bool)
	// Enter goes to m: the value there comes next, then io.EOF until Leave. Enters nest and count as depth.
	Enter(m Mark) error
	// Leave goes back to before the last Enter, open containers and tables included.
	Leave()
}

// A Writer turns tokens into the bytes of one unit. It copies what it keeps. It is used by one goroutine at a time.
type Writer interface {
	// Write appends one token. An error is final: what was written of this unit is of no use.
	Write(t *Token) error
	// Refs reports whether the format has references. Where it has none Copy and Encoder write a shared value again, and a cycle
	// is an error.
	Refs() bool
}

// A Late, as a parameter, field or element, is passed over when it is bound and read when its type is known: by Bind on it. It
// can also be encoded as it is, in any protocol, without ever becoming a Go value. It is good until the call that it came
// with has been answered; Pack makes of it what can be kept.
type Late struct {
	Mark    Mark
	decoder *Decoder
}
