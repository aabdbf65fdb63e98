package syntax

// A Node is one value as it stands on the wire: one of the types of this file.
type Node interface {
	// Offset returns where the value's first byte, its type marker, stands. It is 0 for what was never bytes.
	Offset() int
}

// at is the offset of a node. 32 bits keep a tree of many small values small.
type at uint32

// Offset returns the offset of the first byte.
func (a at) Offset() int { return int(a) }

// NoID is the ID of a node whose description gives none.
const NoID = -1

// Scalars of both versions.
type (
	Null      struct{ at }
	Undefined struct{ at }
	// Unsupported is AMF0's marker 0x0D.
	Unsupported struct{ at }
	Bool        struct {
		at
		V bool
	}
	// Int is an AMF3 integer of 29 bits.
	Int struct {
		at
		V int32
	}
	// Double keeps its bits, so that every NaN stays what it was.
	Double struct {
		at
		Bits uint64
	}
	// String may hold bytes that are no UTF-8. Long: AMF0's marker 0x0C.
	String struct {
		at
		Long bool
		Text string
	}
	// Repeat is a string that AMF3 wrote as a reference to an earlier one; Document.Text resolves it.
	Repeat struct {
		at
		index uint32
	}
	// UID is an id of small messages that travels as 16 bytes. It takes a place among the objects.
	UID struct {
		at
		V [16]byte
	}
)

// Values that can be referred to. ID is the value's number in the object table.
type (
	// Ref stands for an earlier value.
	Ref struct {
		at
		ID int
	}
	// XML is an E4X document; Legacy: an XMLDocument, the only one that AMF0 has.
	XML struct {
		at
		Legacy bool
		ID     int
		Text   string
	}
	// Date0 is AMF0's date: the bits of its milliseconds and a zone that readers ignore. It has no number.
	Date0 struct {
		at
		Zone int16
		Bits uint64
	}
	// Date3 is AMF3's date.
	Date3 struct {
		at
		ID   int
		Bits uint64
	}
	// Bytes is a ByteArray.
	Bytes struct {
		at
		ID   int
		Data []byte
	}
)

// Containers of AMF0.
type (
	// Object0 is an object, anonymous where Class is empty.
	Object0 struct {
		at
		ID      int
		Class   string
		Members []Member
	}
	// ECMAArray is an array with names. Length is what it claims, Unclaimed the true count.
	ECMAArray struct {
		at
		ID      int
		Length  Length
		Members []Member
	}
	// StrictArray is a list. Args: the arguments of a request.
	StrictArray struct {
		at
		Args  bool
		ID    int
		Items []Node
	}
	// AVMPlus is an AMF3 value within AMF0, marker 0x11.
	AVMPlus struct {
		at
		Value Node
	}
)

// Containers of AMF3.
type (
	// Array has a part with names and a dense one.
	Array struct {
		at
		ID    int
		Assoc []Member
		Dense []Node
	}
	// Object3 is an object: the values of Traits.Sealed in their order, then members of its own.
	Object3 struct {
		at
		ID      int
		Traits  *Traits
		Use     TraitsUse
		Sealed  []Node
		Dynamic []Member
	}
	// External is an object of a class that writes itself. Which of Source, Entries and Fields it has depends on the class.
	External struct {
		at
		ID      int
		Traits  *Traits
		Use     TraitsUse
		Source  Node    // ArrayCollection, ArrayList, ObjectProxy: the value that they wrap
		Entries []Pair  // ManagedObjectProxy
		Fields  []Field // DSA, DSC, DSK, in the order of the wire
	}
	// NumberVector is a vector of int, uint or double; Items are 32 or 64 bits each.
	NumberVector struct {
		at
		Of    NumberType
		Fixed bool
		ID    int
		Items []uint64
	}
	// ObjectVector is a vector of values of a class; empty or "*" means any.
	ObjectVector struct {
		at
		Fixed bool
		ID    int
		Class string
		Items []Node
	}
	// Dictionary maps any value to any other.
	Dictionary struct {
		at
		Weak  bool
		ID    int
		Items []Pair
	}
)

// NumberType is what a NumberVector holds.
type NumberType uint8

// The number types of vectors.
const (
	OfInt NumberType = iota
	OfUint
	OfDouble
)

// String returns the name that descriptions use.
func (t NumberType) String() string { return [...]string{"int", "uint", "double"}[t] }

// A Member is a named value.
type Member struct {
	Name  string
	Value Node
}

// A Pair is a key and its value.
type Pair struct{ Key, Value Node }

// A Field is a member of a small message. Reserved ones have no name that anybody knows; readers drop them.
type Field struct {
	Name     string
	Value    Node
	Reserved bool
}

// Traits are what objects of one class have in common.
type Traits struct {
	Class    string
	Sealed   []string
	Dynamic  bool
	External bool
}

// A TraitsUse says how an object came by its traits: the number in the traits table that it refers to, or one of the constants.
type TraitsUse int

// How traits are written when not by number.
const (
	TraitsInline TraitsUse = -1
	TraitsAuto   TraitsUse = -2 // not told: by number where an equal one was written before, else inline
)
