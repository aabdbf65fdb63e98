package core_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	wirejson "github.com/patchbay-go/patchbay/wire/json"
)

// A bound is what a call with parameters a int, b string and so on gets.
type bound struct {
	a    int
	b    string
	rest []float64
}

var (
	paramA    = core.Param{Name: "a", Type: reflect.TypeFor[int]()}
	paramB    = core.Param{Name: "b", Type: reflect.TypeFor[string]()}
	optionalB = core.Param{Name: "b", Type: reflect.TypeFor[string](), Optional: true}
	rest      = core.Param{Name: "rest", Type: reflect.TypeFor[[]float64](), Variadic: true}
)

var argsTests = []struct {
	name       string
	params     []core.Param
	positional string // a JSON list
	named      string // a JSON object
	want       bound
	fault      string // text; empty: none
}{
	{"in order", []core.Param{paramA, paramB}, `[1, "x"]`, `{}`, bound{a: 1, b: "x"}, ""},
	{"by name", []core.Param{paramA, paramB}, `[]`, `{"b": "x", "a": 1}`, bound{a: 1, b: "x"}, ""},
	{"names override", []core.Param{paramA, paramB}, `[1, "x"]`, `{"b": "y"}`, bound{a: 1, b: "y"}, ""},
	{"names fill", []core.Param{paramA, paramB}, `[1]`, `{"b": "y"}`, bound{a: 1, b: "y"}, ""},
	{"none", nil, `[]`, `{}`, bound{}, ""},
	{"missing", []core.Param{paramA, paramB}, `[1]`, `{}`, bound{}, `Argument 2, "b", is missing.`},
	{"missing before a name", []core.Param{paramA, paramB}, `[]`, `{"b": "y"}`, bound{}, `Argument 1, "a", is missing.`},
	{"surplus", []core.Param{paramA}, `[1, 2]`, `{}`, bound{}, "Too many arguments: got 2, want at most 1."},
	{"surplus for none", nil, `[1]`, `{}`, bound{}, "Too many arguments: got 1, want at most 0."},
	{"unknown name", []core.Param{paramA}, `[1]`, `{"z": 1}`, bound{}, `There is no parameter "z".`},
	{"optional and missing", []core.Param{paramA, optionalB}, `[1]`, `{}`, bound{a: 1}, ""},
	{"optional and there", []core.Param{paramA, optionalB}, `[1, "x"]`, `{}`, bound{a: 1, b: "x"}, ""},
	{"rest of none", []core.Param{paramA, rest}, `[1]`, `{}`, bound{a: 1, rest: []float64{}}, ""},
	{"rest", []core.Param{paramA, rest}, `[1, 2, 3]`, `{}`, bound{a: 1, rest: []float64{2, 3}}, ""},
	{"rest by name", []core.Param{paramA, rest}, `[]`, `{"a": 1, "rest": 4}`, bound{a: 1, rest: []float64{4}}, ""},
	{"wrong type", []core.Param{paramA, rest}, `[1, 2, "x"]`, `{}`, bound{}, "rest[1]"},
}

// TestArguments binds values that stand in a unit.
func TestArguments(t *testing.T) {
	for _, test := range argsTests {
		t.Run(test.name, func(t *testing.T) {
			checkBind(t, encoded(t, test.positional, test.named), test.params, test.want, test.fault)
		})
	}
}

// TestValues binds Go values; they have no names.
func TestValues(t *testing.T) {
	for _, test := range argsTests {
		if test.named != "{}" {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			var list []any
			if err := json.Unmarshal([]byte(test.positional), &list); err != nil {
				t.Fatal(err)
			}
			checkBind(t, core.Values(list...), test.params, test.want, test.fault)
		})
	}
}

