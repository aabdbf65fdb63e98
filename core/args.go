package core

import (
	"fmt"
	"reflect"

	"github.com/patchbay-go/patchbay/core/value"
)

// Args are the arguments of a call, still encoded until a target says what types they have.
type Args interface {
	// Bind binds the arguments to dst, pointers in the order of params: positional ones in order, then those with names, which
	// override. Missing and surplus ones are Invalid. It may be called again.
	Bind(params []Param, dst ...any) error
}

// A Param is what a target takes in one place.
type Param struct {
	Name     string
	Type     reflect.Type
	Optional bool // may be missing: the Go value stays zero
	Variadic bool // the last one: takes all arguments from here on, or one by its name; Type is the slice of them
}

// Arguments are Args of values that stand somewhere in a unit, in the way of all protocols that read tokens.
type Arguments struct {
	Positional []value.Late
	Named      []Named
}

// A Named is an argument with a name.
type Named struct {
	Name  string
	Value value.Late
}

var _ Args = (*Arguments)(nil)

// Bind implements Args.
func (a *Arguments) Bind(params []Param, dst ...any) error {
	m, err := match(params, len(a.Positional), len(a.Named), func(i int) string { return a.Named[i].Name })
	if err != nil {
		return err
	}
	for i, p := range params {
		switch src := m[i]; {
		case src.named >= 0 && p.Variadic: // what has one name is one argument
			err = bindRest([]value.Late{a.Named[src.named].Value}, dst[i])
		case src.named >= 0:
			err = a.Named[src.named].Value.Bind(dst[i])
		case p.Variadic:
			err = bindRest(a.Positional[min(i, len(a.Positional)):], dst[i])
		case src.positional >= 0:
			err = a.Positional[src.positional].Bind(dst[i])
		}
		if err != nil {
			return argumentError(p, err)
		}
	}
	return nil
}

// bindRest binds each value to an element of its own of the slice that dst points to.
func bindRest(values []value.Late, dst any) error {
	slice := reflect.ValueOf(dst).Elem()
	if len(values) > 0 {
		if err := values[0].Charge(len(values) * int(slice.Type().Elem().Size())); err != nil {
			return err
		}
	}
	slice.Set(reflect.MakeSlice(slice.Type(), len(values), len(values)))
	for i, v := range values {
		if err := v.Bind(slice.Index(i).Addr().Interface()); err != nil {
			return value.WithinIndex(i, err)
		}
	}
	return nil
}

// Values returns Args of Go values, for calls that do not come over a wire and for protocols that have read an argument already.
// Each is assigned or converted to the parameter's type; what does not fit is Invalid.
func Values(positional ...any) Args { return goValues(positional) }

type goValues []any

// Bind implements Args.
func (vs goValues) Bind(params []Param, dst ...any) error {
	m, err := match(params, len(vs), 0, nil)
	if err != nil {
		return err
	}
	for i, p := range params {
		switch {
		case p.Variadic:
			err = vs[min(i, len(vs)):].assignRest(dst[i])
		case m[i].positional >= 0:
			err = assign(reflect.ValueOf(dst[i]).Elem(), vs[i])
		}
		if err != nil {
			return argumentError(p, err)
		}
	}
	return nil
}

func (vs goValues) assignRest(dst any) error {
	slice := reflect.ValueOf(dst).Elem()
	slice.Set(reflect.MakeSlice(slice.Type(), len(vs), len(vs)))
	for i, v := range vs {
		if err := assign(slice.Index(i), v); err != nil {
			return value.WithinIndex(i, err)
		}
	}
	return nil
}

// assign sets dst to v, converted between kinds of numbers, or of texts, where nothing is lost.
func assign(dst reflect.Value, v any) error {
	src := reflect.ValueOf(v)
	switch {
	case v == nil:
		dst.SetZero()
	case src.Type().AssignableTo(dst.Type()):
		dst.Set(src)
	case isNumber(src.Kind()) && isNumber(dst.Kind()) && keepsNumber(src, dst.Type()):
		dst.Set(src.Convert(dst.Type()))
	case src.Kind() == reflect.String && dst.Kind() == reflect.String:
		dst.SetString(src.String())
	default:
		return value.Errorf(-1, value.ErrType, fmt.Sprintf("%T cannot become %v", v, dst.Type()))
	}
	return nil
}

func isNumber(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Float64 && k != reflect.Uintptr
}

// keepsNumber reports whether a number is the same as a t.
func keepsNumber(src reflect.Value, t reflect.Type) bool {
	there := src.Convert(t)
	return there.Convert(src.Type()).Interface() == src.Interface() && isNegative(there) == isNegative(src)
}

func isNegative(v reflect.Value) bool {
	switch {
	case v.CanInt():
		return v.Int() < 0
	case v.CanFloat():
		return v.Float() < 0
	}
	return false
}

// A source says which argument serves a parameter; -1 and -1: none does.
type source struct{ positional, named int }

// match finds the argument for each parameter.
func match(params []Param, positional, named int, name func(int) string) ([]source, error) {
	m := make([]source, len(params))
	for i := range m {
		m[i] = source{-1, -1}
		if i < positional {
			m[i].positional = i
		}
	}
	for n := range named {
		i := indexOf(params, name(n))
		if i < 0 {
			return nil, Invalid.Errorf("There is no parameter %q.", name(n))
		}
		m[i].named = n
	}
	return m, missingOrSurplus(params, m, positional)
}

func indexOf(params []Param, name string) int {
	for i, p := range params {
		if p.Name == name {
			return i
		}
	}
	return -1
}

func missingOrSurplus(params []Param, m []source, positional int) error {
	variadic := len(params) > 0 && params[len(params)-1].Variadic
	if positional > len(params) && !variadic {
		return Invalid.Errorf("Too many arguments: got %d, want at most %d.", positional, len(params))
	}
	for i, p := range params {
		if m[i] == (source{-1, -1}) && !p.Optional && !p.Variadic {
			return Invalid.Errorf("Argument %d, %q, is missing.", i+1, p.Name)
		}
	}
	return nil
}

// argumentError says which argument does not fit.
func argumentError(p Param, err error) error { return value.Within(p.Name, err) }
