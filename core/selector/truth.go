package selector

// A truth is a value of SQL's three-valued logic. In this order AND is the least of two, OR the greatest, and NOT turns the sign
// (3.8.1.2, tables 3-4 to 3-6).
type truth int8

const (
	isFalse   truth = -1
	isUnknown truth = 0
	isTrue    truth = 1
)

func and(a, b truth) truth { return min(a, b) }

func or(a, b truth) truth { return max(a, b) }

func (t truth) not() truth { return -t }

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// value is the truth as an operand.
func (t truth) value() value {
	if t == isUnknown {
		return value{}
	}
	return boolValue(t == isTrue)
}
