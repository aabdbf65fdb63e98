package value_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/json"
)

// numbered returns a token with an ID.
func numbered(t value.Token, id int32) value.Token {
	t.ID = id
	return t
}

func flagged(t value.Token) value.Token {
	t.Flag = true
	return t
}

func shaped(id int32, s value.Shape) value.Token {
	return value.Token{Kind: value.KindObject, ID: id, Shape: &s}
}

func vectorOf(class string, n int) value.Token {
	t := open(value.KindVectorObject, 0, n)
	t.Bytes = []byte(class)
	return t
}

const unknownLength = -1 // as an int, value.Unknown

// packable is every kind of token with all that it can say.
var packable = []struct {
	name   string
	form   string // in hex
	tokens []value.Token
	want   []value.Token // what is read; nil: tokens
}{
	{name: "undefined", form: "0101", tokens: toks(undef())},
	{name: "bools", form: "010e020302", tokens: toks(list(0, 2), boolean(true), boolean(false), end())},
	{name: "integers", form: "010e05040004010480808080804004ffffffffffffffffff0104feffffffffffffffff01",
		tokens: toks(list(0, 5), integer(0), integer(-1), integer(1<<40), integer(math.MinInt64), integer(math.MaxInt64), end())},
	{name: "unsigned", form: "010e02050005ffffffffffffffffff01", tokens: toks(list(0, 2), uinteger(0), uinteger(math.MaxUint64), end())},
	{name: "floats", form: "010e0406000000000000f83f06000000000000f0ff0600000000000000800601000000addef87f",
		tokens: toks(list(0, 4), float(1.5), float(math.Inf(-1)), float(math.Copysign(0, -1)),
			value.Token{Kind: value.KindFloat, Num: 0x7ff8dead00000001}, end())},
	{name: "decimals", form: "010e020704312e353007053165343030", tokens: toks(list(0, 2), text(value.KindNumber, "1.50"), text(value.KindNumber, "1e400"), end())},
	{name: "untyped text", form: "0108023132", tokens: toks(text(value.KindText, "12"))},
	{name: "strings", form: "010e040903610901090209a101c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9c3a9",
		tokens: toks(list(0, 4), str("a"), str(""), str("a"), str(strings.Repeat("é", 40)), end())},
	{name: "not UTF-8", form: "010905ff00", tokens: toks(str("\xff\x00"))},
	{name: "bytes", form: "010e020a0200010a00", tokens: toks(list(0, 2), text(value.KindBytes, "\x00\x01"), text(value.KindBytes, ""), end())},
	{name: "times", form: "010e030b000000000000e03f0b010000000000f87f0b000000000000f07f",
		tokens: toks(list(0, 3), millis(0.5), millis(math.NaN()), millis(math.Inf(1)), end())},
	{name: "XML", form: "010e020c043c612f3e0d043c622f3e", tokens: toks(list(0, 2), text(value.KindXML, "<a/>"), text(value.KindXMLDoc, "<b/>"), end())},
	{name: "empty list", form: "010e00", tokens: toks(list(0, 0), end())},
	{name: "plain list", form: "014e010402", tokens: toks(flagged(list(0, 1)), integer(1), end())},
	{name: "list of unknown length", form: "012e0200000004022e00000000", tokens: toks(list(0, unknownLength), integer(1), list(0, unknownLength), end(), end()),
		want: toks(list(0, 2), integer(1), list(0, 0), end(), end())},
	{name: "map", form: "012f036104020100022f0000", tokens: toks(object(0), name("a"), integer(1), name(""), null(), name("a"), object(0), end(), end())},
	{name: "counted map", form: "010f020361040203620f00", tokens: toks(open(value.KindMap, 0, 2), name("a"), integer(1), name("b"), open(value.KindMap, 0, 0), end(), end())},
	{name: "plain map", form: "016f00", tokens: toks(flagged(object(0)), end())},
	{name: "array with names", form: "0110010361040200090b64656e7365", tokens: toks(open(value.KindMixed, 0, 1), name("a"), integer(1), str("dense"), end())},
	{name: "array with names alone", form: "0110000330040200", tokens: toks(open(value.KindMixed, 0, 0), name("0"), integer(1), end())},
	{name: "array with names of unknown length", form: "01300100000003610402000404", tokens: toks(open(value.KindMixed, 0, unknownLength), name("a"), integer(1), integer(2), end()),
		want: toks(open(value.KindMixed, 0, 1), name("a"), integer(1), integer(2), end())},
	{name: "vector of int", form: "015102ffffffff0f0e", tokens: toks(flagged(open(value.KindVectorInt, 0, 2)), integer(math.MinInt32), integer(7), end())},
	{name: "vector of uint", form: "011201ffffffff0f", tokens: toks(open(value.KindVectorUint, 0, 1), uinteger(math.MaxUint32), end())},
	{name: "vector of uint, by ints", form: "01320100000005", tokens: toks(open(value.KindVectorUint, 0, unknownLength), integer(5), end()),
		want: toks(open(value.KindVectorUint, 0, 1), uinteger(5), end())},
	{name: "vector of double", form: "0113029a9999999999b93fbc0a00000000f87f", tokens: toks(open(value.KindVectorDouble, 0, 2), float(0.1), value.Token{Kind: value.KindFloat, Num: 0x7ff8000000000abc}, end())},
	{name: "vector of objects", form: "0154011d636f6d2e61636d652e4f7264657200", tokens: toks(flagged(vectorOf("com.acme.Order", 1)), null(), end())},
	{name: "vector of any", form: "01140101091d636f6d2e61636d652e4f72646572", tokens: toks(vectorOf("", 1), str("com.acme.Order"), end())},
	{name: "dictionary", form: "0155012f00090b76616c7565", tokens: toks(flagged(open(value.KindDictionary, 0, 1)), object(0), end(), str("value"), end())},
	{name: "dictionary of unknown length", form: "01350100000004020404", tokens: toks(open(value.KindDictionary, 0, unknownLength), integer(1), integer(2), end()),
		want: toks(open(value.KindDictionary, 0, 1), integer(1), integer(2), end())},
	{name: "object of a class", form: "0116001d636f6d2e61636d652e4f726465720102056964096e616d6504020904096d6f72650000",
		tokens: toks(class(0, "com.acme.Order", "id", "name"), integer(1), str("id"), name("more"), null(), end())},
	{name: "object without dynamic members", form: "0116000341000201036204020404", tokens: toks(shaped(0, value.Shape{Class: "A", Sealed: []string{"", "b"}}), integer(1), integer(2), end())},
	{name: "external object", form: "0116000744534b040109626f64790402", tokens: toks(shaped(0, value.Shape{Class: "DSK", Sealed: []string{"body"}, External: true}), integer(1), end())},
	{name: "wrapper", form: "01160043666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e02010d736f757263650e010402",
		tokens: toks(wrapper(0), list(0, 1), integer(1), end(), end())},
	{name: "shapes again", form: "010e031600034101010378000016000201000016010000", tokens: toks(list(0, 3), class(0, "A", "x"), null(), end(), class(0, "A"), end(), class(0, "A", "x"), null(), end(), end())},
	{name: "shared list", form: "010e038e0017031703", tokens: toks(list(0, 3), list(1, 0), end(), ref(1), ref(1), end())},
	{name: "shared scalars", form: "010e068b000000000000f03f8a01628c0178170f1703170c", tokens: toks(list(0, 6), numbered(millis(1), 1), numbered(text(value.KindBytes, "b"), 2), numbered(text(value.KindXML, "x"), 3),
		ref(3), ref(1), ref(2), end())},
	{name: "cycle", form: "01af056d65170100", tokens: toks(object(1), name("me"), ref(1), end())},
	{name: "the later first", form: "010e0496000341010000af00170a1703", tokens: toks(list(0, 4), class(1, "A"), end(), object(2), end(), ref(2), ref(1), end())},
	{name: "only what is referred to has an ID", form: "010e030e008e001705", tokens: toks(list(1, 3), list(2, 0), end(), list(3, 0), end(), ref(3), end()),
		want: toks(list(0, 3), list(0, 0), end(), list(1, 0), end(), ref(1), end())},
}

