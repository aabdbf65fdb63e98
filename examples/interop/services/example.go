package services

import (
	"context"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// example returns the service that every client can do something with.
func example() *core.Service {
	return core.NewService("example").
		Map("echo", core.FuncRest(echo, "x").Describe("Gives back what it is given, of the same type; several arguments as a list.")).
		Map("add", addTarget()).
		Map("nothing", core.Func0(nothing).Describe("Gives null.")).
		Map("person", core.Func(person, "name").Describe("Gives an example.Person with that name.")).
		Map("typeName", core.Func(typeName, "x").Describe("Tells the class of what it is given.")).
		Map("fail", core.Func0(fail).Describe("Fails with the text \"deliberate failure\".")).
		Map("raiseException", core.Func0(raiseException).Describe("Fails with the text \"Example Exception\".")).
		Map("sessionSet", core.Func2(sessionSet, "key", "value").Describe("Keeps a value in the caller's session.")).
		Map("sessionGet", core.Func(sessionGet, "key").Describe("Gives what the caller's session keeps under that key, or null.")).
		Map("countdown", core.Stream(countdown, "n").Describe("Counts down to 0 where the caller takes interim results, then gives \"done\".")).
		Map("sleep", core.Func(sleep, "ms").Describe("Waits that many milliseconds, unless the caller goes, and gives \"slept\"."))
}

// echo never looks at what it is given, so that no type is lost on the way back.
func echo(_ context.Context, x []value.Late) (any, error) {
	switch len(x) {
	case 0:
		return nil, core.Invalid.Errorf("Argument 1, %q, is missing.", "x")
	case 1:
		return x[0], nil
	}
	return x, nil
}

func nothing(context.Context) (struct{}, error) { return struct{}{}, nil }

func person(_ context.Context, name string) (*Person, error) {
	return &Person{Name: name, Born: time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC), Tags: []string{"a", "b"}}, nil
}

func typeName(_ context.Context, x any) (string, error) {
	switch x := x.(type) {
	case *Person:
		return "example.Person", nil
	case *Blob:
		return "example.Blob", nil
	case *value.Object:
		return "object of class " + x.Class, nil
	}
	return fmt.Sprintf("%T", x), nil
}

func fail(context.Context) (struct{}, error) {
	return struct{}{}, core.Failed.Errorf("deliberate failure")
}

func raiseException(context.Context) (struct{}, error) {
	return struct{}{}, core.Failed.Errorf("Example Exception")
}

const longestCountdown = 1_000_000

// countdown yields n-1 .. 0 and "done".
func countdown(ctx context.Context, n int) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		if n > longestCountdown {
			yield(nil, core.Invalid.Errorf("n is %d, and may be %d.", n, longestCountdown))
			return
		}
		for i := n - 1; i >= 0; i-- {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(i, nil) {
				return
			}
		}
		yield("done", nil)
	}
}

// longestSleep keeps the multiplication below from overflowing.
const longestSleep = float64(math.MaxInt64 / int64(time.Millisecond))

func sleep(ctx context.Context, ms float64) (string, error) {
	if !(ms >= 0 && ms < longestSleep) {
		return "", core.Invalid.Errorf("ms is %v, and must be 0 or more milliseconds.", ms)
	}
	t := time.NewTimer(time.Duration(ms * float64(time.Millisecond)))
	defer t.Stop()
	select {
	case <-t.C:
		return "slept", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
