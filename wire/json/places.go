package json

import (
	"bytes"

	"github.com/patchbay-go/patchbay/core/value"
)

// Skip reads past the rest of the value that t, the last token read, began. What is skipped costs no tokens.
func (r *Reader) Skip(t *value.Token) error {
	if err := r.Err(); err != nil || !t.Kind.IsContainer() {
		return err
	}
	r.pos = endOfContainer(r.unit, r.pos) - 1
	r.close()
	return nil
}

// More reports whether the innermost open container, or what was entered, has another value.
func (r *Reader) More() bool {
	if r.Err() != nil {
		return false
	}
	r.separators()
	if len(r.open) == r.base {
		return !r.atEnd()
	}
	return r.unit[r.pos] != ']' && r.unit[r.pos] != '}'
}

// Raw reads past the next value and returns its text as the peer wrote it, a view into the unit.
func (r *Reader) Raw() ([]byte, error) {
	var t value.Token
	start := r.Mark().Offset
	if err := r.Next(&t); err != nil {
		return nil, err
	}
	if err := r.Skip(&t); err != nil {
		return nil, err
	}
	return r.unit[start:r.pos], nil
}

// endOfContainer returns the offset behind the bracket that closes a container, from any place between two of its tokens.
func endOfContainer(unit []byte, pos int) int {
	for depth := 1; ; {
		pos += bytes.IndexAny(unit[pos:], `"[]{}`)
		switch unit[pos] {
		case '"':
			pos = endOfText(unit, pos)
			continue
		case '[', '{':
			depth++
		default:
			depth--
		}
		pos++
		if depth == 0 {
			return pos
		}
	}
}

// Mark returns the place before the next value.
func (r *Reader) Mark() value.Mark {
	if r.Err() == nil {
		r.separators()
	}
	return value.Mark{Offset: r.pos, Unit: r.units}
}

// At reports that nothing can be referred to: JSON has no references.
func (r *Reader) At(int32) (value.Mark, bool) { return value.Mark{}, false }

// Enter goes to m: the value there comes next, then io.EOF until Leave.
func (r *Reader) Enter(m value.Mark) error {
	switch err := r.Err(); {
	case err != nil:
		return err
	case m.Unit != r.units || m.Offset > len(r.unit):
		return value.Errorf(m.Offset, value.ErrSyntax, "a place in another JSON text")
	case len(r.open)+len(r.entered) >= r.limits.Depth:
		return r.limit("nested deeper than the limit")
	}
	r.height = len(r.open)
	r.entered = append(r.entered, r.cursor)
	r.cursor = cursor{pos: m.Offset, base: len(r.open), lists: r.lists}
	return nil
}

// Leave goes back to before the last Enter.
func (r *Reader) Leave() {
	last := len(r.entered) - 1
	r.cursor, r.entered = r.entered[last], r.entered[:last]
	r.open = r.open[:r.height]
}
