package object_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/object"
	"github.com/patchbay-go/patchbay/stores/memory"
)

type book struct{ entries []string }

func (b *book) Add(name string) int                       { b.entries = append(b.entries, name); return len(b.entries) }
func (b *book) LoadAll(context.Context) ([]string, error) { return b.entries, nil }
func (b *book) Clear()                                    { b.entries = nil }
func (b *book) Fail(context.Context) error                { return core.Failed.Errorf("deliberate failure") }
func (b *book) Both(a int, c string) (string, int)        { return c, a }
func (b *book) Join(ctx context.Context, sep string, n ...int) string {
	return fmt.Sprint(n, sep, core.CallFrom(ctx).Operation)
}
func (b *book) URL() (string, error) { return "", errors.New("no text of ours") }

func TestService(t *testing.T) {
	set := core.NewChannelSet(core.NewServiceMapper(object.Service("book", &book{}, nil)), memory.New(nil), nil)
	tests := []struct {
		operation string
		args      []any
		want      any
		code      core.Code // of the fault where want is nil and it is not 0
	}{
		{"add", []any{"a"}, 1, 0},
		{"add", []any{"b"}, 2, 0},
		{"loadAll", nil, []string{"a", "b"}, 0},
		{"clear", nil, nil, 0},
		{"fail", nil, nil, core.Failed},
		{"both", []any{1, "x"}, []any{"x", 1}, 0},
		{"join", []any{"+", 1, 2}, "[1 2]+join", 0},
		{"join", []any{"+"}, "[]+join", 0},
		{"join", nil, nil, core.Invalid},
		{"add", []any{"a", "b"}, nil, core.Invalid},
		{"add", []any{1}, nil, core.Invalid},
		{"Add", []any{"a"}, nil, core.NotFound},
	}
	for _, test := range tests {
		got, err := set.Invoke(t.Context(), &core.Call{Service: "book", Operation: test.operation, Args: core.Values(test.args...)})
		if f := core.AsFault(err); (f != nil) != (test.code != 0) || f != nil && f.Code != test.code {
			t.Errorf("%s%v: %v, want %v", test.operation, test.args, err, test.code)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s%v (-want +got):\n%s", test.operation, test.args, diff)
		}
	}
}

func TestTargets(t *testing.T) {
	targets := object.Targets(&book{}, &object.Options{Name: func(method string) string {
		if method == "Clear" {
			return "" // not for everybody
		}
		return object.GoNames(method)
	}})
	got := map[string]string{}
	for operation, target := range targets {
		text := ""
		for _, p := range target.Params {
			text += p.Name + " " + p.Type.String() + ","
		}
		got[operation] = text + fmt.Sprint(target.Result)
	}
	want := map[string]string{
		"Add": "arg1 string,int", "LoadAll": "[]string", "Fail": "<nil>", "Both": "arg1 int,arg2 string,<nil>",
		"Join": "arg1 string,arg2 []int,string", "URL": "string",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
}

func TestSetUpMistakesPanic(t *testing.T) {
	for name, mistake := range map[string]func(){
		"nil":                func() { object.Targets(nil, nil) },
		"no methods":         func() { object.Targets(7, nil) },
		"methods of pointer": func() { object.Targets(book{}, nil) },
		"one name for all":   func() { object.Targets(&book{}, &object.Options{Name: func(string) string { return "x" }}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			mistake()
		}()
	}
}
