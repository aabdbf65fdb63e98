package json

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
)

var person = value.Shape{Class: "a.Person", Sealed: []string{"name", "age"}, Dynamic: true}

var writeTable = []struct {
	name   string
	tokens []value.Token
	want   string
}{
	{"null", []value.Token{null}, `null`},
	{"undefined", []value.Token{kind(value.KindUndefined)}, `null`},
	{"true", []value.Token{number(value.KindBool, 1)}, `true`},
	{"false", []value.Token{number(value.KindBool, 0)}, `false`},
	{"smallest integer", []value.Token{integer(math.MinInt64)}, `-9223372036854775808`},
	{"largest unsigned", []value.Token{number(value.KindUint, math.MaxUint64)}, `18446744073709551615`},
	{"integral float", []value.Token{float(3)}, `3`},
	{"2^53", []value.Token{float(1 << 53)}, `9007199254740992`},
	{"fraction", []value.Token{float(0.1)}, `0.1`},
	{"negative zero", []value.Token{float(math.Copysign(0, -1))}, `-0`},
	{"large float", []value.Token{float(1e21)}, `1e+21`},
	{"below the exponent", []value.Token{float(1e20)}, `100000000000000000000`},
	{"small float", []value.Token{float(1e-7)}, `1e-7`},
	{"smallest float", []value.Token{float(5e-324)}, `5e-324`},
	{"largest float", []value.Token{float(math.MaxFloat64)}, `1.7976931348623157e+308`},
	{"number as it is", []value.Token{view(value.KindNumber, "1.50e+400")}, `1.50e+400`},
	{"big number", []value.Token{text(value.KindNumber, "123456789012345678901234567890")}, `123456789012345678901234567890`},
	{"text", []value.Token{str("é\"\\\n\x00</script>")}, `"é\"\\\n\u0000</script>"`},
	{"text as a view", []value.Token{view(value.KindString, "a")}, `"a"`},
	{"empty text", []value.Token{str("")}, `""`},
	{"text with invalid UTF-8", []value.Token{view(value.KindString, "a\xffb")}, `"a` + "\ufffd" + `b"`},
	{"untyped text", []value.Token{view(value.KindText, "12")}, `"12"`},
	{"xml", []value.Token{view(value.KindXML, `<a b="c"/>`)}, `"<a b=\"c\"/>"`},
	{"xml document", []value.Token{view(value.KindXMLDoc, `<a/>`)}, `"<a/>"`},
	{"bytes", []value.Token{view(value.KindBytes, "\x00\xff\xfe")}, `"AP/+"`},
	{"bytes with padding", []value.Token{text(value.KindBytes, "a")}, `"YQ=="`},
	{"no bytes", []value.Token{view(value.KindBytes, "")}, `""`},
	{"date", []value.Token{dateOf(time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC))}, `"2001-02-03T04:05:06.000Z"`},
	{"date before 1970 with half a millisecond", []value.Token{date(-0.5)}, `"1969-12-31T23:59:59.999Z"`},
	{"first date", []value.Token{date(firstTime)}, `"0000-01-01T00:00:00.000Z"`},
	{"last date", []value.Token{date(lastTime)}, `"9999-12-31T23:59:59.999Z"`},
	{"empty list", []value.Token{list, end}, `[]`},
	{"list", []value.Token{list, integer(1), list, end, null, end}, `[1,[],null]`},
	{"empty map", []value.Token{mapping, end}, `{}`},
	{"map", []value.Token{mapping, name("a"), integer(1), name(""), mapping, end, end}, `{"a":1,"":{}}`},
	{"mixed array", []value.Token{mixed, name("a"), integer(1), str("x"), list, end, end}, `{"a":1,"0":"x","1":[]}`},
	{"mixed array without names", []value.Token{mixed, str("x"), end}, `{"0":"x"}`},
	{"vector of int", []value.Token{kind(value.KindVectorInt), integer(-1), integer(2), end}, `[-1,2]`},
	{"vector of uint", []value.Token{kind(value.KindVectorUint), number(value.KindUint, 2), end}, `[2]`},
	{"vector of double", []value.Token{kind(value.KindVectorDouble), float(0.5), end}, `[0.5]`},
	{"vector of object", []value.Token{view(value.KindVectorObject, "A"), null, end}, `[null]`},
	{"typed object", []value.Token{object(person), str("Bob"), integer(7), name("more"), list, end, end},
		`{"$class":"a.Person","name":"Bob","age":7,"more":[]}`},
	{"typed object without members", []value.Token{object(value.Shape{Class: "A"}), end}, `{"$class":"A"}`},
	{"object without class", []value.Token{object(value.Shape{Sealed: []string{"a"}}), integer(1), end}, `{"a":1}`},
	{"external object", []value.Token{object(value.Shape{Class: "E", External: true, Sealed: []string{"a"}}), integer(1), end},
		`{"$class":"E","a":1}`},
	{"wrapped scalar", []value.Token{object(wrapper), integer(1), end}, `1`},
	{"wrapped list in a list", []value.Token{list, integer(0), object(wrapper), list, integer(1), end, end, integer(2), end}, `[0,[1],2]`},
	{"wrapped wrapper as a member", []value.Token{mapping, name("a"), object(wrapper), object(wrapper), mapping, end, end, end, name("b"), null, end},
		`{"a":{},"b":null}`},
	{"empty dictionary", []value.Token{dictionary, end}, `{}`},
	{"dictionary of texts", []value.Token{dictionary, str("a"), integer(1), str("b,]"), list, integer(2), end, str(""), str("]"), end},
		`{"a":1,"b,]":[2],"":"]"}`},
	{"dictionary of others", []value.Token{dictionary, integer(1), str("x"), list, end, mapping, end, end}, `[[1,"x"],[[],{}]]`},
	{"dictionary of both", []value.Token{dictionary, str("a"), str("x"), integer(1), str("y"), end}, `[["a","x"],[1,"y"]]`},
	{"dictionary with a text twice", []value.Token{dictionary, str("a"), integer(1), str("a"), integer(2), end}, `[["a",1],["a",2]]`},
	{"dictionary in a dictionary", []value.Token{dictionary, str("a"), dictionary, str("b"), integer(1), str("c"), integer(2), end, str("d"), null, end},
		`{"a":{"b":1,"c":2},"d":null}`},
	{"dictionary as a key", []value.Token{dictionary, dictionary, str("b"), integer(1), end, str("x"), end}, `[[{"b":1},"x"]]`},
	{"dictionary among others", []value.Token{list, integer(1), dictionary, str("a"), integer(2), end, integer(3), end}, `[1,{"a":2},3]`},
	{"same name in two objects", []value.Token{list, mapping, name("a"), mapping, name("a"), null, end, end, mapping, name("a"), null, end, end},
		`[{"a":{"a":null}},{"a":null}]`},
}

