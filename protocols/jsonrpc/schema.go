package jsonrpc

import (
	"encoding"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
)

// schemas makes JSON Schemas (draft 7, as OpenRPC has it) of Go types. Structs with a name become components, so that a type
// may contain itself and is described once.
//
// A schema serves both ways. So members of an object are not "required", since missing ones are taken as zero, and what may be nil in Go
// may be null.
type schemas struct {
	registry   *value.Registry
	names      map[reflect.Type]string
	byName     map[string]bool
	components value.Members // name and schema of each component
}

func newSchemas(registry *value.Registry) *schemas {
	return &schemas{registry: registry, names: map[reflect.Type]string{}, byName: map[string]bool{}, components: value.Members{}}
}

// plain are the types whose form is not that of their Go kind. An empty schema lets anything pass.
var plain = map[reflect.Type]value.Members{
	reflect.TypeFor[time.Time]():        {{Name: "type", Value: "string"}, {Name: "format", Value: "date-time"}},
	reflect.TypeFor[value.Date]():       {{Name: "type", Value: "string"}, {Name: "format", Value: "date-time"}},
	reflect.TypeFor[[]byte]():           {{Name: "type", Value: []string{"string", "null"}}, {Name: "contentEncoding", Value: "base64"}},
	reflect.TypeFor[big.Int]():          {{Name: "type", Value: "integer"}},
	reflect.TypeFor[big.Float]():        {{Name: "type", Value: "number"}},
	reflect.TypeFor[big.Rat]():          {{Name: "type", Value: "number"}},
	reflect.TypeFor[value.XML]():        {{Name: "type", Value: "string"}},
	reflect.TypeFor[value.XMLDoc]():     {{Name: "type", Value: "string"}},
	reflect.TypeFor[value.Members]():    {{Name: "type", Value: []string{"object", "null"}}},
	reflect.TypeFor[value.Object]():     {{Name: "type", Value: "object"}},
	reflect.TypeFor[value.Array]():      {},
	reflect.TypeFor[value.Dictionary](): {},
	reflect.TypeFor[value.Late]():       {},
}

var (
	marshalerType     = reflect.TypeFor[value.Marshaler]()
	unmarshalerType   = reflect.TypeFor[value.Unmarshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

// of returns the schema of a type; nil is a type that is not known.
func (s *schemas) of(t reflect.Type) value.Members {
	if t == nil {
		return value.Members{}
	}
	if schema, ok := plain[t]; ok {
		return schema
	}
	p := reflect.PointerTo(t)
	switch {
	case t.Kind() == reflect.Pointer:
		return orNull(s.of(t.Elem()))
	case p.Implements(marshalerType), p.Implements(unmarshalerType):
		return value.Members{} // it alone knows its form
	case p.Implements(textMarshalerType):
		return typed("string")
	}
	return s.ofKind(t)
}

func (s *schemas) ofKind(t reflect.Type) value.Members {
	switch t.Kind() {
	case reflect.Bool:
		return typed("boolean")
	case reflect.String:
		return typed("string")
	case reflect.Float32, reflect.Float64:
		return typed("number")
	case reflect.Int, reflect.Int64:
		return typed("integer")
	case reflect.Int8, reflect.Int16, reflect.Int32:
		limit := int64(1) << (t.Bits() - 1)
		return append(typed("integer"), value.Member{Name: "minimum", Value: -limit}, value.Member{Name: "maximum", Value: limit - 1})
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return append(typed("integer"), value.Member{Name: "minimum", Value: 0})
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		limit := int64(1)<<t.Bits() - 1
		return append(typed("integer"), value.Member{Name: "minimum", Value: 0}, value.Member{Name: "maximum", Value: limit})
	case reflect.Slice:
		return append(typed("array", "null"), value.Member{Name: "items", Value: s.of(t.Elem())})
	case reflect.Array:
		return append(typed("array"), value.Member{Name: "items", Value: s.of(t.Elem())},
			value.Member{Name: "minItems", Value: t.Len()}, value.Member{Name: "maxItems", Value: t.Len()})
	case reflect.Map:
		return s.ofMap(t)
	case reflect.Struct:
		return s.ofStruct(t)
	}
	return value.Members{}
}

func typed(names ...string) value.Members {
	if len(names) == 1 {
		return value.Members{{Name: "type", Value: names[0]}}
	}
	return value.Members{{Name: "type", Value: names}}
}

// orNull lets null pass too. An empty schema does already.
func orNull(schema value.Members) value.Members {
	if len(schema) == 0 {
		return schema
	}
	if name, ok := schema[0].Value.(string); ok && schema[0].Name == "type" {
		return append(typed(name, "null"), schema[1:]...)
	}
	return value.Members{{Name: "anyOf", Value: []value.Members{schema, typed("null")}}}
}

// ofMap describes maps whose keys are text in JSON; those with other keys have two forms.
func (s *schemas) ofMap(t reflect.Type) value.Members {
	if t.Key().Kind() != reflect.String {
		return value.Members{}
	}
	return append(typed("object", "null"), value.Member{Name: "additionalProperties", Value: s.of(t.Elem())})
}

// ofStruct makes a component of a struct with a name and refers to it.
func (s *schemas) ofStruct(t reflect.Type) value.Members {
	if t.Name() == "" {
		return s.object(t)
	}
	name, known := s.names[t]
	if !known {
		name = s.nameFor(t)
		s.names[t], s.byName[name] = name, true
		at := len(s.components)
		s.components = append(s.components, value.Member{Name: name})
		schema := s.object(t) // may append more
		s.components[at].Value = schema
	}
	return value.Members{{Name: "$ref", Value: "#/components/schemas/" + name}}
}

// nameFor returns a component's name: the class, or the Go name, with a number where it is taken.
func (s *schemas) nameFor(t reflect.Type) string {
	base := s.registry.Alias(t)
	if base == "" {
		base = withoutPaths(t.Name())
	}
	base = strings.Map(componentLetter, base)
	name := base
	for n := 2; s.byName[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

// withoutPaths cuts the package paths from the type arguments of a generic type's name, which are nobody's business:
// Page[example.org/shop.Item] is Page[Item].
func withoutPaths(name string) string {
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("[],", r) })
	for i, part := range parts {
		parts[i] = part[strings.LastIndexByte(part, '.')+1:]
	}
	return strings.Join(parts, "_")
}

// componentLetter leaves the letters that OpenRPC allows in names of components.
func componentLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
		return r
	}
	return '_'
}

func (s *schemas) object(t reflect.Type) value.Members {
	properties, dynamic := value.Members{}, false
	if alias := s.registry.Alias(t); alias != "" {
		properties.Set("$class", value.Members{{Name: "const", Value: alias}})
	}
	for _, f := range value.Fields(t) {
		if f.Dynamic {
			dynamic = true
			continue
		}
		properties.Set(f.Name, s.of(f.Type))
	}
	schema := append(typed("object"), value.Member{Name: "properties", Value: properties})
	if dynamic {
		schema.Set("additionalProperties", true)
	}
	return schema
}