func TestPackedRoundTrip(t *testing.T) {
	for _, tt := range packable {
		t.Run(tt.name, func(t *testing.T) {
			p, err := value.Pack(&tape{tokens: tt.tokens}, value.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if want == nil {
				want = tt.tokens
			}
			got := unpacked(t, p)
			if diff := cmp.Diff(normal(want), normal(got)); diff != "" {
				t.Errorf("% x\nwant -, got +:\n%s", p, diff)
			}
			if err := p.Check(value.Limits{}); err != nil {
				t.Errorf("Check: %v", err)
			}
			again, err := value.Pack(&tape{tokens: got}, value.Limits{})
			if err != nil || !bytes.Equal(again, p) && tt.want == nil {
				t.Errorf("again: %v\ngot  % x\nwant % x", err, again, p)
			}
		})
	}
}

// unpacked returns the tokens of p, without the IDs that an Encoder gives beside those of p.
func unpacked(t *testing.T, p value.Packed) []value.Token {
	t.Helper()
	w := &tape{}
	if err := value.NewEncoder(w, nil, value.Limits{}).Encode(p); err != nil {
		t.Fatalf("%v\n% x", err, p)
	}
	return w.tokens
}

// A plain is what a token says.
type plain struct {
	Kind  string
	Flag  bool
	ID    int32
	Num   uint64
	Text  string
	Shape string
}

func normal(tokens []value.Token) []plain {
	all := make([]plain, 0, len(tokens))
	for _, t := range tokens {
		p := plain{Kind: t.Kind.String(), Flag: t.Flag, ID: t.ID, Num: t.Num}
		if t.Kind.HasText() || t.Kind == value.KindVectorObject {
			p.Text = t.Text()
		}
		if t.Kind == value.KindObject {
			p.Shape = fmt.Sprintf("%q %q dynamic=%v wrapper=%v external=%v", t.Shape.Class, t.Shape.Sealed, t.Shape.Dynamic, t.Shape.Wrapper, t.Shape.External)
		}
		all = append(all, p)
	}
	return all
}

func TestPackedNull(t *testing.T) {
	p, err := value.Pack(&tape{tokens: toks(null())}, value.Limits{})
	if err != nil || p != nil {
		t.Errorf("null is packed as % x, %v", p, err)
	}
	for _, p := range []value.Packed{nil, {}, {1, 0}} {
		if got := unpacked(t, p); len(got) != 1 || got[0].Kind != value.KindNull {
			t.Errorf("% x: got %v, want null", p, got)
		}
		x := any("before")
		if err := p.Bind(&x, nil, value.Limits{}); err != nil || x != nil {
			t.Errorf("% x: got %v, %v", p, x, err)
		}
	}
}

// TestPackedVectors copies AMF by way of a Packed: the bytes are those of a copy without it, in AMF and in JSON.
func TestPackedVectors(t *testing.T) {
	for _, v := range vectors(t) {
		opts := &amf.ReaderOptions{}
		if v.amf3 {
			opts.Version = amf.AMF3
		}
		p, err := value.Pack(amf.NewReader(v.bytes, opts), value.Limits{})
		if err != nil {
			if e := value.Copy(&tape{}, amf.NewReader(v.bytes, opts), value.Limits{}); e == nil || e.Error() != err.Error() {
				t.Errorf("% x: %v, read without packing: %v", v.bytes, err, e)
			}
			continue
		}
		for name, output := range outputs {
			straight, bytesOf := output()
			errStraight := value.Copy(straight, amf.NewReader(v.bytes, opts), value.Limits{})
			want := string(bytesOf())
			around, bytesOf := output()
			err := value.NewEncoder(around, nil, value.Limits{}).Encode(p)
			if errorText(err) != errorText(errStraight) || err == nil && string(bytesOf()) != want {
				t.Errorf("% x to %s by % x: %v, straight: %v\ngot  %q\nwant %q", v.bytes, name, p, err, errStraight, bytesOf(), want)
			}
		}
	}
}

// outputs are the formats that a Packed is written in.
var outputs = map[string]func() (value.Writer, func() []byte){
	"AMF3": func() (value.Writer, func() []byte) {
		w := amf.NewWriter(&amf.WriterOptions{AMF3: true})
		return w, w.Bytes
	},
	"AMF0": func() (value.Writer, func() []byte) {
		w := amf.NewWriter(nil)
		return w, w.Bytes
	},
	"JSON": func() (value.Writer, func() []byte) {
		w := new(json.Writer)
		w.Reset(nil, value.Limits{})
		return w, w.Bytes
	},
}

func TestPackLate(t *testing.T) {
	tokens := toks(list(1, 2), object(2), name("a"), undef(), end(), list(3, 2), ref(2), ref(3), end(), end())
	lates := bind[[]value.Late](t, decoder(nil, tokens...))
	one, err := lates[1].Pack(value.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := (&tape{tokens: unpacked(t, one)}).String(), `[#1 { a: undefined . @1 .`; got != want {
		t.Errorf("alone: got %s, want %s", got, want)
	}
	both, err := value.PackValue(lates, nil, value.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := (&tape{tokens: unpacked(t, both)}).String(), `[ {#1 a: undefined . [#2 @1 @2 . .`; got != want {
		t.Errorf("together: got %s, want %s", got, want)
	}
	if p, err := (value.Late{}).Pack(value.Limits{}); p != nil || err != nil {
		t.Errorf("no value: got % x, %v", p, err)
	}
}

type envelope struct {
	Body value.Packed
	To   string
}

// TestPackedMember binds a member that stays packed, one that refers to what lies before it included.
func TestPackedMember(t *testing.T) {
	tests := []struct {
		name string
		body []value.Token
		want string
	}{
		{"absent", nil, `null`},
		{"null", toks(name("body"), null()), `null`},
		{"undefined", toks(name("body"), undef()), `undefined`},
		{"string", toks(name("body"), str("a")), `"a"`},
		{"wrapper", toks(name("body"), wrapper(2), list(3, 1), integer(1), end(), end()), `flex.messaging.io.ArrayCollection(source) [ 1 . .`},
		{"reference to before", toks(name("x"), list(2, 1), integer(1), end(), name("body"), ref(2)), `[ 1 .`},
		{"a cycle through what is before", toks(name("x"), list(2, 1), ref(2), end(), name("body"), list(3, 1), ref(2), end()), `[ [#1 @1 . .`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tokens := append(toks(object(1)), tt.body...)
			got := bind[envelope](t, decoder(nil, append(tokens, name("to"), str("room"), end())...))
			if text := (&tape{tokens: unpacked(t, got.Body)}).String(); text != tt.want || got.To != "room" {
				t.Errorf("got %s to %q, want %s", text, got.To, tt.want)
			}
		})
	}
}

func TestPackedLimits(t *testing.T) {
	deep := toks(list(0, 1), list(0, 1), list(0, 1), integer(1), end(), end(), end())
	tests := []struct {
		name   string
		limits value.Limits
	}{
		{"depth", value.Limits{Depth: 2}},
		{"elements", value.Limits{Elements: 3}},
		{"bytes", value.Limits{Bytes: 8}},
		{"collections", value.Limits{Collections: 2}},
	}
	p, err := value.Pack(&tape{tokens: deep}, value.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := value.Pack(&tape{tokens: deep}, tt.limits); !errors.Is(err, value.ErrLimit) && tt.name != "collections" {
				t.Errorf("Pack: %v, want a limit", err)
			}
			if err := p.Check(tt.limits); !errors.Is(err, value.ErrLimit) {
				t.Errorf("Check: %v, want a limit", err)
			}
			if err := p.Bind(new(any), nil, tt.limits); !errors.Is(err, value.ErrLimit) {
				t.Errorf("Bind: %v, want a limit", err)
			}
		})
	}
}