var wrapper = value.Shape{Class: "flex.messaging.io.ArrayCollection", Sealed: []string{"source"}, Wrapper: true}

func TestWriter(t *testing.T) {
	for _, test := range writeTable {
		t.Run(test.name, func(t *testing.T) {
			got, err := written(t, value.Limits{}, test.tokens...)
			if err != nil || got != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("encoding/json does not take %s", got)
			}
		})
	}
}

func TestWriterRefuses(t *testing.T) {
	sealed := value.Shape{Class: "A", Sealed: []string{"x"}}
	for _, test := range []struct {
		name   string
		tokens []value.Token
	}{
		{"NaN", []value.Token{float(math.NaN())}},
		{"infinity", []value.Token{float(math.Inf(-1))}},
		{"NaN as a date", []value.Token{date(math.NaN())}},
		{"infinite date", []value.Token{date(math.Inf(1))}},
		{"date after the year 9999", []value.Token{date(lastTime + 1)}},
		{"date before the year 0", []value.Token{date(firstTime - 1)}},
		{"number that is none", []value.Token{view(value.KindNumber, "1,2")}},
		{"number that is a text", []value.Token{view(value.KindNumber, `"1"`)}},
		{"empty number", []value.Token{view(value.KindNumber, "")}},
		{"reference", []value.Token{kind(value.KindRef)}},
		{"invalid kind", []value.Token{{}}},
		{"name twice", []value.Token{mapping, name("a"), null, name("a")}},
		{"name twice after replacing invalid UTF-8", []value.Token{mapping, name("\xff"), null, name("\xfe")}},
		{"dynamic member named as a sealed one", []value.Token{object(person), null, null, name("age")}},
		{"member named $class of a typed object", []value.Token{object(person), null, null, name("$class")}},
		{"index as a name", []value.Token{mixed, name("0"), null, null}},
		{"value without a name", []value.Token{mapping, null}},
		{"name for a name", []value.Token{mapping, name("a"), name("b")}},
		{"end behind a name", []value.Token{mapping, name("a"), end}},
		{"end of nothing", []value.Token{end}},
		{"second value", []value.Token{null, null}},
		{"name in a list", []value.Token{list, name("a")}},
		{"name outside", []value.Token{name("a")}},
		{"name behind the dense part", []value.Token{mixed, null, name("a")}},
		{"sealed member missing", []value.Token{object(sealed), end}},
		{"too many members", []value.Token{object(sealed), null, null}},
		{"name in a sealed class", []value.Token{object(sealed), null, name("a")}},
		{"empty wrapper", []value.Token{object(wrapper), end}},
		{"two values in a wrapper", []value.Token{object(wrapper), null, null}},
		{"key without a value", []value.Token{dictionary, str("a"), end}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := written(t, value.Limits{}, test.tokens...)
			if !errors.Is(err, value.ErrEncode) {
				t.Errorf("got %s, %v; want %v", got, err, value.ErrEncode)
			}
		})
	}
}

