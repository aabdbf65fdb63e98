package syntax

import (
	"errors"
	"fmt"

	"github.com/patchbay-go/patchbay/core/value"
)

// Kind says what a unit of bytes holds.
type Kind uint8

// The kinds of documents.
const (
	AMF0   Kind = iota // AMF0 values back to back
	AMF3               // AMF3 values back to back
	Remote             // a remoting packet, what an HTTP body carries
)

// KindNames lists what ParseKind takes.
const KindNames = "amf0, amf3 or packet"

// ParseKind returns the Kind with that name.
func ParseKind(name string) (Kind, error) {
	switch name {
	case "amf0":
		return AMF0, nil
	case "amf3":
		return AMF3, nil
	case "packet":
		return Remote, nil
	case "":
		return 0, errors.New("the kind is missing: it is " + KindNames)
	}
	return 0, fmt.Errorf("unknown kind %q: it is %s", name, KindNames)
}

// String returns the kind's name.
func (k Kind) String() string {
	switch k {
	case AMF0:
		return "amf0"
	case AMF3:
		return "amf3"
	}
	return "packet"
}

// A Document is one unit as a tree. It is made by Parse or Describe and not changed afterwards.
type Document struct {
	Kind   Kind
	Values []Node  // AMF0 and AMF3
	Packet *Packet // Remote

	strings []string // what the Repeats name
	size    int      // of what was parsed
}

// A Packet is an AMF remoting packet.
type Packet struct {
	Version  uint16
	Headers  []Header
	Bodies   []Body
	Trailing []byte // what follows the last body
}

// A Header is a packet's header.
type Header struct {
	at
	Name           string
	MustUnderstand bool
	Length         Length
	Actual         int // bytes that the value really takes; known when parsed
	Value          Node
}

// A Body is a packet's body: a request or a reply.
type Body struct {
	at
	Target   string
	Response string
	Length   Length
	Actual   int
	Value    Node
}

// A Length is what a packet claims about the size of a value. Unclaimed stands for the true one.
type Length int64

// Unclaimed is the Length of a description that does not give any.
const Unclaimed Length = -1

// Options say how to parse. Nil is fine, and so is every zero field.
type Options struct {
	// Limits bound what one unit may cost.
	Limits value.Limits
	// Wrappers are further externalizable classes whose content is one value, as an ArrayCollection's is.
	Wrappers []string
}

// maxRepeated bounds the text that a description repeats because references to strings and traits are resolved in it: it is
// streamed and takes no memory, but somebody has to read it.
const maxRepeated = 1 << 30
