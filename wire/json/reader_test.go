package json

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

var readTable = []struct{ name, in, want string }{
	{"null", `null`, `null`},
	{"true", ` true `, `true`},
	{"false", "\t\r\nfalse", `false`},
	{"integer", `0`, `0`},
	{"64 bits", `-9223372036854775808`, `-9223372036854775808`},
	{"more than 64 bits", `123456789012345678901234567890`, `123456789012345678901234567890`},
	{"fraction", `1.50`, `1.50`},
	{"exponent", `-1E+2`, `-1E+2`},
	{"empty text", `""`, `""`},
	{"text", `"a b"`, `"a b"`},
	{"escapes", `"\u00e9\n\"\\\/"`, `"é\n\"\\/"`},
	{"quote behind an escaped backslash", `["\\","a"]`, `list "\\" "a" end`},
	{"surrogate pair", `"\ud83d\ude00"`, `"😀"`},
	{"NUL", `"\u0000"`, `"\x00"`},
	{"separators within text", `["a,b:c",1]`, `list "a,b:c" 1 end`},
	{"empty array", `[]`, `list end`},
	{"array", `[1, [true,null] ,"a"]`, `list 1 list true null end "a" end`},
	{"empty object", `{ }`, `map end`},
	{"object", `{"a":1, "b" : {"c":[]}}`, `map "a": 1 "b": map "c": list end end end`},
	{"escaped name", `{"\u0061":1}`, `map "a": 1 end`},
	{"empty name", `{"":1}`, `map "": 1 end`},
	{"typed object", `{"$class":"a.B","c":1}`, `object<a.B> "c": 1 end`},
	{"typed object without members", ` { "$class" : "a.B" } `, `object<a.B> end`},
	{"typed object, name escaped", `{"\u0024class":"a\u002eB"}`, `object<a.B> end`},
	{"typed objects within each other", `[{"$class":"A","x":{"$class":"B"}},{"$class":"A"}]`,
		`list object<A> "x": object<B> end end object<A> end end`},
	{"class not first", `{"a":1,"$class":"A"}`, `map "a": 1 "$class": "A" end`},
	{"class no text", `{"$class":1}`, `map "$class": 1 end`},
	{"class empty", `{"$class":""}`, `map "$class": "" end`},
}

func TestReader(t *testing.T) {
	for _, test := range readTable {
		t.Run(test.name, func(t *testing.T) {
			got, err := dump(NewReader([]byte(test.in), value.Limits{}))
			if err != nil || got != test.want {
				t.Errorf("tokens of %s\n got %s, %v\nwant %s", test.in, got, err, test.want)
			}
		})
	}
}

func TestReaderRefuses(t *testing.T) {
	for _, test := range []struct {
		name, in string
		reason   error
		offset   int
	}{
		{"nothing", ``, value.ErrTruncated, 0},
		{"blanks", `  `, value.ErrTruncated, 2},
		{"open array", `[1,`, value.ErrTruncated, 3},
		{"open text", `"abc`, value.ErrTruncated, 4},
		{"half a literal", `tru`, value.ErrTruncated, 3},
		{"wrong literal", `trux`, value.ErrSyntax, 3},
		{"comma at the end", `[1,]`, value.ErrSyntax, 2},
		{"no comma", `[1 2]`, value.ErrSyntax, 3},
		{"no colon", `{"a" 1}`, value.ErrSyntax, 5},
		{"name without quotes", `{a:1}`, value.ErrSyntax, 1},
		{"wrong bracket", `[1}`, value.ErrSyntax, 2},
		{"leading zero", `01`, value.ErrSyntax, 1},
		{"plus", `+1`, value.ErrSyntax, 0},
		{"NaN", `NaN`, value.ErrSyntax, 0},
		{"two values", `1 2`, value.ErrSyntax, 1},
		{"rubbish behind the value", `{}}`, value.ErrSyntax, 2},
		{"byte order mark", "\ufeff1", value.ErrSyntax, 0},
		{"control character in text", "\"a\nb\"", value.ErrSyntax, 2},
		{"name twice", `{"a":1,"a":2}`, value.ErrSyntax, 7},
		{"name twice, once escaped", `{"a":1,"\u0061":2}`, value.ErrSyntax, 7},
		{"class twice", `{"$class":"A","$class":"B"}`, value.ErrSyntax, 14},
		{"invalid UTF-8", "\"a\xffb\"", value.ErrSyntax, 2},
		{"deeper than jsontext goes", strings.Repeat("[", 20_000), value.ErrSyntax, 10_000},
		{"half a surrogate pair", `"\ud83d"`, value.ErrSyntax, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := NewReader([]byte(test.in), value.Limits{})
			got, err := dump(r)
			e, ok := errors.AsType[*value.Error](err)
			if !ok || !errors.Is(err, test.reason) || e.Offset != test.offset {
				t.Errorf("%q: got %s, %v; want %v at byte %d", test.in, got, err, test.reason, test.offset)
			}
			if r.Err() == nil {
				t.Errorf("%q: Err is nil", test.in)
			}
		})
	}
}

