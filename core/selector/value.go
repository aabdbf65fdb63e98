package selector

import (
	"math"
	"math/big"
	"time"
)

// A value is what a header, a literal or a calculation comes to. The zero value is NULL.
type value struct {
	kind    kind
	integer int64    // of integerKind; the bits of an uint64 of unsignedKind; 1 for TRUE and 0 for FALSE of boolKind
	float   float64  // of floatKind; never NaN
	text    string   // of textKind
	big     *big.Int // of bigKind; the caller's
}

type kind uint8

// The kinds; numbers stand last. An integer is of the first kind that can hold it, so equal integers have equal kinds.
const (
	nullKind kind = iota
	boolKind
	textKind
	integerKind
	unsignedKind // integers of 64 bits above the greatest int64
	bigKind      // integers of more than 64 bits
	floatKind
)

func (v value) isNumber() bool { return v.kind >= integerKind }

func textValue(s string) value { return value{kind: textKind, text: s} }

func integerValue(i int64) value { return value{kind: integerKind, integer: i} }

func boolValue(b bool) value {
	v := value{kind: boolKind}
	if b {
		v.integer = 1
	}
	return v
}

func unsignedValue(u uint64) value {
	if u <= math.MaxInt64 {
		return integerValue(int64(u))
	}
	return value{kind: unsignedKind, integer: int64(u)}
}

// floatValue returns NULL for what is not a number.
func floatValue(f float64) value {
	if math.IsNaN(f) {
		return value{}
	}
	return value{kind: floatKind, float: f}
}

func bigValue(b *big.Int) value {
	switch {
	case b == nil:
		return value{}
	case b.IsInt64():
		return integerValue(b.Int64())
	case b.IsUint64():
		return unsignedValue(b.Uint64())
	}
	return value{kind: bigKind, big: b}
}

// valueOf returns the value of a header.
func valueOf(x any) value {
	switch x := x.(type) {
	case bool:
		return boolValue(x)
	case string:
		return textValue(x)
	case float64:
		return floatValue(x)
	case float32:
		return floatValue(float64(x))
	case time.Time:
		return integerValue(x.UnixMilli()) // 3.8.1.3: "the standard Java long millisecond value"
	case *big.Int:
		return bigValue(x)
	}
	return integerOf(x)
}

// integerOf returns the value of Go's integer types, and NULL for whatever else there is.
func integerOf(x any) value {
	switch x := x.(type) {
	case int:
		return integerValue(int64(x))
	case int8:
		return integerValue(int64(x))
	case int16:
		return integerValue(int64(x))
	case int32:
		return integerValue(int64(x))
	case int64:
		return integerValue(x)
	case uint:
		return unsignedValue(uint64(x))
	case uint8:
		return integerValue(int64(x))
	case uint16:
		return integerValue(int64(x))
	case uint32:
		return integerValue(int64(x))
	case uint64:
		return unsignedValue(x)
	}
	return value{}
}

// truth is the value as a condition: only booleans are TRUE or FALSE.
func (v value) truth() truth {
	if v.kind != boolKind {
		return isUnknown
	}
	return truthOf(v.integer == 1)
}
