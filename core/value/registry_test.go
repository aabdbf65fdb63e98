package value_test

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/patchbay-go/patchbay/core/value"
)

type base struct {
	ID   int
	Kind string
}

type tagged struct {
	base
	URLPath string
	Renamed string         `patchbay:"other"`
	Maybe   string         `patchbay:"maybe,omitempty"`
	Hidden  string         `patchbay:"-"`
	More    map[string]any `patchbay:",dynamic"`
	private string
}

func TestFields(t *testing.T) {
	var got []string
	for _, f := range value.Fields(reflect.TypeFor[tagged]()) {
		got = append(got, f.Name)
	}
	if diff := cmp.Diff([]string{"id", "kind", "urlPath", "other", "maybe", "more"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFieldsShadow(t *testing.T) {
	type outer struct {
		base
		Kind int
	}
	var got []string
	for _, f := range value.Fields(reflect.TypeFor[outer]()) {
		got = append(got, f.Name+" "+f.Type.String())
	}
	if diff := cmp.Diff([]string{"id int", "kind int"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMemberName(t *testing.T) {
	for goName, want := range map[string]string{"Name": "name", "ID": "id", "URLPath": "urlPath", "UserID": "userID", "X": "x", "Äpfel": "äpfel"} {
		if got := value.MemberName(goName); got != want {
			t.Errorf("MemberName(%q) = %q, want %q", goName, got, want)
		}
	}
}

func TestRegisteredStruct(t *testing.T) {
	r := value.NewRegistry()
	r.Register("com.acme.Tagged", tagged{})
	v := tagged{base: base{1, "k"}, URLPath: "/", Renamed: "r", Hidden: "h", private: "p", More: map[string]any{"z": true, "b": 2, "id": "taken"}}

	want := `com.acme.Tagged(id,kind,urlPath,other)#1 1 "k" "/" "r" b: 2 z: true .`
	if got := encoded(t, r, false, &v); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	v.Maybe = "m"
	want = `{ id: 1 kind: "k" urlPath: "/" other: "r" maybe: "m" b: 2 z: true .`
	if got := encoded(t, nil, false, v); got != want {
		t.Errorf("without a class:\ngot  %s\nwant %s", got, want)
	}

	got := bind[tagged](t, decoder(r, class(1, "com.acme.Tagged", "id", "other", "surplus"), integer(1), str("r"), boolean(true), name("maybe"), str("m"), name("y"), integer(2), end()))
	back := tagged{base: base{ID: 1}, Renamed: "r", Maybe: "m", More: map[string]any{"surplus": true, "y": 2.0}}
	if diff := cmp.Diff(back, got, cmp.AllowUnexported(tagged{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestConverter(t *testing.T) {
	type event struct{ At time.Time }
	r := value.NewRegistry()
	r.Register("Event", event{}, value.Convert("at",
		func(s int64) (time.Time, error) {
			if s < 0 {
				return time.Time{}, errors.New("before the epoch")
			}
			return time.Unix(s, 0).UTC(), nil
		},
		func(t time.Time) (int64, error) { return t.Unix(), nil }))
	at := time.Unix(5, 0).UTC()
	if got, want := encoded(t, r, false, event{at}), `Event(at) 5 .`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := bind[event](t, decoder(r, class(1, "Event", "at"), integer(5), end())); got.At != at {
		t.Errorf("got %v", got)
	}
	var e event
	if err := decoder(r, class(1, "Event", "at"), integer(-5), end()).Bind(&e); err == nil || !strings.Contains(err.Error(), ".at: before the epoch") {
		t.Errorf("got %v", err)
	}
}

func TestRegisterPanics(t *testing.T) {
	r := value.NewRegistry()
	r.Register("A", base{})
	convert := value.Convert("id", func(s string) (string, error) { return s, nil }, func(s string) (string, error) { return s, nil })
	for name, register := range map[string]func(){
		"twice":           func() { r.Register("A", base{}) },
		"no name":         func() { r.Register("", base{}) },
		"no struct":       func() { r.Register("B", 1) },
		"nil":             func() { r.Register("B", nil) },
		"wrong converter": func() { r.Register("B", base{}, convert) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			register()
		}()
	}
}

func TestSecondAlias(t *testing.T) {
	r := value.NewRegistry()
	r.Register("New", base{})
	r.Register("Old", &base{})
	if got := encoded(t, r, false, base{1, "k"}); !strings.HasPrefix(got, "New(") {
		t.Errorf("got %s", got)
	}
	if got := bind[any](t, decoder(r, class(1, "Old", "id"), integer(3), end())); got.(*base).ID != 3 {
		t.Errorf("got %v", got)
	}
}

func TestEncodeKinds(t *testing.T) {
	type small struct {
		P *int
		F float64
		I any
	}
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"nil", nil, "null"},
		{"nil slice, map, pointer", []any{[]int(nil), map[string]int(nil), (*int)(nil)}, `[#1 null null null .`},
		{"typed float stays one", small{F: 3, I: 3.0}, `{ p: null f: 3f i: 3 .`},
		{"untyped minus zero", math.Copysign(0, -1), "-0f"},
		{"untyped beyond 29 bits", float64(1 << 28), "2.68435456e+08f"},
		{"unsigned", []uint64{1, math.MaxUint64}, `[ 1 18446744073709551615u .`},
		{"map in order", map[string]int{"b": 2, "a": 1}, `{#1 a: 1 b: 2 .`},
		{"map with numbers", map[int]bool{7: true}, `{#1 7: true .`},
		{"map with other keys", map[float64]bool{0.5: true}, `dictionary()#1 0.5f true .`},
		{"bytes", []byte("x"), "bytes(x)"},
		{"array of bytes", [2]byte{1, 2}, "[ 1 2 ."},
		{"time", time.UnixMilli(5), "5ms"},
		{"invalid date", value.Date(math.NaN()), "NaNms"},
		{"undefined", value.Undefined, "undefined"},
		{"xml", value.XML("<a/>"), "xml(<a/>)"},
		{"big", bigInt("12345678901234567890123"), "number(12345678901234567890123)"},
		{"ratio", big.NewRat(1, 4), "number(0.25)"},
		{"members", value.Members{{"z", 1}, {"a", 2}}, `{ z: 1 a: 2 .`},
		{"object", &value.Object{Class: "C", Sealed: 1, Members: value.Members{{"a", 1}, {"b", 2}}}, `C(a)#1 1 b: 2 .`},
		{"array", &value.Array{Assoc: value.Members{{"k", 1}}, Dense: []any{2}}, `mixed array()#1 k: 1 2 .`},
		{"vector", &value.Vector[float64]{Items: []float64{1}}, `vector of double()#1 1f .`},
		{"vector of class", &value.Vector[any]{Class: "C", Items: []any{nil}}, `vector of object(C)#1 null .`},
		{"dictionary", &value.Dictionary{Entries: []value.Entry{{1, "x"}}}, `dictionary()#1 1 "x" .`},
		{"type with text", []fmtText{"a"}, `[ "<a>" .`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := encoded(t, nil, false, tt.v); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

type fmtText string

func (f fmtText) MarshalText() ([]byte, error) { return []byte("<" + string(f) + ">"), nil }

func TestEncodeErrors(t *testing.T) {
	deep := any(nil)
	for range 600 {
		deep = []any{deep}
	}
	for _, tt := range []struct {
		name, want string
		v          any
	}{
		{"func", ".f: func() has no form on the wire", struct{ F func() }{}},
		{"depth", "nested too deeply", deep},
	} {
		err := value.NewEncoder(&tape{}, nil, value.Limits{}).Encode(tt.v)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}