func TestReaderLimits(t *testing.T) {
	for _, test := range []struct {
		name, in string
		limits   value.Limits
		ok       bool
	}{
		{"depth reached", `[[1]]`, value.Limits{Depth: 2}, true},
		{"depth exceeded", `[{"a":[1]}]`, value.Limits{Depth: 2}, false},
		{"siblings are not deep", `[[],[],[],{},{}]`, value.Limits{Depth: 2, Collections: 2}, true},
		{"collections exceeded", `[[[1]]]`, value.Limits{Collections: 2}, false},
		{"objects are no collections", `[{"a":{"b":{"c":1}}}]`, value.Limits{Collections: 1}, true},
		{"elements reached", `[1,2]`, value.Limits{Elements: 3}, true},
		{"elements exceeded", `[1,2,3]`, value.Limits{Elements: 3}, false},
		{"bytes reached", `[1,2]`, value.Limits{Bytes: 5}, true},
		{"bytes exceeded", `[1,2] `, value.Limits{Bytes: 5}, false},
		{"default depth", strings.Repeat(`{"a":`, 600) + `1` + strings.Repeat(`}`, 600), value.Limits{}, false},
		{"default collections", strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100), value.Limits{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := dump(NewReader([]byte(test.in), test.limits))
			if test.ok && err != nil {
				t.Errorf("got %v, want none", err)
			}
			if !test.ok && !errors.Is(err, value.ErrLimit) {
				t.Errorf("got %v, want %v", err, value.ErrLimit)
			}
		})
	}
}

// A limit that was exceeded ends the reading, but only of the value that was entered.
func TestReaderErrorIsFinal(t *testing.T) {
	r := NewReader([]byte(`[[[1]],2]`), value.Limits{Depth: 2})
	next(t, r)
	m := r.Mark()
	tok := next(t, r)
	if err := r.Skip(&tok); err != nil {
		t.Fatal(err)
	}
	if err := r.Enter(m); err != nil {
		t.Fatal(err)
	}
	_, first := dump(r)
	if !errors.Is(first, value.ErrLimit) || r.More() {
		t.Fatalf("got %v and more, want %v", first, value.ErrLimit)
	}
	if err := r.Enter(m); err != first {
		t.Errorf("Enter after %v: got %v", first, err)
	}
	if _, err := dump(r); err != first {
		t.Errorf("Next after %v: got %v", first, err)
	}
	r.Leave()
	if got, err := dump(r); err != nil || got != "2 end" {
		t.Errorf("after Leave: got %s, %v", got, err)
	}
}

func TestMore(t *testing.T) {
	r := NewReader([]byte(` [ 1 , {} ] `), value.Limits{})
	for i, want := range []bool{true, true, true, false, false, false} {
		if got := r.More(); got != want {
			t.Errorf("before token %d: got %v, want %v", i, got, want)
		}
		if i < 5 {
			next(t, r)
		}
	}
}

func TestRelease(t *testing.T) {
	r := NewReader([]byte(`1`), value.Limits{})
	m := r.Mark()
	r.Release()
	if err := r.Enter(m); err == nil {
		t.Error("a mark of what was released: got no error")
	}
	if _, err := dump(r); err == nil {
		t.Error("Next of what was released: got no error")
	}
	r.Reset([]byte(`2`), value.Limits{})
	if got, err := dump(r); err != nil || got != "2" {
		t.Errorf("after a Reset: got %s, %v", got, err)
	}
}

func TestStart(t *testing.T) {
	r := NewReader([]byte(`{"a": 12 }`), value.Limits{})
	for _, want := range []int{0, 1, 6, 9} {
		if next(t, r); r.Start() != want {
			t.Errorf("got %d, want %d", r.Start(), want)
		}
	}
}

