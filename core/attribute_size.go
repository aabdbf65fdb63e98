package core

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
)

// A peer can send a value of a hundred bytes in which ten lists of ten references each stand within one another: written out as JSON it
// would be 10^10 values. So it is counted before it is written, and counting ends early.

// partsPerByte is how many parts of a value may be counted for a byte that may be kept: a field that JSON leaves out is a part too.
const partsPerByte = 16

// isSmall reports whether v may fit most bytes as JSON; what is far over that does not.
func isSmall(v any, most int) bool {
	left := most * partsPerByte
	return countParts(reflect.ValueOf(v), &left)
}

// countParts takes the parts of v off what is left, and reports whether it was enough.
func countParts(v reflect.Value, left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	if !v.IsValid() || writesItself(v.Type()) {
		return true
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || countParts(v.Elem(), left)
	case reflect.String:
		*left -= v.Len()
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() <= reflect.Complex128 {
			*left -= v.Len()
			break
		}
		for i := range v.Len() {
			if !countParts(v.Index(i), left) {
				return false
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if !countParts(it.Key(), left) || !countParts(it.Value(), left) {
				return false
			}
		}
	case reflect.Struct:
		return countFields(v, left)
	}
	return *left >= 0
}

// countFields takes off what encoding/json looks at in a struct.
func countFields(v reflect.Value, left *int) bool {
	for f, field := range v.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if (f.IsExported() || f.Anonymous) && name != "-" && !countParts(field, left) {
			return false
		}
	}
	return true
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// writesItself reports whether the size of values of a type is their own business.
func writesItself(t reflect.Type) bool {
	return t.Implements(jsonMarshaler) || t.Implements(textMarshaler)
}
