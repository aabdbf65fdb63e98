package selector

import "unicode/utf8"

// A pattern is what stands behind LIKE, in characters, which are Unicode's code points.
type pattern struct{ elements []rune }

// What no character is.
const (
	noEscape rune = -1 - iota
	anyOne        // _
	anyRun        // %, once where it is written many times
	noRune        // a byte of a header that is no UTF-8: one character, equal to none
)

// compilePattern returns false where the escape character stands before another one than _, % and itself (SQL-92, 8.5).
func compilePattern(text string, escape rune) (*pattern, bool) {
	p := &pattern{}
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			if r != '_' && r != '%' && r != escape {
				return nil, false
			}
			p.elements = append(p.elements, r)
			escaped = false
		case r == escape:
			escaped = true
		case r == '_':
			p.elements = append(p.elements, anyOne)
		case r == '%':
			p.addRun()
		default:
			p.elements = append(p.elements, r)
		}
	}
	return p, !escaped
}

func (p *pattern) addRun() {
	if n := len(p.elements); n == 0 || p.elements[n-1] != anyRun {
		p.elements = append(p.elements, anyRun)
	}
}

// match reports whether the pattern covers all of text. When a character does not fit, the last % takes one character more; those before it
// need never be looked at again, since what they took leaves the most for the rest. So the time is at most the product of both lengths,
// and where looks, which it counts down, are used up before the end, it is UNKNOWN whether they match.
func (p *pattern) match(text string, looks *int) truth {
	next, run, resume := 0, -1, 0 // the next element; the last % and where in text what follows it was tried
	for at := 0; at < len(text); *looks-- {
		if *looks <= 0 {
			return isUnknown
		}
		r, size := runeAt(text, at)
		switch {
		case next < len(p.elements) && p.elements[next] == anyRun:
			run, resume = next, at
			next++
		case next < len(p.elements) && (p.elements[next] == anyOne || p.elements[next] == r):
			next++
			at += size
		case run >= 0:
			_, skipped := runeAt(text, resume)
			resume += skipped
			next, at = run+1, resume
		default:
			return isFalse
		}
	}
	return truthOf(next == len(p.elements) || next == len(p.elements)-1 && p.elements[next] == anyRun)
}

func runeAt(text string, at int) (r rune, size int) {
	r, size = utf8.DecodeRuneInString(text[at:])
	if r == utf8.RuneError && size == 1 {
		r = noRune
	}
	return r, size
}
