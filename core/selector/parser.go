package selector

import (
	"slices"
	"strconv"
	"strings"
)

// The grammar, loosest first (3.8.1.1, and SQL-92, 8.12):
//
//	selector    = condition
//	condition   = conjunction { OR conjunction }
//	conjunction = negation { AND negation }
//	negation    = NOT negation | predicate
//	predicate   = sum [ comparison | between | in | like | null ]     in predicate.go
//	sum         = product { ("+" | "-") product }                     in operand.go
//	product     = signed { ("*" | "/") signed }
//	signed      = ("+" | "-") signed | primary
//	primary     = literal | name | "(" condition ")"

// A parser reads one selector. It looks one token ahead.
type parser struct {
	lexer lexer
	tok   token
	depth int
}

func parse(text string) (*node, error) {
	p := &parser{lexer: lexer{text: text}}
	p.advance()
	root, err := p.condition()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != endToken {
		return nil, p.expected("an operator or the end")
	}
	return root, root.mustBe(truthSort)
}

func (p *parser) condition() (*node, error) { return p.chain(p.conjunction, truthSort, "OR") }

func (p *parser) conjunction() (*node, error) { return p.chain(p.negation, truthSort, "AND") }

func (p *parser) negation() (*node, error) {
	at := p.tok.at
	if !p.accept("NOT") {
		return p.predicate()
	}
	n, err := p.nested(at, p.negation)
	if err != nil {
		return nil, err
	}
	return not(n, at), n.mustBe(truthSort)
}

// chain reads operands with operators of one precedence between them, which group from left to right.
func (p *parser) chain(operand func() (*node, error), want sort, operators ...string) (*node, error) {
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for p.tok.kind == fixedToken && slices.Contains(operators, p.tok.text) {
		operator := ops[p.tok.text]
		p.advance()
		right, err := operand()
		if err != nil {
			return nil, err
		}
		for _, n := range [...]*node{left, right} {
			if err := n.mustBe(want); err != nil {
				return nil, err
			}
		}
		left = &node{op: operator, sort: want, at: left.at, left: left, right: right}
	}
	return left, nil
}

// nested reads what stands one level deeper than the token at that place.
func (p *parser) nested(at int, read func() (*node, error)) (*node, error) {
	if p.depth == maxNesting {
		return nil, &SyntaxError{at, "a selector is nested at most " + strconv.Itoa(maxNesting) + " levels deep"}
	}
	p.depth++
	defer func() { p.depth-- }()
	return read()
}

func (p *parser) advance() { p.tok = p.lexer.next() }

// accept goes past a keyword or symbol if it is the next token.
func (p *parser) accept(fixed string) bool {
	if !p.tok.is(fixed) {
		return false
	}
	p.advance()
	return true
}

// expect goes past a keyword or symbol that has to stand here.
func (p *parser) expect(fixed string) error {
	if !p.accept(fixed) {
		return p.expected(strconv.Quote(fixed))
	}
	return nil
}

// expected returns the error of a token that is not what has to stand here.
func (p *parser) expected(what string) error {
	reason := what + " was expected, not " + quote(p.tok.raw)
	switch p.tok.kind {
	case endToken:
		reason = what + " was expected, but the selector ends"
	case badToken:
		reason = p.tok.text
	case fixedToken:
		if keywords[p.tok.text] && strings.HasPrefix(what, "a value") {
			reason += "; a header of that name stands in double quotes"
		}
	}
	return &SyntaxError{p.tok.at, reason}
}
