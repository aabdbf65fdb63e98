package selector

// A message is what a selector is evaluated for.
type message struct {
	header func(name string) any
	looks  int // how often LIKE may still look at a character
}

// truth evaluates a condition. AND and OR look at their right side only where it can matter.
func (n *node) truth(m *message) truth {
	switch n.op {
	case opAnd:
		left := n.left.truth(m)
		if left == isFalse {
			return isFalse
		}
		return and(left, n.right.truth(m))
	case opOr:
		left := n.left.truth(m)
		if left == isTrue {
			return isTrue
		}
		return or(left, n.right.truth(m))
	case opNot:
		return n.left.truth(m).not()
	case opIsNull:
		return truthOf(n.left.value(m).kind == nullKind)
	case opIn:
		return in(n.left.value(m), n.list)
	case opLike, opNotLike:
		return n.likeness(m, n.left.value(m))
	case opHeader, opLiteral:
		return n.value(m).truth()
	default:
		return related(n.op, n.left.value(m), n.right.value(m))
	}
}

// value evaluates an operand. A condition in parentheses may be one: it is a boolean, or NULL where it is UNKNOWN.
func (n *node) value(m *message) value {
	switch n.op {
	case opHeader:
		return valueOf(m.header(n.name))
	case opLiteral:
		return n.literal
	case opPlus, opMinus:
		return signed(n.op, n.left.value(m))
	case opAdd, opSubtract, opMultiply, opDivide:
		return calculate(n.op, n.left.value(m), n.right.value(m))
	default:
		return n.truth(m).value()
	}
}

// in is OR over comparisons, as 3.8.1.1 defines it; so a value that is neither NULL nor of the list's type is in no list.
func in(v value, list []value) truth {
	found := isFalse
	for _, item := range list {
		if found = or(found, related(opEqual, v, item)); found == isTrue {
			break
		}
	}
	return found
}

// likeness is a comparison like others: what is no text is neither LIKE nor NOT LIKE a pattern.
func (n *node) likeness(m *message, v value) truth {
	switch {
	case v.kind == nullKind:
		return isUnknown
	case v.kind != textKind:
		return isFalse
	case n.op == opNotLike:
		return n.like.match(v.text, &m.looks).not()
	}
	return n.like.match(v.text, &m.looks)
}
