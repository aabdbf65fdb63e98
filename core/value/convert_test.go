package value_test

import (
	"errors"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/patchbay-go/patchbay/core/value"
)

type person struct {
	Name string
	Born time.Time
	Tags []string
}

type temperature float64

var bigs = cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })

// TestConversions is the table of conversions in doc.go, a row for each of its statements. want is a value of the destination's
// type, or the part of an error's text that tells why it does not fit.
func TestConversions(t *testing.T) {
	born := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	const bornMS = 981173106000
	people := value.NewRegistry()
	people.Register("example.Person", person{})
	wrong := errors.New

	tests := []struct {
		name   string
		tokens []value.Token
		want   any
		as     any // the destination, where want is an error or nil
	}{
		// null and undefined
		{"null into int", toks(null()), 0, nil},
		{"undefined into string", toks(undef()), "", nil},
		{"null into pointer", toks(null()), (*person)(nil), nil},
		{"null into slice", toks(null()), []string(nil), nil},
		{"null into time", toks(null()), time.Time{}, nil},
		// bool
		{"true into bool", toks(boolean(true)), true, nil},
		{"number into bool", toks(float(2)), true, nil},
		{"zero into bool", toks(integer(0)), false, nil},
		{"NaN into bool", toks(float(math.NaN())), false, nil},
		{"text into bool", toks(text(value.KindText, "True")), true, nil},
		{"string into bool", toks(str("false")), false, nil},
		{"other text into bool", toks(str("maybe")), wrong("a string cannot become a bool"), true},
		// integers
		{"int into int", toks(integer(-7)), -7, nil},
		{"whole float into int", toks(float(3)), 3, nil},
		{"minus zero into int", toks(float(math.Copysign(0, -1))), 0, nil},
		{"fraction into int", toks(float(3.5)), wrong("3.5 does not fit an int"), 0},
		{"NaN into int", toks(float(math.NaN())), wrong("does not fit"), 0},
		{"too large into int8", toks(integer(128)), wrong("128 does not fit an int8"), int8(0)},
		{"largest int64", toks(text(value.KindNumber, "9223372036854775807")), int64(math.MaxInt64), nil},
		{"beyond int64", toks(text(value.KindNumber, "9223372036854775808")), wrong("does not fit"), int64(0)},
		{"float beyond int64", toks(float(1 << 63)), wrong("does not fit"), int64(0)},
		{"number with fraction zero", toks(text(value.KindNumber, "3.0")), 3, nil},
		{"number with exponent", toks(text(value.KindNumber, "3e2")), 300, nil},
		{"decimal text into int", toks(str("42")), 42, nil},
		{"other text into int", toks(str("4x")), wrong("a string cannot become an int"), 0},
		{"bool into int", toks(boolean(true)), 1, nil},
		{"largest uint64", toks(uinteger(math.MaxUint64)), uint64(math.MaxUint64), nil},
		{"number into uint64", toks(text(value.KindNumber, "18446744073709551615")), uint64(math.MaxUint64), nil},
		{"negative into uint", toks(integer(-1)), wrong("-1 does not fit a uint"), uint(0)},
		// floats
		{"int into float", toks(integer(5)), 5.0, nil},
		{"float into named float", toks(float(36.6)), temperature(36.6), nil},
		{"number into float", toks(text(value.KindNumber, "0.1")), 0.1, nil},
		{"infinity into float", toks(float(math.Inf(1))), math.Inf(1), nil},
		{"too large into float32", toks(float(1e300)), wrong("does not fit a float32"), float32(0)},
		{"text into float", toks(text(value.KindText, "nan?")), wrong("cannot become a float64"), 0.0},
		// text
		{"string into string", toks(str("héllo")), "héllo", nil},
		{"number into string", toks(float(1.5)), "1.5", nil},
		{"int into string", toks(integer(12)), "12", nil},
		{"bool into string", toks(boolean(true)), "true", nil},
		{"xml into string", toks(text(value.KindXML, "<a/>")), "<a/>", nil},
		{"list into string", toks(list(1, 0), end()), wrong("a list cannot become a string"), ""},
		{"string into a type that reads text", toks(str("127.0.0.1")), netip.MustParseAddr("127.0.0.1"), nil},
		{"text that such a type refuses", toks(str("x")), wrong("a string cannot become an Addr"), netip.Addr{}},
		// bytes
		{"bytes into bytes", toks(text(value.KindBytes, "\x00\xff")), []byte{0, 255}, nil},
		{"base64 into bytes", toks(str("AP8=")), []byte{0, 255}, nil},
		{"other text into bytes", toks(str("?")), wrong("must be base64"), []byte(nil)},
		{"text of no type into bytes", toks(text(value.KindText, "?")), []byte("?"), nil},
		{"list into bytes", toks(list(1, 2), integer(1), integer(2), end()), []byte{1, 2}, nil},
		// time
		{"time into time", toks(millis(bornMS)), born, nil},
		{"fraction of a millisecond", toks(millis(1.5)), time.UnixMicro(1500).UTC(), nil},
		{"before 1970", toks(millis(-1)), time.UnixMilli(-1).UTC(), nil},
		{"number into time", toks(integer(bornMS)), born, nil},
		{"RFC 3339 into time", toks(str("2001-02-03T05:05:06+01:00")), born, nil},
		{"other text into time", toks(str("yesterday")), wrong("RFC 3339"), time.Time{}},
		{"invalid date into time", toks(millis(math.NaN())), wrong("not a date"), time.Time{}},
		{"beyond ECMAScript's dates", toks(millis(8.65e15)), wrong("not a date"), time.Time{}},
		{"far date into Date", toks(millis(8.65e15)), value.Date(8.65e15), nil},
		// big numbers
		{"number into big.Int", toks(text(value.KindNumber, "123456789012345678901234567890")), bigInt("123456789012345678901234567890"), nil},
		{"string into big.Int", toks(str("12")), bigInt("12"), nil},
		{"fraction into big.Int", toks(text(value.KindNumber, "1.5")), wrong("does not fit"), bigInt("0")},
		{"absurd exponent", toks(text(value.KindNumber, "1e999999999")), wrong("cannot become an Int"), bigInt("0")},
		// lists
		{"list into slice", toks(list(1, 2), str("a"), str("b"), end()), []string{"a", "b"}, nil},
		{"empty list into slice", toks(list(1, 0), end()), []string{}, nil},
		{"list of unknown length", toks(value.Token{Kind: value.KindList, Num: value.Unknown}, integer(1), integer(2), end()), []int{1, 2}, nil},
		{"list into array", toks(list(1, 2), integer(1), integer(2), end()), [3]int{1, 2, 0}, nil},
		{"long list into array", toks(list(1, 2), integer(1), integer(2), end()), wrong("a list of 2 does not fit 1 places"), [1]int{}},
		{"vector into slice", toks(open(value.KindVectorInt, 1, 1), integer(-1), end()), []int32{-1}, nil},
		{"wrong item", toks(list(1, 2), integer(1), str("x"), end()), wrong("[1]: a string cannot become an int (at byte 2)"), []int{}},
		{"ECMA array 0..n-1 into slice", toks(open(value.KindMixed, 1, 0), name("1"), str("b"), name("0"), str("a"), end()), []string{"a", "b"}, nil},
		{"ECMA array with length", toks(open(value.KindMixed, 1, 0), name("length"), integer(1), name("0"), str("a"), end()), []string{"a"}, nil},
		{"ECMA array with a hole", toks(open(value.KindMixed, 1, 0), name("1"), str("b"), end()), wrong("without a value at 0"), []string{}},
		{"ECMA array with a name", toks(open(value.KindMixed, 1, 0), name("k"), str("b"), end()), wrong(`the name "k"`), []string{}},
		{"ECMA array with an absurd index", toks(open(value.KindMixed, 1, 0), name("2000000000"), str("b"), end()), wrong("cannot become a list"), []string{}},
		{"collection into slice", toks(wrapper(1), list(2, 1), str("a"), end(), end()), []string{"a"}, nil},
		// maps
		{"object into map", toks(object(1), name("a"), integer(1), end()), map[string]int{"a": 1}, nil},
		{"names into int keys", toks(object(1), name("7"), str("x"), end()), map[int]string{7: "x"}, nil},
		{"other names into int keys", toks(object(1), name("x"), str("x"), end()), wrong(".x: the name cannot become an int"), map[int]string{}},
		{"list part of an array into map", toks(open(value.KindMixed, 1, 1), name("k"), integer(1), integer(2), end()), map[string]int{"k": 1, "0": 2}, nil},
		{"sealed members into map", toks(class(1, "C", "a"), integer(1), name("b"), integer(2), end()), map[string]int{"a": 1, "b": 2}, nil},
		{"dictionary into map", toks(open(value.KindDictionary, 1, 1), integer(5), str("x"), end()), map[int]string{5: "x"}, nil},
		{"dictionary with a list as key", toks(open(value.KindDictionary, 1, 1), list(2, 0), end(), str("x"), end()), wrong("cannot be told from others"), map[any]string{}},
		{"ordered map", toks(object(1), name("z"), boolean(true), name("a"), null(), end()), value.Members{{"z", true}, {"a", nil}}, nil},
		// structs
		{"object into struct", toks(object(1), name("name"), str("Ann"), name("tags"), list(2, 1), str("x"), end(), end()), person{Name: "Ann", Tags: []string{"x"}}, nil},
		{"members in any order, more and fewer", toks(class(1, "other.Class", "extra", "name"), integer(1), str("Ann"), end()), person{Name: "Ann"}, nil},
		{"named part of an array into struct", toks(open(value.KindMixed, 1, 1), name("name"), str("Ann"), integer(2), end()), person{Name: "Ann"}, nil},
		{"wrong member", toks(object(1), name("tags"), list(2, 1), object(3), end(), end(), end()), wrong(".tags[0]: an object cannot become a string"), person{}},
		{"proxy into struct", toks(wrapper(1), object(2), name("name"), str("Ann"), end(), end()), person{Name: "Ann"}, nil},
		{"list into struct", toks(list(1, 1), null(), end()), wrong("a list cannot become a person"), person{}},
		{"empty list into struct", toks(list(1, 0), end()), person{}, nil},
		{"list of unknown length into struct", toks(value.Token{Kind: value.KindList, Num: value.Unknown}, null(), end()), wrong("a list cannot become a person"), person{}},
		{"empty list into map", toks(value.Token{Kind: value.KindList, Num: value.Unknown}, end()), map[string]int{}, nil},
		{"empty list into ordered map", toks(list(1, 0), end()), value.Members{}, nil},
		{"list into map", toks(list(1, 1), null(), end()), wrong("a list cannot become a map"), map[string]int{}},
		// any
		{"int into any", toks(integer(5)), any(5.0), (*any)(nil)},
		{"float into any is the same", toks(float(5)), any(5.0), (*any)(nil)},
		{"exact integer into any", toks(text(value.KindNumber, "9007199254740993")), any(int64(9007199254740993)), (*any)(nil)},
		{"large unsigned into any", toks(text(value.KindNumber, "18446744073709551615")), any(uint64(math.MaxUint64)), (*any)(nil)},
		{"huge integer into any", toks(text(value.KindNumber, "123456789012345678901234567890")), any(bigInt("123456789012345678901234567890")), (*any)(nil)},
		{"undefined into any", toks(undef()), any(value.Undefined), (*any)(nil)},
		{"null into any", toks(null()), any(nil), (*any)(nil)},
		{"time into any", toks(millis(bornMS)), any(born), (*any)(nil)},
		{"infinite date into any", toks(millis(math.Inf(1))), any(value.Date(math.Inf(1))), (*any)(nil)},
		{"xml into any", toks(text(value.KindXML, "<a/>")), any(value.XML("<a/>")), (*any)(nil)},
		{"legacy xml into any", toks(text(value.KindXMLDoc, "<a/>")), any(value.XMLDoc("<a/>")), (*any)(nil)},
		{"bytes into any", toks(text(value.KindBytes, "a")), any([]byte("a")), (*any)(nil)},
		{"list into any", toks(list(1, 2), integer(1), list(2, 0), end(), end()), any([]any{1.0, []any{}}), (*any)(nil)},
		{"object into any", toks(object(1), name("a"), integer(1), end()), any(map[string]any{"a": 1.0}), (*any)(nil)},
		{"mixed array into any", toks(open(value.KindMixed, 1, 1), name("k"), integer(1), integer(2), end()), any(&value.Array{Assoc: value.Members{{"k", 1.0}}, Dense: []any{2.0}}), (*any)(nil)},
		{"unknown class into any", toks(class(1, "com.x.Y", "a"), integer(1), name("b"), integer(2), end()),
			any(&value.Object{Class: "com.x.Y", Members: value.Members{{"a", 1.0}, {"b", 2.0}}, Sealed: 1, Dynamic: true}), (*any)(nil)},
		{"known class into any", toks(class(1, "example.Person", "name"), str("Ann"), end()), any(&person{Name: "Ann"}), (*any)(nil)},
		{"vector into any", toks(value.Token{Kind: value.KindVectorUint, ID: 1, Num: 1, Flag: true}, uinteger(7), end()), any(&value.Vector[uint32]{Fixed: true, Items: []uint32{7}}), (*any)(nil)},
		{"vector of class into any", toks(value.Token{Kind: value.KindVectorObject, ID: 1, Num: 1, Bytes: []byte("C")}, null(), end()), any(&value.Vector[any]{Class: "C", Items: []any{nil}}), (*any)(nil)},
		{"dictionary into any", toks(value.Token{Kind: value.KindDictionary, ID: 1, Num: 1, Flag: true}, str("k"), integer(1), end()), any(&value.Dictionary{Weak: true, Entries: []value.Entry{{"k", 1.0}}}), (*any)(nil)},
		{"collection into any", toks(wrapper(1), list(2, 1), str("a"), end(), end()), any([]any{"a"}), (*any)(nil)},
		// what nothing becomes
		{"int into func", toks(integer(1)), wrong("cannot become a func"), (func())(nil)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			of := tt.as
			if of == nil {
				of = tt.want
			}
			typ := reflect.TypeOf(of)
			if typ == reflect.TypeFor[*any]() {
				typ = typ.Elem()
			}
			dst := reflect.New(typ)
			err := decoder(people, tt.tokens...).Bind(dst.Interface())
			if want, failing := tt.want.(error); failing {
				if err == nil || !strings.Contains(err.Error(), want.Error()) {
					t.Fatalf("got %#v, error %v; want an error with %q", dst.Elem(), err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			addrs := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
			bigValues := cmp.Comparer(func(a, b big.Int) bool { return a.Cmp(&b) == 0 })
			undefineds := cmp.Comparer(func(a, b any) bool { return a == value.Undefined && b == value.Undefined })
			onlyUndefined := cmp.FilterValues(func(a, b any) bool { return a == any(value.Undefined) || b == any(value.Undefined) }, undefineds)
			if diff := cmp.Diff(tt.want, dst.Elem().Interface(), addrs, bigs, bigValues, cmp.FilterPath(func(p cmp.Path) bool { return len(p) < 3 && tt.name == "undefined into any" }, onlyUndefined)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func bigInt(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic(s)
	}
	return n
}
