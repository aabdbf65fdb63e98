package jsonrpc

import (
	"context"
	"encoding/json"
	"math/big"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A page is a generic type that is no class and takes members that it has no fields for.
type page[T any] struct {
	Items []T
	Next  *int32
	Rest  map[string]any `patchbay:",dynamic"`
}

// kinds has a field for each form of schema.
type kinds struct {
	Bool    bool
	Small   uint8
	Large   uint64
	Float   float32
	Big     *big.Int
	When    time.Time
	Bytes   []byte
	Three   [3]string
	Map     map[string]page[string]
	ByID    map[int]string
	Any     any
	Late    value.Late
	Address netip.Addr
	Vector  *value.Vector[int32]
	Hidden  string `patchbay:"-"`
	Inlined struct{ X, Y float64 }
}

// take returns a target with one parameter and no result.
func take[A any](name string) *core.Target {
	return core.Func(func(context.Context, A) (struct{}, error) { return struct{}{}, nil }, name)
}

func described() *core.ServiceMapper {
	return core.NewServiceMapper(
		core.NewService("").Map("hello", core.Func0(func(context.Context) (string, error) { return "", nil }).Describe("Says hello.")),
		core.NewService("book").
			Map("find", core.Func2(func(context.Context, string, bool) (*person, error) { return nil, nil }, "name", "exact")).
			Map("list", core.Func(func(context.Context, page[person]) (page[*person], error) { return page[*person]{}, nil }, "after")).
			Map("remove", core.FuncRest(func(context.Context, []string) (int, error) { return 0, nil }, "names").Secure("editor", "owner")).
			Map("watch", &core.Target{Handler: whoami, Interim: true}).
			Map("not.reached", take[string]("x")),
		core.NewService("rpc").Map("reserved", take[string]("x")),
		core.NewService("secure.kinds").Secure("user").Map("take", take[kinds]("kinds").Secure("admin")),
	)
}

// TestDiscover compares the document with testdata/openrpc.json, which was checked by hand against the specification and its
// schema (https://meta.open-rpc.org).
func TestDiscover(t *testing.T) {
	set := newSetOf(t, described(), &Options{Title: "Addresses", Version: "2.1", NoMessaging: true}, value.Limits{})
	got, _ := post(t, set, nil, requestOf(`"method":"rpc.discover","id":1`))
	got = strings.TrimSuffix(strings.TrimPrefix(got, `{"jsonrpc":"2.0","result":`), `,"id":1}`)
	want, err := os.ReadFile("testdata/openrpc.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(indented(t, want), indented(t, []byte(got))); diff != "" {
		t.Errorf("the document differs from testdata/openrpc.json (-want +got):\n%s", diff)
	}
	checkReferences(t, got)
}

func indented(t *testing.T, text []byte) string {
	t.Helper()
	v := jsontext.Value(text)
	if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return string(v)
}

// checkReferences checks that what is referred to is there, under a name that OpenRPC allows.
func checkReferences(t *testing.T, document string) {
	t.Helper()
	var d struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"\$ref":"#/components/schemas/([^"]*)"`).FindAllStringSubmatch(document, -1) {
		if d.Components.Schemas[m[1]] == nil {
			t.Errorf("schema %q is referred to and not there", m[1])
		}
	}
	for name := range d.Components.Schemas {
		if !regexp.MustCompile(`^[a-zA-Z0-9._-]+$`).MatchString(name) {
			t.Errorf("component %q: a name that OpenRPC does not allow", name)
		}
	}
}

func TestDiscoverTakesNoParameters(t *testing.T) {
	got, _ := post(t, newSet(t, nil, value.Limits{}), nil, requestOf(`"method":"rpc.discover","params":[1],"id":1`))
	if !strings.HasPrefix(got, errorStart(-32602)) {
		t.Errorf("got %s", got)
	}
}

func TestNoDiscover(t *testing.T) {
	set := newSet(t, &Options{NoDiscover: true}, value.Limits{})
	if got, _ := post(t, set, nil, requestOf(`"method":"rpc.discover","id":1`)); !strings.HasPrefix(got, errorStart(-32601)) {
		t.Errorf("got %s", got)
	}
}

// Two types of one name get names of their own.
func TestComponentNames(t *testing.T) {
	outer := reflect.TypeFor[person]()
	type person struct{ X int }
	schemas := newSchemas(value.NewRegistry())
	for _, typ := range []reflect.Type{outer, reflect.TypeFor[person](), outer} {
		schemas.of(typ)
	}
	var names []string
	for _, m := range schemas.components {
		names = append(names, m.Name)
	}
	if diff := cmp.Diff([]string{"person", "person-2"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
