package json

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
)

// classMember is the name of the member that makes an object typed; it has to be the first one.
const classMember = "$class"

// maxShapes is how many classes a Reader remembers from unit to unit. Peers choose the names, so there must be an end.
const maxShapes = 256

// A Reader reads the tokens of one JSON text. Its zero value is ready for Reset.
type Reader struct {
	unit   []byte
	units  uint32 // how many units were read: marks of an earlier one are refused
	limits value.Limits
	err    error // why the unit cannot be read; nil: all of it is well-formed

	start int // where the token last read began
	cursor
	entered []cursor
	open    []byte // '[' or '{' for each open container; entered values stand on top of what was open before

	elements int
	scratch  []byte // the last text that had escapes
	shapes   map[string]*value.Shape

	input bytes.Buffer
	check jsontext.Decoder
}

// A cursor is what Enter puts aside and Leave takes back.
type cursor struct {
	pos    int
	base   int   // height of open where the values of this cursor stand
	done   bool  // the one value there was begun
	named  bool  // a Name was given out, its value is next
	lists  int   // how many of the open containers are arrays
	height int   // of open when it was put aside
	failed error // a limit was exceeded: nothing more can be read here, but behind Leave it can
}

var _ value.Reader = (*Reader)(nil)

// NewReader returns a Reader of unit. An ill-formed unit is reported by the first Next, or by Err before that.
func NewReader(unit []byte, l value.Limits) *Reader {
	r := &Reader{}
	r.Reset(unit, l)
	return r
}

// Reset makes r read unit, which must not change while r and its tokens are in use, and keeps what r learned of classes.
func (r *Reader) Reset(unit []byte, l value.Limits) {
	r.unit, r.limits, r.units = unit, l.WithDefaults(), r.units+1
	r.cursor, r.entered, r.open, r.elements, r.start = cursor{}, r.entered[:0], r.open[:0], 0, 0
	r.err = r.validate()
}

// Release lets go of the unit, for a Reader that waits for its next one. Marks of the unit are refused from now on.
func (r *Reader) Release() {
	r.unit, r.err, r.units = nil, errReleased, r.units+1
	r.input = bytes.Buffer{}
	r.check.Reset(&r.input)
}

var errReleased = value.Errorf(-1, value.ErrSyntax, "the unit was released")

// Start returns the offset where the token last read began.
func (r *Reader) Start() int { return r.start }

// Err returns why nothing can be read, an *value.Error, or nil.
func (r *Reader) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.failed
}

// validate checks the syntax of the whole unit. All that is behind it relies on this.
func (r *Reader) validate() error {
	if len(r.unit) > r.limits.Bytes {
		return value.Errorf(0, value.ErrLimit, "a JSON text over the limit of bytes")
	}
	r.input = *bytes.NewBuffer(r.unit)
	r.check.Reset(&r.input)
	if err := r.check.SkipValue(); err != nil {
		return r.syntaxError(err)
	}
	end := int(r.check.InputOffset())
	switch _, err := r.check.ReadToken(); {
	case err == nil:
		return value.Errorf(end, value.ErrSyntax, "more text behind the JSON value")
	case err != io.EOF:
		return r.syntaxError(err)
	}
	return nil
}

func (r *Reader) syntaxError(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return value.Errorf(len(r.unit), value.ErrTruncated)
	}
	offset := -1
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset, err = int(e.ByteOffset), e.Err
	}
	return value.Errorf(offset, value.ErrSyntax, err.Error())
}

// Next reads one token into t.
func (r *Reader) Next(t *value.Token) error {
	*t = value.Token{}
	if err := r.Err(); err != nil {
		return err
	}
	r.separators()
	if r.atEnd() {
		return io.EOF
	}
	r.start = r.pos
	if len(r.open) == r.base {
		r.done = true
		return r.value(t)
	}
	if c := r.unit[r.pos]; c == ']' || c == '}' {
		r.close()
		t.Kind = value.KindEnd
		return nil
	}
	if r.open[len(r.open)-1] == '{' && !r.named {
		t.Kind, t.Bytes, r.named = value.KindName, r.text(), true
		return nil
	}
	r.named = false
	return r.value(t)
}

