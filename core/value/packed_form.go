package value

// The form of a Packed: a byte that numbers the form, then one value. A value is a byte with a tag and bits, and what the tag says:
//
//	int                         a varint with its sign in the lowest bit, as encoding/binary has it
//	uint                        a varint
//	float, time                 8 bytes, the lowest first: the bits of a float64
//	number, text, bytes, xml    a varint, the length, and that many bytes
//	string                      a text: a varint n. Where n is odd n/2 bytes follow; else it is the text number n/2-1
//	list                        count, values
//	map                         count, a text and a value for each; without a count a varint 0 in place of a further text
//	mixed array                 count of the dense values, texts and values, a varint 0, the dense values
//	vector                      count, then varints, 8 bytes each, or behind a text, the class, values
//	dictionary                  count, a key and a value for each
//	object                      a varint n: of shape number n-1, or for 0 of one that follows here: a text, the class, a byte of
//	                            flags, a varint, the count of its names, and these, texts. Then the sealed values; then, where it is
//	                            dynamic, texts and values, and a varint 0
//	reference                   a varint, the offset of what it refers to
//
// Texts that are not empty and shapes are numbered from 0 in the order in which they first stand. A count is a varint; one that was not
// known before its content was has four bytes, the lowest first, and is put in at the end. What has been given a number or a bit
// here keeps it; what is new gets a new one, and what old readers would take for something else a new form.
const packedForm = 1

// The tags, and the bits beside them.
const (
	packedTagNull = iota
	packedTagUndefined
	packedTagFalse
	packedTagTrue
	packedTagInt
	packedTagUint
	packedTagFloat
	packedTagNumber
	packedTagText
	packedTagString
	packedTagBytes
	packedTagTime
	packedTagXML
	packedTagXMLDoc
	packedTagList
	packedTagMap
	packedTagMixed
	packedTagVectorInt
	packedTagVectorUint
	packedTagVectorDouble
	packedTagVectorObject
	packedTagDictionary
	packedTagObject
	packedTagRef

	packedTagMask  = 1<<5 - 1
	packedBitLater = 1 << 5 // the count was not known before the content
	packedBitFlag  = 1 << 6 // Token.Flag
	packedBitID    = 1 << 7 // a reference to it follows somewhere
)

// The flags of a shape.
const (
	packedDynamic = 1 << iota
	packedWrapper
	packedExternal
)

// packedNull is null with its form.
const packedNull = "\x01\x00"

// packedKinds are the kinds of the tags.
var packedKinds = [...]Kind{KindNull, KindUndefined, KindBool, KindBool, KindInt, KindUint, KindFloat, KindNumber, KindText, KindString,
	KindBytes, KindTime, KindXML, KindXMLDoc, KindList, KindMap, KindMixed, KindVectorInt, KindVectorUint, KindVectorDouble,
	KindVectorObject, KindDictionary, KindObject, KindRef}

// packedTags are the tags of the kinds; the one of a bool that is true is the next.
var packedTags = [...]byte{KindNull: packedTagNull, KindUndefined: packedTagUndefined, KindBool: packedTagFalse, KindInt: packedTagInt,
	KindUint: packedTagUint, KindFloat: packedTagFloat, KindNumber: packedTagNumber, KindText: packedTagText, KindString: packedTagString,
	KindBytes: packedTagBytes, KindTime: packedTagTime, KindXML: packedTagXML, KindXMLDoc: packedTagXMLDoc, KindList: packedTagList,
	KindMap: packedTagMap, KindMixed: packedTagMixed, KindVectorInt: packedTagVectorInt, KindVectorUint: packedTagVectorUint,
	KindVectorDouble: packedTagVectorDouble, KindVectorObject: packedTagVectorObject, KindDictionary: packedTagDictionary,
	KindObject: packedTagObject, KindRef: packedTagRef}

// hasPackedFlag reports whether Flag means something to tokens of a kind.
func hasPackedFlag(k Kind) bool {
	return k.IsContainer() && k != KindMixed && k != KindObject
}

// A packedPhase is what comes next in an open container, or outside of all.
type packedPhase uint8

const (
	packedValue   packedPhase = iota // one value, then nothing more
	packedDone                       // nothing more
	packedItems                      // left values, then what then says
	packedNames                      // a name, or the end of the names and left values
	packedNamed                      // the value of a name; then packedNames
	packedPairs                      // left times a name and its value
	packedPaired                     // the value of a name; then packedPairs
	packedInts                       // left numbers of a vector
	packedUints                      //
	packedDoubles                    //
	packedClosed                     // End
	packedFailed                     // what cannot be read
)

// maxPacked is how long a Packed can be: offsets in it have 31 bits.
const maxPacked = 1<<31 - 1
