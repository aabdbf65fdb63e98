package services

import (
	"context"
	"math/big"
	"reflect"

	"github.com/patchbay-go/patchbay/core"
)

// addTarget is the target of add. It takes any and tells the world that it takes numbers: an any alone keeps an integer exact that a
// float64 cannot hold.
func addTarget() *core.Target {
	t := core.Func2(add, "a", "b").Describe("Gives the sum of two numbers.")
	number := reflect.TypeFor[float64]()
	t.Params[0].Type, t.Params[1].Type, t.Result = number, number, number
	return t
}

// add gives the sum of two numbers: of integers exactly, of others as a float64.
func add(_ context.Context, a, b any) (any, error) {
	x, isFloatX := a.(float64)
	y, isFloatY := b.(float64)
	if isFloatX && isFloatY {
		return x + y, nil
	}
	m, n := rational(a), rational(b)
	if m == nil || n == nil {
		return nil, core.Invalid.Errorf("a and b must be numbers.")
	}
	sum := m.Add(m, n)
	switch {
	case sum.IsInt() && sum.Num().IsInt64():
		return sum.Num().Int64(), nil
	case sum.IsInt():
		return sum.Num(), nil
	}
	f, _ := sum.Float64()
	return f, nil
}

// rational returns a finite number as a ratio; nil: it is none.
func rational(v any) *big.Rat {
	switch v := v.(type) {
	case float64:
		return new(big.Rat).SetFloat64(v)
	case int:
		return new(big.Rat).SetInt64(int64(v))
	case int64:
		return new(big.Rat).SetInt64(v)
	case uint64:
		return new(big.Rat).SetUint64(v)
	case *big.Int:
		return new(big.Rat).SetInt(v)
	case *big.Float:
		r, _ := v.Rat(nil)
		return r
	}
	return nil
}