// TestLateArgs binds what came as one value: a list, or an object with the names of parameters.
func TestLateArgs(t *testing.T) {
	for _, test := range argsTests {
		text := test.positional
		if test.positional == "[]" && test.named != "{}" {
			text = test.named
		} else if test.named != "{}" {
			continue // it has no form for both
		}
		t.Run(test.name, func(t *testing.T) {
			d := value.NewDecoder(wirejson.NewReader([]byte(text), value.Limits{}), nil, value.Limits{})
			late, err := d.Late()
			if err != nil {
				t.Fatal(err)
			}
			checkBind(t, &core.LateArgs{Value: late}, test.params, test.want, test.fault)
		})
	}
}

func checkBind(t *testing.T, args core.Args, params []core.Param, want bound, fault string) {
	t.Helper()
	for range 2 { // it may be called again
		var got bound
		byName := map[string]any{"a": &got.a, "b": &got.b, "rest": &got.rest}
		dst := make([]any, len(params))
		for i, p := range params {
			dst[i] = byName[p.Name]
		}
		err := args.Bind(params, dst...)
		if fault != "" {
			checkArgumentError(t, err, fault)
			continue
		}
		if err != nil {
			t.Fatalf("Bind: %v", err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(bound{})); diff != "" {
			t.Fatalf("Bind (-want +got):\n%s", diff)
		}
	}
}

func checkArgumentError(t *testing.T, err error, want string) {
	t.Helper()
	f := core.AsFault(err)
	if f == nil || f.Code != core.Invalid {
		t.Fatalf("Bind: %v, want Invalid", err)
	}
	if e, ok := errors.AsType[*value.Error](err); ok {
		if e.Path != want {
			t.Fatalf("Bind: path %q, want %q", e.Path, want)
		}
	} else if f.Message != want {
		t.Fatalf("Bind: %q, want %q", f.Message, want)
	}
}

// TestValuesConvert: numbers become other numbers where nothing is lost, and nothing becomes a text by surprise.
func TestValuesConvert(t *testing.T) {
	var n int8
	var s string
	for _, v := range []any{300, 1.5, math.NaN(), "7", []byte("7"), -129} {
		params := []core.Param{{Name: "n", Type: reflect.TypeFor[int8]()}}
		if err := core.Values(v).Bind(params, &n); core.AsFault(err) == nil || core.AsFault(err).Code != core.Invalid {
			t.Errorf("%T %v became the int8 %d, %v", v, v, n, err)
		}
	}
	for _, v := range []any{65, 'A', 1.0} {
		if err := core.Values(v).Bind([]core.Param{paramB}, &s); err == nil {
			t.Errorf("%T %v became the text %q", v, v, s)
		}
	}
	if err := core.Values(int64(7)).Bind([]core.Param{paramA}, new(int)); err != nil {
		t.Errorf("int64 to int: %v", err)
	}
}

// encoded returns Args of JSON text: a list of positional ones and an object of those with names.
func encoded(t *testing.T, positional, named string) *core.Arguments {
	t.Helper()
	args := &core.Arguments{}
	var texts []json.RawMessage // for their number
	if err := json.Unmarshal([]byte(positional), &texts); err != nil {
		t.Fatal(err)
	}
	list := decoder(t, positional)
	for range texts {
		late, err := list.Late()
		if err != nil {
			t.Fatal(err)
		}
		args.Positional = append(args.Positional, late)
	}
	object := decoder(t, named)
	for {
		tok, err := object.Next()
		if err != nil {
			t.Fatal(err)
		}
		if tok.Kind == value.KindEnd {
			return args
		}
		name := tok.Text()
		late, err := object.Late()
		if err != nil {
			t.Fatal(err)
		}
		args.Named = append(args.Named, core.Named{Name: name, Value: late})
	}
}

// decoder returns a Decoder behind the token that begins a container.
func decoder(t *testing.T, text string) *value.Decoder {
	t.Helper()
	r := wirejson.NewReader([]byte(text), value.Limits{})
	d := value.NewDecoder(r, nil, value.Limits{})
	if _, err := d.Next(); err != nil {
		t.Fatalf("read %s: %v", text, err)
	}
	return d
}