func TestSkip(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"array", `[[1,[2],"]"],3]`, `3 end`},
		{"empty", `[[],3]`, `3 end`},
		{"object", `[{"a":{"}":1},"b":"\"}"},3]`, `3 end`},
		{"typed object", `[{"$class":"A","b":[{}]},3]`, `3 end`},
		{"scalar", `["a",3]`, `3 end`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := NewReader([]byte(test.in), value.Limits{})
			next(t, r)
			tok := next(t, r)
			if err := r.Skip(&tok); err != nil {
				t.Fatal(err)
			}
			if got, err := dump(r); err != nil || got != test.want {
				t.Errorf("after the skip: got %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

// Skipping half of a container that was opened closes what is open inside it.
func TestSkipTheRest(t *testing.T) {
	r := NewReader([]byte(`[{"a":1,"b":[2]},3]`), value.Limits{})
	next(t, r)
	open := next(t, r)
	next(t, r) // "a":
	next(t, r) // 1
	if err := r.Skip(&open); err != nil {
		t.Fatal(err)
	}
	if got, err := dump(r); err != nil || got != "3 end" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestRaw(t *testing.T) {
	r := NewReader([]byte(`[ 1.50 , "\u0061", {"b" : [ ]},null]`), value.Limits{})
	next(t, r)
	for _, want := range []string{`1.50`, `"\u0061"`, `{"b" : [ ]}`, `null`} {
		if got, err := r.Raw(); err != nil || string(got) != want {
			t.Errorf("Raw: got %s, %v; want %s", got, err, want)
		}
	}
	if got, err := dump(r); err != nil || got != "end" {
		t.Errorf("the end: got %s, %v", got, err)
	}
}

func TestEnterAndLeave(t *testing.T) {
	r := NewReader([]byte(`{"a": [1,{"b":2}] ,"c":3}`), value.Limits{})
	next(t, r) // {
	next(t, r) // "a":
	m := r.Mark()
	open := next(t, r)
	if err := r.Skip(&open); err != nil {
		t.Fatal(err)
	}
	next(t, r) // "c":, so that Leave has to remember that its value is next
	for range 2 {
		if err := r.Enter(m); err != nil {
			t.Fatal(err)
		}
		next(t, r) // [
		inner := r.Mark()
		next(t, r) // 1
		if err := r.Enter(inner); err != nil {
			t.Fatal(err)
		}
		if got, err := dump(r); err != nil || got != `1` {
			t.Errorf("inner place: got %s, %v; want 1", got, err)
		}
		r.Leave()
		if got, err := dump(r); err != nil || got != `map "b": 2 end end` {
			t.Errorf("outer place: got %s, %v", got, err)
		}
		r.Leave()
	}
	if got, err := dump(r); err != nil || got != `3 end` {
		t.Errorf("behind: got %s, %v", got, err)
	}
}

// Leave may come before the entered value was read to its end.
func TestLeaveEarly(t *testing.T) {
	r := NewReader([]byte(`[[[1]],2]`), value.Limits{Collections: 5})
	next(t, r)
	m := r.Mark()
	for range 10 { // more often than Collections: the count goes back too
		if err := r.Enter(m); err != nil {
			t.Fatal(err)
		}
		next(t, r)
		next(t, r)
		r.Leave()
	}
	if got, err := dump(r); err != nil || got != `list list 1 end end 2 end` {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestEnterRefuses(t *testing.T) {
	r := NewReader([]byte(`[1]`), value.Limits{})
	old := r.Mark()
	r.Reset([]byte(`[2]`), value.Limits{Depth: 3})
	if err := r.Enter(old); err == nil {
		t.Error("a mark of the unit before: got no error")
	}
	m := r.Mark()
	var err error
	for range 4 {
		err = r.Enter(m)
	}
	if !errors.Is(err, value.ErrLimit) {
		t.Errorf("Enter deeper than the limit: got %v, want %v", err, value.ErrLimit)
	}
}

func TestEnterBehindTheLast(t *testing.T) {
	r := NewReader([]byte(`[1]`), value.Limits{})
	next(t, r)
	next(t, r)
	if err := r.Enter(r.Mark()); err != nil {
		t.Fatal(err)
	}
	var tok value.Token
	if err := r.Next(&tok); err != io.EOF {
		t.Errorf("got %v, want io.EOF", err)
	}
}

func TestReaderHasNoReferences(t *testing.T) {
	if _, ok := NewReader([]byte(`{}`), value.Limits{}).At(1); ok {
		t.Error("At(1): got a place")
	}
}

// Shapes are made once per class, so that binding plans can hang on them, and not without end.
func TestShapesAreKept(t *testing.T) {
	r := NewReader([]byte(`{"$class":"A"}`), value.Limits{})
	first := next(t, r)
	r.Reset([]byte(`{"$class":"A"}`), value.Limits{})
	if again := next(t, r); again.Shape != first.Shape {
		t.Error("the same class in the next unit has another shape")
	}
	for i := range 2 * maxShapes {
		r.Reset([]byte(`{"$class":"A`+strconv.Itoa(i)+`"}`), value.Limits{})
		next(t, r)
	}
	if len(r.shapes) > maxShapes {
		t.Errorf("%d shapes are kept, want at most %d", len(r.shapes), maxShapes)
	}
}

func next(t *testing.T, r *Reader) value.Token {
	t.Helper()
	var tok value.Token
	if err := r.Next(&tok); err != nil {
		t.Fatal(err)
	}
	return tok
}
