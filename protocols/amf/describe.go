package amf

import (
	"reflect"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// describe returns what a service offers: its targets with their parameters, types by their ActionScript names. The target of the
// body names the service, or one of its operations.
func (s *step) describe(target string) (any, error) {
	service := s.set.Services().Service(target)
	if service == nil {
		name, _ := splitTarget(target)
		service = s.set.Services().Service(name)
	}
	if service == nil {
		return nil, noDestination()
	}
	functions := []any{}
	for _, operation := range service.Operations() {
		functions = append(functions, describeTarget(operation, service.Target(operation)))
	}
	return value.Members{{Name: "service", Value: service.Name()}, {Name: "functions", Value: functions}}, nil
}

func describeTarget(operation string, t *core.Target) value.Members {
	arguments := []any{}
	for _, p := range t.Params {
		arguments = append(arguments, value.Members{
			{Name: "name", Value: p.Name}, {Name: "type", Value: actionScriptType(p.Type)}, {Name: "required", Value: !p.Optional && !p.Variadic}})
	}
	returns := "*"
	if t.Result != nil {
		returns = actionScriptType(t.Result)
	}
	return value.Members{{Name: "name", Value: operation}, {Name: "description", Value: t.Doc},
		{Name: "arguments", Value: arguments}, {Name: "returns", Value: returns}}
}

// actionScriptType names what values of a Go type are in ActionScript 3.
func actionScriptType(t reflect.Type) string {
	if t.PkgPath() == "time" && t.Name() == "Time" {
		return "Date"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "Boolean"
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return "int"
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return "uint"
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Float32, reflect.Float64:
		return "Number"
	case reflect.String:
		return "String"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "ByteArray"
		}
		return "Array"
	case reflect.Struct, reflect.Map:
		return "Object"
	case reflect.Pointer:
		return actionScriptType(t.Elem())
	}
	return "*"
}
