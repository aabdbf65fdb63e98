package jsonrpc

import (
	"context"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A target that holds on to its arguments against the rules gets an error, and never those of another request.
func TestArgumentsKeptTooLong(t *testing.T) {
	var kept []core.Args
	keep := &core.Target{Handler: func(_ context.Context, call *core.Call) (any, error) {
		kept = append(kept, call.Args)
		return nil, nil
	}}
	set := newSetOf(t, core.NewServiceMapper(core.NewService("example").Map("keep", keep)), nil, value.Limits{})
	for _, secret := range []string{"first", "second"} {
		post(t, set, nil, requestOf(`"method":"example.keep","params":["`+secret+`"],"id":1`))
		post(t, set, nil, requestOf(`"method":"example.nobody","params":["third"],"id":1`))
	}
	for i, args := range kept {
		var got string
		if err := args.Bind([]core.Param{{Name: "a"}}, &got); err == nil || got != "" {
			t.Errorf("arguments %d: got %q, %v; want an error", i, got, err)
		}
	}
}

type bomb struct{}

func (bomb) MarshalTokens(*value.Encoder) error { panic("boom") }

// A result that panics while it is written costs its own response alone.
func TestPanicOfAResult(t *testing.T) {
	bombs := core.Func0(func(context.Context) (any, error) { return []any{1, bomb{}}, nil })
	details := core.Func0(func(context.Context) (any, error) { return nil, core.Failed.Errorf("no").WithDetail(bomb{}) })
	fine := core.Func0(func(context.Context) (int, error) { return 7, nil })
	set := newSetOf(t, core.NewServiceMapper(core.NewService("example").Map("bomb", bombs).Map("detail", details).Map("fine", fine)), nil, value.Limits{})
	got, _ := post(t, set, nil, "["+requestOf(`"method":"example.fine","id":1`)+","+requestOf(`"method":"example.bomb","id":2`)+","+
		requestOf(`"method":"example.detail","id":3`)+","+requestOf(`"method":"example.fine","id":4`)+"]")
	want := "[" + resultOf("7", "1") + `,{"jsonrpc":"2.0","error":{"code":-32603,"message":"Internal error"},"id":2},` +
		`{"jsonrpc":"2.0","error":{"code":-32000,"message":"no"},"id":3},` + resultOf("7", "4") + "]"
	if got != want || strings.Contains(got, "boom") {
		t.Errorf("got %s, want %s", got, want)
	}
}
