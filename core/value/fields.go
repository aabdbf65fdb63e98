package value

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// A Field is a member of a Go struct as the wire names it.
type Field struct {
	Name      string
	Index     []int // as reflect.Value.FieldByIndex takes it
	Type      reflect.Type
	OmitEmpty bool
	Dynamic   bool // the map that takes the members without a field
}

// Fields returns the members of a struct type in the order of its fields, those of embedded structs in their place. The tag
// `patchbay:"name,omitempty"` names a member and leaves it out where it is empty; "-" leaves a field out always; ",dynamic" marks
// the one map with string keys that takes the members that have no field. A field without a name in its tag gets MemberName's.
// Of fields with one name the least deeply embedded counts, as in Go itself.
func Fields(t reflect.Type) []Field {
	fields := appendFields(nil, t, nil, nil)
	return slices.DeleteFunc(fields, func(f Field) bool {
		return slices.ContainsFunc(fields, func(g Field) bool { return g.Name == f.Name && shadows(g.Index, f.Index) })
	})
}

// shadows reports whether the field at a hides the one at b of the same name: it is less deep, or as deep and earlier.
func shadows(a, b []int) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return slices.Compare(a, b) < 0
}

func appendFields(fields []Field, t reflect.Type, index []int, within []reflect.Type) []Field {
	if slices.Contains(within, t) {
		return fields // embeds itself through a pointer
	}
	within = append(within, t)
	for i := range t.NumField() {
		sf := t.Field(i)
		name, options, tagged := parseTag(sf)
		at := append(slices.Clone(index), i)
		if embedded := embeddedStruct(sf); embedded != nil && name == "" {
			fields = appendFields(fields, embedded, at, within)
			continue
		}
		if !sf.IsExported() || (tagged && name == "-") {
			continue
		}
		if name == "" {
			name = MemberName(sf.Name)
		}
		fields = append(fields, Field{Name: name, Index: at, Type: sf.Type,
			OmitEmpty: slices.Contains(options, "omitempty"), Dynamic: slices.Contains(options, "dynamic")})
	}
	return fields
}

func parseTag(sf reflect.StructField) (name string, options []string, tagged bool) {
	tag, ok := sf.Tag.Lookup("patchbay")
	name, rest, _ := strings.Cut(tag, ",")
	return name, strings.Split(rest, ","), ok
}

// embeddedStruct returns the struct that an anonymous field embeds, or nil. A pointer to an unexported struct cannot be set.
func embeddedStruct(sf reflect.StructField) reflect.Type {
	if !sf.Anonymous {
		return nil
	}
	t := sf.Type
	if t.Kind() == reflect.Pointer && sf.IsExported() {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || hasOwnForm(t) {
		return nil
	}
	return t
}

// MemberName returns the member name of a Go field: its name with the upper-case letters it begins with lowered, but for one that
// begins the next word. Name is name, ID is id, URLPath is urlPath.
func MemberName(goName string) string {
	runes := []rune(goName)
	for i, r := range runes {
		if !unicode.IsUpper(r) || (i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}
