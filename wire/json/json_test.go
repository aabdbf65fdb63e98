package json

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
)

// dump reads all of r's tokens as one line of text.
func dump(r *Reader) (string, error) {
	var b strings.Builder
	for {
		var t value.Token
		switch err := r.Next(&t); err {
		case nil:
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(show(&t))
		case io.EOF:
			return b.String(), nil
		default:
			return b.String(), err
		}
	}
}

// show writes a token as name, class in brackets, text in quotes.
func show(t *value.Token) string {
	switch t.Kind {
	case value.KindBool:
		return fmt.Sprint(t.Num != 0)
	case value.KindNumber:
		return t.Text()
	case value.KindString:
		return fmt.Sprintf("%q", t.Text())
	case value.KindName:
		return fmt.Sprintf("%q:", t.Text())
	case value.KindObject:
		return fmt.Sprintf("object<%s>", t.Shape.Class)
	}
	return t.Kind.String()
}

// The makers of tokens for the tables.

func kind(k value.Kind) value.Token { return value.Token{Kind: k} }

func text(k value.Kind, s string) value.Token { return value.Token{Kind: k, Str: &s} }

func view(k value.Kind, s string) value.Token { return value.Token{Kind: k, Bytes: []byte(s)} }

func number(k value.Kind, n uint64) value.Token { return value.Token{Kind: k, Num: n} }

func integer(n int64) value.Token { return number(value.KindInt, uint64(n)) }

func float(f float64) value.Token { return number(value.KindFloat, math.Float64bits(f)) }

func date(ms float64) value.Token { return number(value.KindTime, math.Float64bits(ms)) }

func dateOf(t time.Time) value.Token { return date(float64(t.UnixMilli())) }

func object(s value.Shape) value.Token { return value.Token{Kind: value.KindObject, Shape: &s} }

func str(s string) value.Token { return text(value.KindString, s) }

func name(s string) value.Token { return text(value.KindName, s) }

var (
	end        = kind(value.KindEnd)
	null       = kind(value.KindNull)
	list       = kind(value.KindList)
	mapping    = kind(value.KindMap)
	mixed      = kind(value.KindMixed)
	dictionary = kind(value.KindDictionary)
)

// written returns what a Writer makes of tokens.
func written(t testing.TB, l value.Limits, tokens ...value.Token) (string, error) {
	t.Helper()
	w := NewWriter([]byte("before "), l)
	for i := range tokens {
		if err := w.Write(&tokens[i]); err != nil {
			return "", err
		}
	}
	return strings.TrimPrefix(string(w.Bytes()), "before "), nil
}
