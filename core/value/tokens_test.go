package value_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

// A tape is a Reader over tokens in memory, and a Writer that records them: the seam without a format.
type tape struct {
	tokens []value.Token
	at     int
	noRefs bool
	frames []frame
}

type frame struct{ back, end int }

func (p *tape) limit() int {
	if n := len(p.frames); n > 0 {
		return p.frames[n-1].end
	}
	return len(p.tokens)
}

func (p *tape) Next(t *value.Token) error {
	if p.at >= p.limit() {
		return io.EOF
	}
	*t = p.tokens[p.at]
	p.at++
	return nil
}

func (p *tape) Skip(t *value.Token) error {
	if t.Kind.IsContainer() {
		p.at = p.after(p.at - 1)
	}
	return nil
}

// after returns the place behind the value that begins at i.
func (p *tape) after(i int) int {
	for depth := 0; i < len(p.tokens); i++ {
		switch k := p.tokens[i].Kind; {
		case k.IsContainer():
			depth++
		case k == value.KindEnd:
			depth--
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(p.tokens)
}

func (p *tape) Mark() value.Mark { return value.Mark{Offset: p.at} }

func (p *tape) At(id int32) (value.Mark, bool) {
	for i, t := range p.tokens {
		if t.ID == id {
			return value.Mark{Offset: i}, true
		}
	}
	return value.Mark{}, false
}

func (p *tape) Enter(m value.Mark) error {
	if len(p.frames) == 100 {
		return errors.New("too deep")
	}
	p.frames = append(p.frames, frame{p.at, p.after(m.Offset)})
	p.at = m.Offset
	return nil
}

func (p *tape) Leave() {
	p.at = p.frames[len(p.frames)-1].back
	p.frames = p.frames[:len(p.frames)-1]
}

func (p *tape) Start() int { return p.at - 1 }

func (p *tape) Write(t *value.Token) error {
	c := *t
	c.Bytes = t.AppendText(nil)
	if c.Bytes == nil {
		c.Bytes = []byte{}
	}
	c.Str = nil
	p.tokens = append(p.tokens, c)
	return nil
}

func (p *tape) Refs() bool { return !p.noRefs }

// String shows the tokens in one line: what a test compares and a person reads.
func (p *tape) String() string {
	var b strings.Builder
	for i, t := range p.tokens {
		if i > 0 && t.Kind != value.KindEnd {
			b.WriteByte(' ')
		}
		b.WriteString(show(t))
	}
	return b.String()
}

func show(t value.Token) string {
	id := ""
	if t.ID != 0 {
		id = fmt.Sprintf("#%d", t.ID)
	}
	switch t.Kind {
	case value.KindNull, value.KindUndefined:
		return t.Kind.String()
	case value.KindBool:
		return fmt.Sprint(t.Num != 0)
	case value.KindInt:
		return fmt.Sprint(int64(t.Num))
	case value.KindUint:
		return fmt.Sprintf("%du", t.Num)
	case value.KindFloat:
		return fmt.Sprintf("%gf", math.Float64frombits(t.Num))
	case value.KindTime:
		return fmt.Sprintf("%gms", math.Float64frombits(t.Num))
	case value.KindString:
		return fmt.Sprintf("%q", t.Text())
	case value.KindName:
		return t.Text() + ":"
	case value.KindRef:
		return fmt.Sprintf("@%d", t.Num)
	case value.KindList:
		return "[" + id
	case value.KindMap:
		return "{" + id
	case value.KindEnd:
		return " ."
	case value.KindObject:
		return fmt.Sprintf("%s(%s)%s", t.Shape.Class, strings.Join(t.Shape.Sealed, ","), id)
	}
	return fmt.Sprintf("%s(%s)%s", t.Kind, t.Text(), id)
}

// The tokens of the tests, short.
func null() value.Token  { return value.Token{Kind: value.KindNull} }
func undef() value.Token { return value.Token{Kind: value.KindUndefined} }
func boolean(b bool) value.Token {
	return value.Token{Kind: value.KindBool, Num: map[bool]uint64{true: 1}[b]}
}
func integer(n int64) value.Token   { return value.Token{Kind: value.KindInt, Num: uint64(n)} }
func uinteger(n uint64) value.Token { return value.Token{Kind: value.KindUint, Num: n} }
func float(f float64) value.Token {
	return value.Token{Kind: value.KindFloat, Num: math.Float64bits(f)}
}
func millis(f float64) value.Token {
	return value.Token{Kind: value.KindTime, Num: math.Float64bits(f)}
}
func end() value.Token         { return value.Token{Kind: value.KindEnd} }
func ref(id int32) value.Token { return value.Token{Kind: value.KindRef, Num: uint64(id)} }

func text(k value.Kind, s string) value.Token { return value.Token{Kind: k, Bytes: []byte(s)} }
func str(s string) value.Token                { return text(value.KindString, s) }
func name(s string) value.Token               { return text(value.KindName, s) }

func open(k value.Kind, id int32, n int) value.Token {
	return value.Token{Kind: k, ID: id, Num: uint64(n)}
}
func list(id int32, n int) value.Token { return open(value.KindList, id, n) }
func object(id int32) value.Token {
	return value.Token{Kind: value.KindMap, ID: id, Num: value.Unknown}
}

func class(id int32, alias string, sealed ...string) value.Token {
	return value.Token{Kind: value.KindObject, ID: id, Shape: &value.Shape{Class: alias, Sealed: sealed, Dynamic: true}}
}

func wrapper(id int32) value.Token {
	return value.Token{Kind: value.KindObject, ID: id, Shape: &value.Shape{
		Class: "flex.messaging.io.ArrayCollection", Sealed: []string{"source"}, Wrapper: true}}
}

func toks(t ...value.Token) []value.Token { return t }

func decoder(registry *value.Registry, tokens ...value.Token) *value.Decoder {
	return value.NewDecoder(&tape{tokens: tokens}, registry, value.Limits{})
}

func encoded(t *testing.T, registry *value.Registry, noRefs bool, values ...any) string {
	t.Helper()
	w := &tape{noRefs: noRefs}
	e := value.NewEncoder(w, registry, value.Limits{})
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			t.Fatalf("Encode(%v): %v", v, err)
		}
	}
	return w.String()
}
