package core

import (
	"context"
	"fmt"
	"iter"
	"reflect"
)

// Func makes a Target of a Go func with one argument. Go has no parameter names at run time, so they are given here; without
// one the parameter is called arg1.
func Func[A, R any](fn func(context.Context, A) (R, error), names ...string) *Target {
	params := parameters(names, reflect.TypeFor[A]())
	return newTarget[R](params, func(ctx context.Context, call *Call) (any, error) {
		var a A
		if err := call.Args.Bind(params, &a); err != nil {
			return nil, err
		}
		return result(fn(ctx, a))
	})
}

// Func0 is Func for a func without arguments.
func Func0[R any](fn func(context.Context) (R, error)) *Target {
	return newTarget[R]([]Param{}, func(ctx context.Context, call *Call) (any, error) {
		if err := call.Args.Bind(nil); err != nil {
			return nil, err
		}
		return result(fn(ctx))
	})
}

// Func2 is Func for a func with two arguments.
func Func2[A, B, R any](fn func(context.Context, A, B) (R, error), names ...string) *Target {
	params := parameters(names, reflect.TypeFor[A](), reflect.TypeFor[B]())
	return newTarget[R](params, func(ctx context.Context, call *Call) (any, error) {
		var args struct {
			a A
			b B
		}
		if err := call.Args.Bind(params, &args.a, &args.b); err != nil {
			return nil, err
		}
		return result(fn(ctx, args.a, args.b))
	})
}

// Func3 is Func for a func with three arguments.
func Func3[A, B, C, R any](fn func(context.Context, A, B, C) (R, error), names ...string) *Target {
	params := parameters(names, reflect.TypeFor[A](), reflect.TypeFor[B](), reflect.TypeFor[C]())
	return newTarget[R](params, func(ctx context.Context, call *Call) (any, error) {
		var args struct {
			a A
			b B
			c C
		}
		if err := call.Args.Bind(params, &args.a, &args.b, &args.c); err != nil {
			return nil, err
		}
		return result(fn(ctx, args.a, args.b, args.c))
	})
}

// Func4 is Func for a func with four arguments.
func Func4[A, B, C, D, R any](fn func(context.Context, A, B, C, D) (R, error), names ...string) *Target {
	params := parameters(names, reflect.TypeFor[A](), reflect.TypeFor[B](), reflect.TypeFor[C](), reflect.TypeFor[D]())
	return newTarget[R](params, func(ctx context.Context, call *Call) (any, error) {
		var args struct {
			a A
			b B
			c C
			d D
		}
		if err := call.Args.Bind(params, &args.a, &args.b, &args.c, &args.d); err != nil {
			return nil, err
		}
		return result(fn(ctx, args.a, args.b, args.c, args.d))
	})
}

// Func5 is Func for a func with five arguments.
func Func5[A, B, C, D, E, R any](fn func(context.Context, A, B, C, D, E) (R, error), names ...string) *Target {
	params := parameters(names, reflect.TypeFor[A](), reflect.TypeFor[B](), reflect.TypeFor[C](), reflect.TypeFor[D](), reflect.TypeFor[E]())
	return newTarget[R](params, func(ctx context.Context, call *Call) (any, error) {
		var args struct {
			a A
			b B
			c C
			d D
			e E
		}
		if err := call.Args.Bind(params, &args.a, &args.b, &args.c, &args.d, &args.e); err != nil {
			return nil, err
		}
		return result(fn(ctx, args.a, args.b, args.c, args.d, args.e))
	})
}

// Func6 is Func for a func with six arguments. Whoever needs more takes a struct, with FuncArgs.
func Func6[A, B, C, D, E, F, R any](fn func(context.Context, A, B, C, D, E, F) (R, error), names ...string) *Target {
	params := parameters(names, reflect.TypeFor[A](), reflect.TypeFor[B](), reflect.TypeFor[C](), reflect.TypeFor[D](), reflect.TypeFor[E](), reflect.TypeFor[F]())
	return newTarget[R](params, func(ctx context.Context, call *Call) (any, error) {
		var args struct {
			a A
			b B
			c C
			d D
			e E
			f F
		}
		if err := call.Args.Bind(params, &args.a, &args.b, &args.c, &args.d, &args.e, &args.f); err != nil {
			return nil, err
		}
		return result(fn(ctx, args.a, args.b, args.c, args.d, args.e, args.f))
	})
}

// FuncRest makes a Target of a Go func that takes any number of arguments of one type.
func FuncRest[A, R any](fn func(ctx context.Context, args []A) (R, error), names ...string) *Target {
	params := parameters(names, reflect.TypeFor[[]A]())
	params[0].Variadic = true
	return newTarget[R](params, func(ctx context.Context, call *Call) (any, error) {
		var args []A
		if err := call.Args.Bind(params, &args); err != nil {
			return nil, err
		}
		return result(fn(ctx, args))
	})
}

// Stream makes a Target of a Go func whose last value is the result; those before it are interim results, which are dropped
// where the caller takes none. It ends early when the caller cannot be reached any more. One parameter or, with A an empty struct, none.
func Stream[A, R any](fn func(context.Context, A) iter.Seq2[R, error], names ...string) *Target {
	params := streamParameters[A](names)
	t := newTarget[R](params, func(ctx context.Context, call *Call) (any, error) {
		var a A
		if err := call.Args.Bind(params, destinations(params, &a)...); err != nil {
			return nil, err
		}
		return drain(call, fn(ctx, a))
	})
	t.Interim = true
	return t
}

// drain sends every value but the last as an interim result and returns the last.
func drain[R any](call *Call, values iter.Seq2[R, error]) (any, error) {
	var last any
	started := false
	for v, err := range values {
		if err != nil {
			return nil, err
		}
		if started && call.Progress != nil {
			if err := call.Progress(last); err != nil {
				return nil, fmt.Errorf("send interim result: %w", err)
			}
		}
		last, started = v, true
	}
	return last, nil
}

// streamParameters returns the parameters of a stream: none for an empty struct.
func streamParameters[A any](names []string) []Param {
	if t := reflect.TypeFor[A](); t.Kind() == reflect.Struct && t.NumField() == 0 {
		return []Param{}
	}
	return parameters(names, reflect.TypeFor[A]())
}

// destinations returns a where there is a parameter to bind it to.
func destinations(params []Param, a any) []any {
	if len(params) == 0 {
		return nil
	}
	return []any{a}
}

// newTarget returns a Target whose result is an R; a struct without fields is no result.
func newTarget[R any](params []Param, h Handler) *Target {
	t := &Target{Handler: h, Params: params, Result: reflect.TypeFor[R]()}
	if t.Result.Kind() == reflect.Struct && t.Result.NumField() == 0 {
		t.Result = nil
	}
	return t
}

// result turns what a func gives into what a Handler gives.
func result[R any](r R, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	if _, none := any(r).(struct{}); none {
		return nil, nil
	}
	return r, nil
}

// parameters pairs names and types. It panics where there are more names than parameters: a mistake of set-up.
func parameters(names []string, types ...reflect.Type) []Param {
	if len(names) > len(types) {
		panic(fmt.Sprintf("core: %d names %q for %d parameters", len(names), names, len(types)))
	}
	params := make([]Param, len(types))
	for i, t := range types {
		params[i] = Param{Name: fmt.Sprintf("arg%d", i+1), Type: t}
		if i < len(names) {
			params[i].Name = names[i]
		}
	}
	return params
}
