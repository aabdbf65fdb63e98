package core_test

import (
	"context"
	"fmt"
	"iter"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A func becomes a target, targets make a service, and a ChannelSet calls them. Protocols do what the last lines do.
func ExampleChannelSet_Invoke() {
	add := func(_ context.Context, a, b int) (int, error) { return a + b, nil }
	example := core.NewService("example").Map("add", core.Func2(add, "a", "b"))
	set := core.NewChannelSet(core.NewServiceMapper(example), memory.New(nil), nil)

	sum, err := set.Invoke(context.Background(), &core.Call{Service: "example", Operation: "add", Args: core.Values(1, 2)})
	fmt.Println(sum, err)
	_, err = set.Invoke(context.Background(), &core.Call{Service: "example", Operation: "add", Args: core.Values(1)})
	fmt.Println(err)
	// Output:
	// 3 <nil>
	// invalid: Argument 2, "b", is missing.
}

// A target that wants to know its caller asks for the Call; what it keeps lies in the caller's session.
func ExampleCallFrom() {
	const visits = core.Attribute[int]("visits")
	visit := core.Func0(func(ctx context.Context) (n int, err error) {
		client, err := core.CallFrom(ctx).Session(ctx)
		if err != nil {
			return 0, err
		}
		err = visits.Update(ctx, client, func(old int) (int, error) {
			n = old + 1
			return n, nil
		})
		return n, err
	})
	set := core.NewChannelSet(core.NewServiceMapper(core.NewService("door").Map("visit", visit)), memory.New(nil), nil)

	var client *core.Client
	for range 3 {
		call := &core.Call{Service: "door", Operation: "visit", Client: client}
		n, err := set.Invoke(context.Background(), call)
		fmt.Println(n, err, "new session:", call.Minted())
		client = call.Client
	}
	// Output:
	// 1 <nil> new session: true
	// 2 <nil> new session: false
	// 3 <nil> new session: false
}

// A stream gives interim results to callers who take them.
func ExampleStream() {
	countdown := func(_ context.Context, from int) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for i := from; i > 0; i-- {
				if !yield(fmt.Sprint(i), nil) {
					return
				}
			}
			yield("lift-off", nil)
		}
	}
	set := core.NewChannelSet(core.NewServiceMapper(core.NewService("").Map("countdown", core.Stream(countdown, "from"))), memory.New(nil), nil)
	progress := func(v any) error {
		fmt.Println("interim", v)
		return nil
	}
	result, err := set.Invoke(context.Background(), &core.Call{Operation: "countdown", Args: core.Values(2), Progress: progress})
	fmt.Println(result, err)
	// Output:
	// interim 2
	// interim 1
	// lift-off <nil>
}

// An interceptor stands before targets; the first one is outermost.
func ExampleInterceptor() {
	members := func(next core.Handler) core.Handler {
		return func(ctx context.Context, call *core.Call) (any, error) {
			if call.Meta["invitation"] == "" {
				return nil, core.Denied.Errorf("Members only.")
			}
			return next(ctx, call)
		}
	}
	hello := core.Func0(func(context.Context) (string, error) { return "hello", nil })
	set := core.NewChannelSet(core.NewServiceMapper(core.NewService("club", members).Map("hello", hello)), memory.New(nil), nil)
	for _, meta := range []map[string]string{nil, {"invitation": "yes"}} {
		fmt.Println(set.Invoke(context.Background(), &core.Call{Service: "club", Operation: "hello", Meta: meta}))
	}
	// Output:
	// <nil> denied: Members only.
	// hello <nil>
}
