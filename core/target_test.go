package core_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
)

type person struct{ Name string }

func TestFuncs(t *testing.T) {
	type six struct {
		A, B int
		C    string `patchbay:"cee"`
		D    bool   `patchbay:",omitempty"`
	}
	tests := []struct {
		name   string
		target *core.Target
		args   []any
		want   any
		params []string
	}{
		{"no argument", core.Func0(func(context.Context) (int, error) { return 7, nil }), nil, 7, nil},
		{"one", core.Func(func(_ context.Context, a int) (int, error) { return -a, nil }, "a"), []any{1}, -1, []string{"a int"}},
		{"two", core.Func2(func(_ context.Context, a, b int) (int, error) { return a - b, nil }), []any{5, 3}, 2, []string{"arg1 int", "arg2 int"}},
		{"three", core.Func3(func(_ context.Context, a, b, c string) (string, error) { return a + b + c, nil }, "x", "y"),
			[]any{"1", "2", "3"}, "123", []string{"x string", "y string", "arg3 string"}},
		{"four", core.Func4(func(_ context.Context, a, b, c, d string) (string, error) { return a + b + c + d, nil }),
			[]any{"1", "2", "3", "4"}, "1234", []string{"arg1 string", "arg2 string", "arg3 string", "arg4 string"}},
		{"five", core.Func5(func(_ context.Context, a, b, c, d, e string) (string, error) { return a + b + c + d + e, nil }),
			[]any{"1", "2", "3", "4", "5"}, "12345", []string{"arg1 string", "arg2 string", "arg3 string", "arg4 string", "arg5 string"}},
		{"six", core.Func6(func(_ context.Context, a, b, c, d, e, f string) (string, error) { return a + b + c + d + e + f, nil }),
			[]any{"1", "2", "3", "4", "5", "6"}, "123456",
			[]string{"arg1 string", "arg2 string", "arg3 string", "arg4 string", "arg5 string", "arg6 string"}},
		{"any number", core.FuncRest(func(_ context.Context, args []int) (int, error) { return len(args), nil }, "n"), []any{1, 2, 3}, 3, []string{"n []int..."}},
		{"the fields of a struct", core.FuncArgs(func(_ context.Context, a six) (six, error) { return a, nil }),
			[]any{1, 2, "3"}, six{1, 2, "3", false}, []string{"a int", "b int", "cee string", "d bool?"}},
		{"no result", core.Func0(func(context.Context) (struct{}, error) { return struct{}{}, nil }), nil, nil, nil},
		{"a nil pointer", core.Func0(func(context.Context) (*person, error) { return nil, nil }), nil, (*person)(nil), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.params, paramTexts(test.target.Params)); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
			got, err := invoke(t, test.target, core.Values(test.args...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			_, err = invoke(t, test.target, core.Values(1, 2, 3, 4, 5, 6, "no int, so it fits nothing"))
			if f := core.AsFault(err); f == nil || f.Code != core.Invalid {
				t.Errorf("with arguments that do not fit: %v, want Invalid", err)
			}
		})
	}
}

func paramTexts(params []core.Param) []string {
	var texts []string
	for _, p := range params {
		text := p.Name + " " + p.Type.String()
		if p.Optional {
			text += "?"
		}
		if p.Variadic {
			text += "..."
		}
		texts = append(texts, text)
	}
	return texts
}

// invoke runs a target as the one of a set.
func invoke(t *testing.T, target *core.Target, args core.Args) (any, error) {
	t.Helper()
	return newSet(t, nil, core.NewService("s").Map("op", target)).Invoke(t.Context(), &core.Call{Service: "s", Operation: "op", Args: args})
}

