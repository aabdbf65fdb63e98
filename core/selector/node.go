package selector

// A node is a piece of a parsed selector: a value or a condition. It is one type with a switch, and no interface, so that the compiler
// sees that the func which gives the headers stays on the caller's stack.
type node struct {
	op   op
	sort sort
	at   int // bytes from the start of the text

	left, right *node
	name        string   // of opHeader
	literal     value    // of opLiteral
	list        []value  // of opIn
	like        *pattern // of opLike and opNotLike
}

type op uint8

const (
	noOp op = iota
	opHeader
	opLiteral
	opPlus // the sign
	opMinus
	opAdd
	opSubtract
	opMultiply
	opDivide
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opIsNull
	opIn
	opLike
	opNotLike
	opNot
	opAnd
	opOr
)

// ops are the operators between two operands.
var ops = map[string]op{
	"+": opAdd, "-": opSubtract, "*": opMultiply, "/": opDivide, "AND": opAnd, "OR": opOr,
	"=": opEqual, "<>": opNotEqual, "<": opLess, "<=": opLessEqual, ">": opGreater, ">=": opGreaterEqual,
}

func (o op) compares() bool { return o >= opEqual && o <= opGreaterEqual }

// orders reports whether the operator asks which of two values is greater.
func (o op) orders() bool { return o >= opLess && o <= opGreaterEqual }

// A sort is what is known of a value without a message.
type sort uint8

const (
	anySort sort = iota // a header
	truthSort
	numberSort
	textSort
)

func (s sort) String() string { return [...]string{"a header", "a condition", "a number", "a text"}[s] }

// maybe reports whether a value of that sort may come of the node.
func (n *node) maybe(s sort) bool { return n.sort == s || n.sort == anySort }

// mustBe returns an error if no value of that sort can come of the node.
func (n *node) mustBe(s sort) error {
	if n.maybe(s) {
		return nil
	}
	return &SyntaxError{n.at, s.String() + " was expected, not " + n.sort.String()}
}

// weight is the number of nodes from this one on, values of lists included. LIKE, which may look at much text, is as heavy as many.
func (n *node) weight() int {
	if n == nil {
		return 0
	}
	weight := 1 + len(n.list) + n.left.weight() + n.right.weight()
	if n.like != nil {
		weight += maxQuick
	}
	return weight
}

func relation(operator op, left, right *node) *node {
	return &node{op: operator, sort: truthSort, at: left.at, left: left, right: right}
}

func not(n *node, at int) *node { return &node{op: opNot, sort: truthSort, at: at, left: n} }

func notIf(negated bool, n *node) *node {
	if negated {
		return not(n, n.at)
	}
	return n
}