// TestPackedBesideLates encodes packed values between Lates of one unit: each keeps what it shares within itself, and Lates with each other.
func TestPackedBesideLates(t *testing.T) {
	lates := bind[[]value.Late](t, decoder(nil, list(1, 2), object(2), end(), list(3, 1), ref(2), end(), end()))
	p, err := value.Pack(&tape{tokens: toks(list(0, 2), list(1, 0), end(), ref(1), end())}, value.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	struct1 := struct{ P value.Packed }{p}
	got := encoded(t, nil, false, []any{lates[0], p, lates[1], &p, struct1})
	want := `[#1 {#2 . [ [#3 . @3 . [#4 @2 . [ [#5 . @5 . { p: [ [#6 . @6 . . .`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestPackedLates binds Lates, which go on reading what is packed while other values are read.
func TestPackedLates(t *testing.T) {
	p, err := value.PackValue([]any{"a", []any{"b", "a"}, value.Vector[int32]{Items: []int32{7}}}, nil, value.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var lates []value.Late
	if err := p.Bind(&lates, nil, value.Limits{}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := (value.Packed{1, 9, 3, 'x'}).Bind(new(string), nil, value.Limits{}); err != nil {
			t.Fatal(err)
		}
	}
	var texts []string
	var numbers []value.Late
	var n int
	for i, dst := range []any{new(string), &texts, &numbers} {
		if err := lates[i].Bind(dst); err != nil {
			t.Fatalf("value %d: %v", i, err)
		}
	}
	if err := numbers[0].Bind(&n); err != nil || n != 7 || !slices.Equal(texts, []string{"b", "a"}) {
		t.Errorf("got %d and %q, %v", n, texts, err)
	}
	again, err := numbers[0].Pack(value.Limits{})
	if got, want := fmt.Sprintf("%x", []byte(again)), "01040e"; got != want || err != nil {
		t.Errorf("a number of a vector is packed as %s, %v; want %s", got, err, want)
	}
	if err := numbers[0].Enter(func(d *value.Decoder) error { return errors.Join(d.Bind(&n), d.Bind(&n)) }); !errors.Is(err, io.EOF) {
		t.Errorf("behind the number: %v, want EOF", err)
	}
}

// TestPackedAtOnce reads and packs one value many times at once, as when a message goes to many.
func TestPackedAtOnce(t *testing.T) {
	registry := value.NewRegistry()
	registry.Register("com.acme.Order", order{})
	p, err := value.PackValue(order{Name: "ladder", Tags: []string{"wood"}}, registry, value.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				var o order
				if err := p.Bind(&o, registry, value.Limits{}); err != nil || o.Name != "ladder" {
					t.Errorf("got %v, %v", o, err)
				}
				if again, err := value.PackValue(p, nil, value.Limits{}); err != nil || !bytes.Equal(again, p) {
					t.Errorf("got % x, %v", again, err)
				}
			}
		})
	}
	all.Wait()
}

// TestPackedForm holds the bytes fast: logs and stores are full of them. A row may be added, none may change.
func TestPackedForm(t *testing.T) {
	for _, tt := range packable {
		p, err := value.Pack(&tape{tokens: tt.tokens}, value.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(p); got != tt.form {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.form)
		}
	}
}
