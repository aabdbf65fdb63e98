// Package raw holds what every reader and writer of AMF shares: the markers of both versions and a bounds-checked input of
// big-endian fields. Sources: Adobe's AMF0 (2007) and AMF3 (2013) specifications.
package raw

// AMF0 type markers, AMF0 section 2.1.
const (
	Number0      = 0x00
	Boolean0     = 0x01
	String0      = 0x02
	Object0      = 0x03
	MovieClip0   = 0x04 // reserved
	Null0        = 0x05
	Undefined0   = 0x06
	Reference0   = 0x07
	ECMAArray0   = 0x08
	ObjectEnd0   = 0x09
	StrictArray0 = 0x0A
	Date0        = 0x0B
	LongString0  = 0x0C
	Unsupported0 = 0x0D
	RecordSet0   = 0x0E // reserved
	XMLDocument0 = 0x0F
	TypedObject0 = 0x10
	AVMPlus0     = 0x11 // one AMF3 value follows
)

// AMF3 type markers, AMF3 section 3.1.
const (
	Undefined3    = 0x00
	Null3         = 0x01
	False3        = 0x02
	True3         = 0x03
	Integer3      = 0x04
	Double3       = 0x05
	String3       = 0x06
	XMLDocument3  = 0x07
	Date3         = 0x08
	Array3        = 0x09
	Object3       = 0x0A
	XML3          = 0x0B
	ByteArray3    = 0x0C
	VectorInt3    = 0x0D
	VectorUint3   = 0x0E
	VectorDouble3 = 0x0F
	VectorObject3 = 0x10
	Dictionary3   = 0x11
)

// The range of an AMF3 integer, and the largest length or index that a U29 carries beside its flag bit.
const (
	MaxInt29 = 1<<28 - 1
	MinInt29 = -1 << 28
	MaxLen29 = 1<<28 - 1
)
