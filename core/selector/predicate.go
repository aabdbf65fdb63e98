package selector

import "unicode/utf8"

// predicate reads a comparison, or a value that stands alone: a boolean header, TRUE, FALSE or what is in parentheses.
func (p *parser) predicate() (*node, error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	if operator, ok := p.comparison(); ok {
		return p.compare(operator, left)
	}
	if p.accept("IS") {
		return p.null(left)
	}
	negated := p.accept("NOT")
	switch {
	case p.accept("BETWEEN"):
		return p.between(left, negated)
	case p.accept("IN"):
		return p.in(left, negated)
	case p.accept("LIKE"):
		return p.like(left, negated)
	case negated:
		return nil, p.expected("BETWEEN, IN or LIKE")
	}
	return left, nil
}

// comparison returns the operator if the next token is one that compares.
func (p *parser) comparison() (op, bool) {
	if p.tok.kind != fixedToken {
		return 0, false
	}
	operator := ops[p.tok.text]
	return operator, operator.compares()
}

// compare reads the right side. = and <> compare whatever there is; the others, numbers alone (3.8.1.1: "String and Boolean comparison
// is restricted to = and <>").
func (p *parser) compare(operator op, left *node) (*node, error) {
	p.advance()
	right, err := p.sum()
	if err != nil {
		return nil, err
	}
	for _, n := range [...]*node{left, right} {
		if operator.orders() && !n.maybe(numberSort) {
			return nil, &SyntaxError{n.at, n.sort.String() + " is compared with = and <> alone"}
		}
	}
	if _, again := p.comparison(); again {
		return nil, &SyntaxError{p.tok.at, "a comparison is not compared again: join two with AND, or put one in parentheses"}
	}
	return relation(operator, left, right), nil
}

// null reads what follows IS.
func (p *parser) null(left *node) (*node, error) {
	negated := p.accept("NOT")
	if err := p.expect("NULL"); err != nil {
		return nil, err
	}
	return notIf(negated, &node{op: opIsNull, sort: truthSort, at: left.at, left: left}), nil
}

// between makes of both forms what they are equivalent to: 3.8.1.1, "age >= 15 AND age <= 19" and "age < 15 OR age > 19".
// What is left of it is evaluated twice; being arithmetic it has no BETWEEN in it, so that this never multiplies.
func (p *parser) between(left *node, negated bool) (*node, error) {
	low, err := p.sum()
	if err != nil {
		return nil, err
	}
	if err := p.expect("AND"); err != nil {
		return nil, err
	}
	high, err := p.sum()
	if err != nil {
		return nil, err
	}
	for _, n := range [...]*node{left, low, high} {
		if err := n.mustBe(numberSort); err != nil {
			return nil, err
		}
	}
	both := &node{op: opAnd, sort: truthSort, at: left.at, left: relation(opGreaterEqual, left, low), right: relation(opLessEqual, left, high)}
	if negated {
		both = &node{op: opOr, sort: truthSort, at: left.at, left: relation(opLess, left, low), right: relation(opGreater, left, high)}
	}
	return both, nil
}

// in reads a list of literals. Jakarta Messaging has texts alone; we take numbers too.
func (p *parser) in(left *node, negated bool) (*node, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	n := &node{op: opIn, sort: truthSort, at: left.at, left: left}
	for {
		item, err := p.item()
		if err != nil {
			return nil, err
		}
		n.list = append(n.list, item)
		if p.accept(",") {
			continue
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		return notIf(negated, n), nil
	}
}

// item reads a text or a number with or without a sign.
func (p *parser) item() (value, error) {
	minus := p.accept("-")
	signed := minus || p.accept("+")
	switch {
	case p.tok.kind == numberToken:
		n, err := p.number(minus, p.tok.at)
		if err != nil {
			return value{}, err
		}
		return n.literal, nil
	case p.tok.kind == textToken && !signed:
		text := p.tok.text
		p.advance()
		return textValue(text), nil
	case signed:
		return value{}, p.expected("a number")
	}
	return value{}, p.expected("a text or a number")
}

// like reads the pattern and its escape character, both literals.
func (p *parser) like(left *node, negated bool) (*node, error) {
	if err := left.mustBe(textSort); err != nil {
		return nil, err
	}
	text := p.tok
	if text.kind != textToken {
		return nil, p.expected("a pattern in single quotes")
	}
	p.advance()
	escape, err := p.escape()
	if err != nil {
		return nil, err
	}
	like, ok := compilePattern(text.text, escape)
	if !ok {
		return nil, &SyntaxError{text.at, `in a pattern, the escape character stands before "_", "%" or itself`}
	}
	n := &node{op: opLike, sort: truthSort, at: left.at, left: left, like: like}
	if negated {
		n.op = opNotLike
	}
	return n, nil
}

// escape reads ESCAPE and its character; noEscape where there is none.
func (p *parser) escape() (rune, error) {
	if !p.accept("ESCAPE") {
		return noEscape, nil
	}
	if p.tok.kind != textToken || utf8.RuneCountInString(p.tok.text) != 1 {
		return 0, p.expected("one character in single quotes")
	}
	r, _ := utf8.DecodeRuneInString(p.tok.text)
	p.advance()
	return r, nil
}
