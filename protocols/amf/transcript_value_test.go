package amf

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// parseValue reads JSON, keeping the order of members.
func parseValue(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	v, err := readJSON(d)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = fmt.Errorf("text behind the value")
		}
	}
	if err != nil {
		t.Fatalf("value %s: %v", text, err)
	}
	return v
}

func readJSON(d *json.Decoder) (any, error) {
	token, err := d.Token()
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readJSON(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		members := value.Members{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := readJSON(d)
			if err != nil {
				return nil, err
			}
			members = append(members, value.Member{Name: name.(string), Value: v})
		}
		_, err := d.Token()
		return special(members), err
	case "$undefined":
		return value.Undefined, err
	}
	return token, err
}

// special returns what an object in a transcript stands for.
func special(m value.Members) any {
	if len(m) == 0 {
		return m
	}
	switch v := m[0].Value; m[0].Name {
	case "$class":
		return &value.Object{Class: v.(string), Members: m[1:], Sealed: len(m) - 1}
	case "$date":
		return time.UnixMilli(int64(v.(float64))).UTC()
	case "$list":
		return wire.ArrayCollection{Source: v}
	case "$numbered": // an ECMA array
		return &value.Array{Assoc: m[1:]}
	}
	return m
}

// describe writes a value as a transcript has it.
func describe(v any) string {
	switch v := v.(type) {
	case []any:
		items := make([]string, len(v))
		for i, x := range v {
			items[i] = describe(x)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case value.Members:
		return "{" + describeMembers(v) + "}"
	case *value.Object:
		class := `{"$class": ` + describe(v.Class)
		if len(v.Members) > 0 {
			class += ", "
		}
		return class + describeMembers(v.Members) + "}"
	case map[string]any:
		var m value.Members
		for name, x := range v {
			m = append(m, value.Member{Name: name, Value: x})
		}
		return describe(m)
	case time.Time:
		return fmt.Sprintf(`{"$date": %d}`, v.UnixMilli())
	case *value.Array:
		return `{"$numbered": true, ` + describeMembers(v.Assoc) + "}"
	}
	if v == any(value.Undefined) {
		return `"$undefined"`
	}
	return string(must(json.Marshal(v)))
}

// describeMembers writes members by name: their order means nothing.
func describeMembers(m value.Members) string {
	m = slices.Clone(m)
	slices.SortFunc(m, func(a, b value.Member) int { return strings.Compare(a.Name, b.Name) })
	items := make([]string, len(m))
	for i, x := range m {
		items[i] = describe(x.Name) + ": " + describe(x.Value)
	}
	return strings.Join(items, ", ")
}
