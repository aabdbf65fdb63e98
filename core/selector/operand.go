package selector

func (p *parser) sum() (*node, error) { return p.chain(p.product, numberSort, "+", "-") }

func (p *parser) product() (*node, error) { return p.chain(p.signed, numberSort, "*", "/") }

// signed reads a value with signs before it. A minus before a number is the number's own, since the least integer is written with it.
func (p *parser) signed() (*node, error) {
	at, minus := p.tok.at, p.tok.is("-")
	if !minus && !p.tok.is("+") {
		return p.primary()
	}
	p.advance()
	if p.tok.kind == numberToken {
		return p.number(minus, at)
	}
	n, err := p.nested(at, p.signed)
	if err != nil {
		return nil, err
	}
	sign := &node{op: opPlus, sort: numberSort, at: at, left: n}
	if minus {
		sign.op = opMinus
	}
	return sign, n.mustBe(numberSort)
}

func (p *parser) primary() (*node, error) {
	t := p.tok
	switch {
	case t.kind == numberToken:
		return p.number(false, t.at)
	case t.kind == textToken:
		p.advance()
		return &node{op: opLiteral, sort: textSort, at: t.at, literal: textValue(t.text)}, nil
	case t.kind == nameToken:
		p.advance()
		return &node{op: opHeader, sort: anySort, at: t.at, name: t.text}, nil
	case p.accept("TRUE"):
		return &node{op: opLiteral, sort: truthSort, at: t.at, literal: boolValue(true)}, nil
	case p.accept("FALSE"):
		return &node{op: opLiteral, sort: truthSort, at: t.at, literal: boolValue(false)}, nil
	case p.accept("("):
		return p.parenthesized(t.at)
	case t.is("NULL"):
		return nil, &SyntaxError{t.at, "NULL is no value: IS NULL and IS NOT NULL ask for it"}
	}
	return nil, p.expected("a value")
}

// parenthesized reads what follows the parenthesis at that place, up to its end.
func (p *parser) parenthesized(at int) (*node, error) {
	n, err := p.nested(at, p.condition)
	if err != nil {
		return nil, err
	}
	return n, p.expect(")")
}

// number reads a number whose first character, or sign, is at that place.
func (p *parser) number(negative bool, at int) (*node, error) {
	v, reason := parseNumber(p.tok.raw, negative)
	if reason != "" {
		return nil, &SyntaxError{p.tok.at, reason}
	}
	p.advance()
	return &node{op: opLiteral, sort: numberSort, at: at, literal: v}, nil
}
