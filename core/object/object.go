// Package object makes targets of the methods of a Go value, all at once. It is a package of its own since looking methods up keeps
// the linker from leaving out those that nobody calls: a program that maps funcs one by one stays small.
package object

import (
	"context"
	"fmt"
	"reflect"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// Options say how methods become targets. The zero value is good.
type Options struct {
	// Name gives an operation's name from its method's; "" leaves the method out. Default: value.MemberName, so that LoadAll
	// is called loadAll.
	Name func(method string) string
}

// GoNames keeps the names of methods as they are.
func GoNames(method string) string { return method }

// Service returns a service of all targets that Targets finds.
func Service(name string, v any, opts *Options) *core.Service {
	s := core.NewService(name)
	for _, m := range methods(v, opts) {
		s.Map(m.operation, m.target)
	}
	return s
}

// Targets returns a target for each exported method of v, by operation. A method may take a context first, which is that of the call,
// and give an error last; what it takes beside are the parameters, arg1 and so on, and what it gives beside is the result: a list
// where there are several. It panics where two methods get one name, or v has no exported method: mistakes of set-up.
func Targets(v any, opts *Options) map[string]*core.Target {
	targets := map[string]*core.Target{}
	for _, m := range methods(v, opts) {
		if targets[m.operation] != nil {
			panic(fmt.Sprintf("object: %T has two methods for %q", v, m.operation))
		}
		targets[m.operation] = m.target
	}
	return targets
}

type named struct {
	operation string
	target    *core.Target
}

func methods(v any, opts *Options) []named {
	name := value.MemberName
	if opts != nil && opts.Name != nil {
		name = opts.Name
	}
	t := reflect.TypeOf(v)
	if t == nil || t.NumMethod() == 0 {
		panic(fmt.Sprintf("object: %T has no exported methods", v))
	}
	list := make([]named, 0, t.NumMethod())
	for m := range t.Methods() {
		if operation := name(m.Name); operation != "" {
			list = append(list, named{operation, target(reflect.ValueOf(v), m.Func)})
		}
	}
	return list
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// target makes a Target of a method.
func target(receiver, method reflect.Value) *core.Target {
	t := method.Type()
	first := 1 // behind the receiver
	takesContext := t.NumIn() > 1 && t.In(1) == contextType
	if takesContext {
		first = 2
	}
	params := parameters(t, first)
	return &core.Target{
		Params: params,
		Result: resultType(t),
		Handler: func(ctx context.Context, call *core.Call) (any, error) {
			in := []reflect.Value{receiver}
			if takesContext {
				in = append(in, reflect.ValueOf(ctx))
			}
			in, err := bind(in, call, params)
			if err != nil {
				return nil, err
			}
			if t.IsVariadic() {
				return results(method.CallSlice(in))
			}
			return results(method.Call(in))
		},
	}
}

func parameters(t reflect.Type, first int) []core.Param {
	params := make([]core.Param, 0, t.NumIn()-first)
	for i := first; i < t.NumIn(); i++ {
		variadic := t.IsVariadic() && i == t.NumIn()-1
		params = append(params, core.Param{Name: fmt.Sprintf("arg%d", len(params)+1), Type: t.In(i), Variadic: variadic})
	}
	return params
}

// bind appends the arguments of the call.
func bind(in []reflect.Value, call *core.Call, params []core.Param) ([]reflect.Value, error) {
	dst := make([]any, len(params))
	for i, p := range params {
		v := reflect.New(p.Type)
		dst[i] = v.Interface()
		in = append(in, v.Elem())
	}
	return in, call.Args.Bind(params, dst...)
}

// resultType returns what a method gives beside an error; nil: nothing, or a list.
func resultType(t reflect.Type) reflect.Type {
	n := t.NumOut()
	if n > 0 && t.Out(n-1) == errorType {
		n--
	}
	if n == 1 {
		return t.Out(0)
	}
	return nil
}

func results(out []reflect.Value) (any, error) {
	if n := len(out); n > 0 && out[n-1].Type() == errorType {
		if err, ok := reflect.TypeAssert[error](out[n-1]); ok && err != nil {
			return nil, err
		}
		out = out[:n-1]
	}
	switch len(out) {
	case 0:
		return nil, nil
	case 1:
		return out[0].Interface(), nil
	}
	list := make([]any, len(out))
	for i, v := range out {
		list[i] = v.Interface()
	}
	return list, nil
}
