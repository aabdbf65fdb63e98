package core

import (
	"context"
	"fmt"
	"reflect"

	"github.com/patchbay-go/patchbay/core/value"
)

// FuncArgs makes a Target of a Go func whose argument is a struct: its fields are the parameters, by order and by name, named as
// value.Fields names them. One whose tag says omitempty may be missing; so a target can take more parameters later. A field of all
// others, tagged dynamic, takes no part. It panics where A is no struct: a mistake of set-up.
func FuncArgs[A, R any](fn func(context.Context, A) (R, error)) *Target {
	params, fields := structParameters(reflect.TypeFor[A]())
	return newTarget[R](params, func(ctx context.Context, call *Call) (any, error) {
		var args A
		if err := call.Args.Bind(params, fieldPointers(reflect.ValueOf(&args).Elem(), fields)...); err != nil {
			return nil, err
		}
		return result(fn(ctx, args))
	})
}

func structParameters(t reflect.Type) ([]Param, []value.Field) {
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("core: the arguments %v are no struct", t))
	}
	params, fields := []Param{}, []value.Field{}
	for _, f := range value.Fields(t) {
		if f.Dynamic {
			continue
		}
		params = append(params, Param{Name: f.Name, Type: f.Type, Optional: f.OmitEmpty})
		fields = append(fields, f)
	}
	return params, fields
}

// fieldPointers returns where the fields of a struct are, making embedded structs that are behind pointers.
func fieldPointers(v reflect.Value, fields []value.Field) []any {
	pointers := make([]any, len(fields))
	for i, f := range fields {
		at := v
		for _, index := range f.Index {
			if at.Kind() == reflect.Pointer {
				if at.IsNil() {
					at.Set(reflect.New(at.Type().Elem()))
				}
				at = at.Elem()
			}
			at = at.Field(index)
		}
		pointers[i] = at.Addr().Interface()
	}
	return pointers
}
