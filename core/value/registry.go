package value

import (
	"fmt"
	"reflect"
	"sync"
)

// A Registry knows the classes of an application: which alias on the wire is which Go struct. Registering is for set-up, before
// the first value is read or written; after that any number of goroutines may use it. The nil Registry knows no class.
type Registry struct {
	byAlias map[string]*class
	byType  map[reflect.Type]*class
	plans   sync.Map // reflect.Type -> *plan; made on first use
	compile sync.Mutex
}

// A class is one registered alias.
type class struct {
	alias      string
	typ        reflect.Type // a struct
	external   any
	converters map[string]converter
}

// NewRegistry returns an empty Registry.
func NewRegistry() *Registry {
	return &Registry{byAlias: map[string]*class{}, byType: map[reflect.Type]*class{}}
}

// A ClassOption says more about a class when it is registered.
type ClassOption func(*class)

// External gives a class that writes itself its reader and writer, in a form that only the wire format knows (amf.External).
func External(codec any) ClassOption { return func(c *class) { c.external = codec } }

// Convert gives the field whose member name is given a form of its own on the wire: W is what is bound and encoded, G is the
// field's type.
func Convert[W, G any](member string, decode func(W) (G, error), encode func(G) (W, error)) ClassOption {
	return func(c *class) {
		c.converters[member] = converter{
			wire: reflect.TypeFor[W](), field: reflect.TypeFor[G](),
			decode: func(w, g reflect.Value) error {
				v, err := decode(*w.Addr().Interface().(*W))
				g.Set(reflect.ValueOf(&v).Elem())
				return err
			},
			encode: func(g, w reflect.Value) error {
				v, err := encode(g.Interface().(G))
				w.Set(reflect.ValueOf(&v).Elem())
				return err
			},
		}
	}
}

// A converter stands between a field and its form on the wire.
type converter struct {
	wire, field    reflect.Type
	decode, encode func(from, to reflect.Value) error
}

// Register makes the struct that sample is, or points to, the class called alias. A type may have several aliases: it is written
// with the first. It panics where an alias is taken, sample is no struct, or a converter fits no field: mistakes of set-up.
func (r *Registry) Register(alias string, sample any, opts ...ClassOption) {
	t := reflect.TypeOf(sample)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("value: class %q: %T is not a struct", alias, sample))
	}
	if alias == "" || r.byAlias[alias] != nil {
		panic(fmt.Sprintf("value: class %q is empty or registered twice", alias))
	}
	c := &class{alias: alias, typ: t, converters: map[string]converter{}}
	for _, opt := range opts {
		opt(c)
	}
	c.checkConverters()
	r.byAlias[alias] = c
	if r.byType[t] == nil {
		r.byType[t] = c
	}
	r.plans.Clear() // made before this class was known
}

func (c *class) checkConverters() {
	types := map[string]reflect.Type{}
	for _, f := range Fields(c.typ) {
		types[f.Name] = f.Type
	}
	for member, conv := range c.converters {
		if types[member] != conv.field {
			panic(fmt.Sprintf("value: class %q: the converter of %q takes %v, the field is %v", c.alias, member, conv.field, types[member]))
		}
	}
}

// External returns what Register was given by External for the class with that alias, or nil.
func (r *Registry) External(alias string) any {
	if c := r.class(alias); c != nil {
		return c.external
	}
	return nil
}

// Alias returns the alias that values of a struct type are written with; empty: it has no class.
func (r *Registry) Alias(t reflect.Type) string {
	if c := r.classOf(t); c != nil {
		return c.alias
	}
	return ""
}

func (r *Registry) class(alias string) *class {
	if r == nil || alias == "" {
		return nil
	}
	return r.byAlias[alias]
}

func (r *Registry) classOf(t reflect.Type) *class {
	if r == nil {
		return nil
	}
	return r.byType[t]
}
