package selector

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is the smallest piece of a selector that means something.
type token struct {
	kind tokenKind
	at   int    // bytes from the start of the text
	raw  string // as it was written
	text string // as it is meant: a keyword in upper case, a text without its quotes; the reason of a bad token
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	fixedToken
	nameToken
	textToken
	numberToken
	badToken // what no token begins with, or one without an end
)

// is reports whether the token is a keyword or symbol.
func (t *token) is(fixed string) bool { return t.kind == fixedToken && t.text == fixed }

// keywords are the names that a header cannot have without quotes: 3.8.1.1, "Identifiers cannot be".
var keywords = map[string]bool{
	"NULL": true, "TRUE": true, "FALSE": true, "NOT": true, "AND": true, "OR": true, "BETWEEN": true, "LIKE": true, "IN": true, "IS": true,
	"ESCAPE": true,
}

// symbols stand longest first, since one may begin another.
var symbols = [...]string{"<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "(", ")", ","}

// spaces are space, tab, form feed and line ends: 3.8.1.1, "Whitespace is the same as that defined for Java".
const spaces = " \t\f\r\n"

// A lexer cuts valid UTF-8 into tokens.
type lexer struct {
	text string
	pos  int
}

// next returns the next token; after the last one it returns the end, again and again.
func (l *lexer) next() token {
	l.pos = len(l.text) - len(strings.TrimLeft(l.text[l.pos:], spaces))
	rest := l.text[l.pos:]
	r, _ := utf8.DecodeRuneInString(rest)
	switch {
	case rest == "":
		return token{kind: endToken, at: l.pos}
	case r == '\'':
		return l.quoted(textToken, "'")
	case r == '"':
		return l.quoted(nameToken, `"`)
	case beginsNumber(rest):
		return l.take(numberToken, numberLength(rest))
	case isNameStart(r):
		return l.word(rest)
	default:
		return l.symbol(rest)
	}
}

// take returns the next n bytes as a token.
func (l *lexer) take(kind tokenKind, n int) token {
	raw := l.text[l.pos : l.pos+n]
	t := token{kind, l.pos, raw, raw}
	l.pos += n
	return t
}

// quoted returns a text or a name in quotes, in which a quote is written twice (SQL-92, 5.3 and 5.2).
func (l *lexer) quoted(kind tokenKind, mark string) token {
	end := l.pos
	for more := true; more; more = strings.HasPrefix(l.text[end:], mark) {
		n := strings.Index(l.text[end+1:], mark)
		if n < 0 {
			return l.bad("the quote " + mark + " that begins here has no end")
		}
		end += n + 2
	}
	t := l.take(kind, end-l.pos)
	t.text = strings.ReplaceAll(t.raw[1:len(t.raw)-1], mark+mark, mark)
	if kind == nameToken && t.text == "" {
		return token{badToken, t.at, t.raw, "a name in quotes cannot be empty"}
	}
	return t
}

// word returns a name or a keyword.
func (l *lexer) word(rest string) token {
	n := len(rest)
	if i := strings.IndexFunc(rest, func(r rune) bool { return !isNamePart(r) }); i >= 0 {
		n = i
	}
	t := l.take(nameToken, n)
	if upper := upperASCII(t.raw); keywords[upper] {
		t.kind, t.text = fixedToken, upper
	}
	return t
}

func (l *lexer) symbol(rest string) token {
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			return l.take(fixedToken, len(s))
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	reason := quote(string(r)) + " means nothing here"
	switch r {
	case '!':
		reason += `; "not equal" is written <>`
	case '.', '@', '#', ':':
		reason += "; a name with other characters than letters, digits, _ and $ stands in double quotes"
	}
	return l.bad(reason)
}

// bad returns a token that no rule accepts. There is none behind it: the parser goes no further.
func (l *lexer) bad(reason string) token {
	return token{kind: badToken, at: l.pos, text: reason}
}

// isNameStart is Java's Character.isJavaIdentifierStart.
func isNameStart(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Sc, unicode.Pc)
}

// isNamePart is Java's Character.isJavaIdentifierPart, control characters aside: nobody could see them.
func isNamePart(r rune) bool {
	return isNameStart(r) || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Cf)
}

// upperASCII leaves all but a to z alone, so that no letter of another script becomes part of a keyword.
func upperASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
