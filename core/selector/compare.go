package selector

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
)

// related compares two values. With NULL the result is UNKNOWN; between values of unlike types it is FALSE, for <> too (3.8.1.1: "If the
// comparison of non-like type values is attempted, the value of the operation is false"). Only numbers have an order.
func related(operator op, a, b value) truth {
	switch {
	case a.kind == nullKind || b.kind == nullKind:
		return isUnknown
	case a.isNumber() && b.isNumber():
		return truthOf(holds(operator, compareNumbers(a, b)))
	case a.kind != b.kind || operator.orders():
		return isFalse
	}
	equal := a.text == b.text && a.integer == b.integer
	return truthOf(equal == (operator == opEqual))
}

// holds reports whether an operator is true of two numbers that compare like order and 0.
func holds(operator op, order int) bool {
	switch operator {
	case opEqual:
		return order == 0
	case opNotEqual:
		return order != 0
	case opLess:
		return order < 0
	case opLessEqual:
		return order <= 0
	case opGreater:
		return order > 0
	default:
		return order >= 0
	}
}

// compareNumbers compares by value. Java's promotion would first round an integer to a float, and 2^53 + 1 would equal 2.0^53; ids of
// 64 bits are worth more than that.
func compareNumbers(a, b value) int {
	switch {
	case a.kind == floatKind && b.kind == floatKind:
		return cmp.Compare(a.float, b.float)
	case a.kind == floatKind:
		return -compareWithFloat(b, a.float)
	case b.kind == floatKind:
		return compareWithFloat(a, b.float)
	}
	return compareIntegers(a, b)
}

func compareIntegers(a, b value) int {
	switch {
	case a.kind == bigKind && b.kind == bigKind:
		return a.big.Cmp(b.big)
	case a.kind == bigKind:
		return a.big.Sign() // it is beyond all that fit in 64 bits, on its side of zero
	case b.kind == bigKind:
		return -b.big.Sign()
	case a.kind != b.kind:
		return cmp.Compare(a.kind, b.kind)
	case a.kind == unsignedKind:
		return cmp.Compare(uint64(a.integer), uint64(b.integer))
	}
	return cmp.Compare(a.integer, b.integer)
}

// compareWithFloat compares an integer with a float that is a number.
func compareWithFloat(a value, f float64) int {
	const two63, two64 = 1 << 63, 1 << 64
	switch {
	case a.kind == bigKind:
		return compareBig(a.big, f)
	case f >= two64:
		return -1
	case a.kind == unsignedKind && f < two63:
		return 1
	case a.kind == unsignedKind:
		return cmp.Compare(uint64(a.integer), uint64(f)) // a float of that size has no fraction
	case f >= two63:
		return -1
	case f < -two63:
		return 1
	}
	whole, fraction := math.Modf(f)
	return cmp.Or(cmp.Compare(a.integer, int64(whole)), cmp.Compare(0, fraction))
}

// compareBig compares an integer of more than 64 bits with a float, and allocates nothing for it.
func compareBig(b *big.Int, f float64) int {
	switch {
	case b.Sign() < 0 != (f < 0):
		return b.Sign()
	case math.IsInf(f, 0):
		return -b.Sign()
	}
	fraction, exponent := math.Frexp(math.Abs(f)) // the fraction is in [1/2, 1), so the exponent is the number of bits before the point
	order := cmp.Or(cmp.Compare(b.BitLen(), exponent), cmp.Compare(leadingBits(b), uint64(math.Ldexp(fraction, 64))))
	if order == 0 && int(b.TrailingZeroBits()) < b.BitLen()-64 {
		order = 1 // the bits behind the leading ones
	}
	return order * b.Sign()
}

// leadingBits returns the 64 highest bits of an integer that has as many, its sign aside.
func leadingBits(b *big.Int) uint64 {
	var lead uint64
	words, missing := b.Bits(), 64
	for i := len(words) - 1; missing > 0; i-- {
		word := uint64(words[i])
		size := bits.UintSize
		if i == len(words)-1 {
			size = bits.Len64(word)
		}
		n := min(size, missing)
		lead = lead<<n | word>>(size-n)
		missing -= n
	}
	return lead
}