func TestTargetKnowsItsResult(t *testing.T) {
	some := core.Func0(func(context.Context) ([]person, error) { return nil, nil }).Describe("Gives nobody.")
	if some.Result != reflect.TypeFor[[]person]() || some.Doc != "Gives nobody." {
		t.Errorf("result %v, doc %q", some.Result, some.Doc)
	}
	none := core.Func0(func(context.Context) (struct{}, error) { return struct{}{}, nil })
	if none.Result != nil {
		t.Errorf("no result is a %v", none.Result)
	}
}

// TestFuncPassesErrorsOn: what a func gives beside an error is dropped.
func TestFuncPassesErrorsOn(t *testing.T) {
	target := core.Func0(func(context.Context) (int, error) { return 7, core.Failed.Errorf("deliberate failure") })
	got, err := invoke(t, target, nil)
	if f := core.AsFault(err); got != nil || f == nil || f.Code != core.Failed || f.Message != "deliberate failure" {
		t.Errorf("got %v, %v", got, err)
	}
}

func countdown(_ context.Context, n int) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for i := n - 1; i >= 0; i-- {
			if i == 41 && !yield(nil, core.Failed.Errorf("broken")) {
				return
			}
			if !yield(i, nil) {
				return
			}
		}
		yield("done", nil)
	}
}

func TestStream(t *testing.T) {
	gone := errors.New("gone")
	tests := []struct {
		name     string
		n        int
		progress bool
		fails    error // by the caller's Progress
		interim  []any
		want     any
		code     core.Code
	}{
		{"interim results and the last", 3, true, nil, []any{2, 1, 0}, "done", 0},
		{"the last alone", 0, true, nil, nil, "done", 0},
		{"interim results that nobody takes", 3, false, nil, nil, "done", 0},
		{"an error ends it", 43, true, nil, []any{}, nil, core.Failed},
		{"a caller who is gone ends it", 3, true, gone, []any{2}, nil, core.Internal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var interim []any
			call := &core.Call{Service: "s", Operation: "op", Args: core.Values(test.n)}
			if test.progress {
				call.Progress = func(v any) error { interim = append(interim, v); return test.fails }
			}
			got, err := newSet(t, nil, core.NewService("s").Map("op", core.Stream(countdown, "n"))).Invoke(t.Context(), call)
			if err == nil && test.code != 0 || err != nil && core.AsFault(err).Code != test.code {
				t.Fatalf("error %v, want %v", err, test.code)
			}
			if got != test.want || len(interim) != len(test.interim) {
				t.Errorf("got %v after %v, want %v after %v", got, interim, test.want, test.interim)
			}
		})
	}
}

func TestSetUpMistakesPanic(t *testing.T) {
	target := core.Func0(func(context.Context) (int, error) { return 0, nil })
	tests := []struct {
		name, text string
		mistake    func()
	}{
		{"a target twice", `core: target "op" of service "s" is mapped twice`, func() { core.NewService("s").Map("op", target).Map("op", target) }},
		{"a target without a name", `core: target "" of service "s" has no name or no handler`, func() { core.NewService("s").Map("", target) }},
		{"a target without a handler", `core: target "op" of service "s" has no name or no handler`, func() { core.NewService("s").Map("op", &core.Target{}) }},
		{"a service twice", `core: service "s" is mapped twice`, func() { core.NewServiceMapper(core.NewService("s"), core.NewService("s")) }},
		{"more names than parameters", `core: 2 names ["a" "b"] for 1 parameters`, func() { core.Func(func(context.Context, int) (int, error) { return 0, nil }, "a", "b") }},
		{"arguments that are no struct", "core: the arguments int are no struct", func() { core.FuncArgs(func(context.Context, int) (int, error) { return 0, nil }) }},
		{"a channel without an endpoint", `core: channel "c" has no name or no endpoint`, func() { newSet(t, nil).Map(&core.Channel{Name: "c"}) }},
		{"a realm with a slash", `core: realm "a/b"`, func() { newSet(t, &core.Options{Realm: "a/b"}) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != test.text {
					t.Errorf("panic %v, want %v", got, test.text)
				}
			}()
			test.mistake()
		})
	}
}