// atEnd reports whether no value follows: the one value was read, or a mark stood behind the last element of an array.
func (r *Reader) atEnd() bool {
	if len(r.open) > r.base {
		return false
	}
	return r.done || r.pos == len(r.unit) || r.unit[r.pos] == ']' || r.unit[r.pos] == '}'
}

// separators goes to the next token. Which separator stands where was checked by validate.
func (r *Reader) separators() {
	for ; r.pos < len(r.unit); r.pos++ {
		switch r.unit[r.pos] {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return
		}
	}
}

func (r *Reader) value(t *value.Token) error {
	if r.elements++; r.elements > r.limits.Elements {
		return r.limit("more values than the limit")
	}
	switch r.unit[r.pos] {
	case 'n':
		t.Kind = value.KindNull
		r.pos += len("null")
	case 'f':
		t.Kind = value.KindBool
		r.pos += len("false")
	case 't':
		t.Kind, t.Num = value.KindBool, 1
		r.pos += len("true")
	case '"':
		t.Kind, t.Bytes = value.KindString, r.text()
	case '[':
		t.Kind, t.Num = value.KindList, value.Unknown
		return r.enterContainer('[')
	case '{':
		return r.object(t)
	default:
		t.Kind, t.Bytes = value.KindNumber, r.number()
	}
	return nil
}

// number reads up to what cannot belong to a number.
func (r *Reader) number() []byte {
	start := r.pos
	for ; r.pos < len(r.unit); r.pos++ {
		switch c := r.unit[r.pos]; {
		case '0' <= c && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
		default:
			return r.unit[start:r.pos]
		}
	}
	return r.unit[start:]
}

// text reads a string or a name. The result is a view into the unit or into scratch.
func (r *Reader) text() []byte {
	rest := r.unit[r.pos+1:]
	n := bytes.IndexByte(rest, '"')
	if bytes.IndexByte(rest[:n], '\\') < 0 {
		r.pos += n + 2
		return rest[:n]
	}
	start := r.pos
	r.pos = endOfText(r.unit, start)
	r.scratch, _ = jsontext.AppendUnquote(r.scratch[:0], r.unit[start:r.pos])
	return r.scratch
}

// endOfText returns the offset behind the string that begins at start.
func endOfText(unit []byte, start int) int {
	i := start + 1
	for unit[i] != '"' {
		if unit[i] == '\\' {
			i++
		}
		i++
	}
	return i + 1
}

// object opens a Map, or an Object where "$class" is its first member.
func (r *Reader) object(t *value.Token) error {
	if err := r.enterContainer('{'); err != nil {
		return err
	}
	if class := r.class(); len(class) > 0 {
		t.Kind, t.Shape = value.KindObject, r.shape(class)
		return nil
	}
	t.Kind, t.Num = value.KindMap, value.Unknown
	return nil
}

// class reads the member "$class" where it comes next and is a text that is not empty. Otherwise nothing was read.
func (r *Reader) class() []byte {
	start := r.pos
	r.separators()
	if r.unit[r.pos] == '"' && string(r.text()) == classMember {
		r.separators()
		if r.unit[r.pos] == '"' {
			if class := r.text(); len(class) > 0 {
				return class
			}
		}
	}
	r.pos = start
	return nil
}

func (r *Reader) shape(class []byte) *value.Shape {
	if s := r.shapes[string(class)]; s != nil {
		return s
	}
	s := &value.Shape{Class: string(class), Dynamic: true}
	if r.shapes == nil {
		r.shapes = make(map[string]*value.Shape)
	}
	if len(r.shapes) < maxShapes {
		r.shapes[s.Class] = s
	}
	return s
}

func (r *Reader) enterContainer(bracket byte) error {
	if len(r.open) >= r.limits.Depth {
		return r.limit("nested deeper than the limit")
	}
	if bracket == '[' {
		if r.lists++; r.lists > r.limits.Collections {
			return r.limit("arrays nested deeper than the limit")
		}
	}
	r.open = append(r.open, bracket)
	r.pos++
	return nil
}

// close reads the bracket that closes the innermost container.
func (r *Reader) close() {
	top := len(r.open) - 1
	if r.open[top] == '[' {
		r.lists--
	}
	r.open = r.open[:top]
	r.pos++
}

// limit ends the reading up to the next Leave.
func (r *Reader) limit(words string) error {
	r.failed = value.Errorf(r.pos, value.ErrLimit, words)
	return r.failed
}
