package selector

import "math"

// Arithmetic is Java's (3.8.1.1: "Arithmetic operations must use Java numeric promotion"): integers of 64 bits give integers, division cuts
// off the fraction, and with a float both sides are floats. What cannot be calculated is NULL: text and booleans, division by zero,
// integers that leave 64 bits, whether headers or results, which Java would wrap around.

// calculate applies one of + - * / to two values.
func calculate(operator op, a, b value) value {
	if a.kind == integerKind && b.kind == integerKind {
		return calculateIntegers(operator, a.integer, b.integer)
	}
	x, ok := a.toFloat()
	y, alsoOK := b.toFloat()
	if !ok || !alsoOK {
		return value{}
	}
	return calculateFloats(operator, x, y)
}

func (v value) toFloat() (f float64, ok bool) {
	switch v.kind {
	case floatKind:
		return v.float, true
	case integerKind:
		return float64(v.integer), true
	}
	return 0, false
}

func calculateFloats(operator op, x, y float64) value {
	switch operator {
	case opAdd:
		return floatValue(x + y)
	case opSubtract:
		return floatValue(x - y)
	case opMultiply:
		return floatValue(x * y)
	}
	if y == 0 {
		return value{}
	}
	return floatValue(x / y)
}

func calculateIntegers(operator op, x, y int64) value {
	switch operator {
	case opAdd:
		if sum := x + y; (sum > x) == (y > 0) {
			return integerValue(sum)
		}
	case opSubtract:
		if difference := x - y; (difference < x) == (y > 0) {
			return integerValue(difference)
		}
	case opMultiply:
		return multiply(x, y)
	case opDivide:
		return divide(x, y)
	}
	return value{}
}

func multiply(x, y int64) value {
	product := x * y
	if x != 0 && (product/x != y || x == -1 && y == math.MinInt64) {
		return value{}
	}
	return integerValue(product)
}

func divide(x, y int64) value {
	if y == 0 || x == math.MinInt64 && y == -1 {
		return value{}
	}
	return integerValue(x / y)
}

// signed applies a sign.
func signed(operator op, v value) value {
	switch {
	case !v.isNumber():
		return value{}
	case operator == opPlus:
		return v
	case v.kind == floatKind:
		return floatValue(-v.float)
	}
	return calculate(opSubtract, integerValue(0), v)
}