func TestWriterLimit(t *testing.T) {
	if _, err := written(t, value.Limits{Bytes: 6}, str("\x00")); !errors.Is(err, value.ErrLimit) {
		t.Errorf("8 bytes: got %v, want %v", err, value.ErrLimit)
	}
	if got, err := written(t, value.Limits{Bytes: 8}, str("\x00")); err != nil {
		t.Errorf("8 bytes of 8: got %s, %v", got, err)
	}
}

// Names are compared one by one up to fewNames, and by a map beyond.
func TestManyNames(t *testing.T) {
	tokens := []value.Token{mapping}
	for i := range 4 * fewNames {
		tokens = append(tokens, name(strconv.Itoa(i)), null)
	}
	if _, err := written(t, value.Limits{}, append(tokens, end)...); err != nil {
		t.Errorf("different names: %v", err)
	}
	for _, again := range []int{0, fewNames - 1, fewNames, 4*fewNames - 1} {
		all := slices.Concat(tokens, []value.Token{name(strconv.Itoa(again))})
		if _, err := written(t, value.Limits{}, all...); !errors.Is(err, value.ErrEncode) {
			t.Errorf("name %d again: got %v, want %v", again, err, value.ErrEncode)
		}
	}
}

// Floats are written as encoding/json writes them.
func TestFloatsAsEncodingJSON(t *testing.T) {
	for _, f := range []float64{0, 1, -1, 0.1, 1.0 / 3, 1e-6, 9.99e-7, 1e-9, 1e-10, 1e-100, 123456789.125, 1e20, 1e21, 1.5e300, math.SmallestNonzeroFloat64,
		math.MaxFloat64, 1<<53 + 2, -1e-300} {
		want, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := written(t, value.Limits{}, float(f)); err != nil || got != string(want) {
			t.Errorf("%g: got %s, %v; want %s", f, got, err, want)
		}
	}
}

func TestWriterIsReusable(t *testing.T) {
	w := NewWriter(nil, value.Limits{})
	for _, tok := range []value.Token{mapping, name("a"), object(person)} {
		if err := w.Write(&tok); err != nil {
			t.Fatal(err)
		}
	}
	w.Reset([]byte("x="), value.Limits{})
	tok := str("y")
	if err := w.Write(&tok); err != nil || !strings.HasPrefix(string(w.Bytes()), `x="y"`) {
		t.Errorf("after a reset: got %s, %v", w.Bytes(), err)
	}
}
