package jsonrpc

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// discoverMethod is OpenRPC's name for the method that describes all others (OpenRPC, Service Discovery Method).
const discoverMethod = "rpc.discover"

// openRPCVersion is the version of the specification that the document follows: https://spec.open-rpc.org
const openRPCVersion = "1.3.2"

// openRPC is the Handler of rpc.discover. The document lists every target that a method name can reach, whether or not this caller may
// call it: names are no secret, and a form can show what needs a login.
func (e *Endpoint) openRPC(_ context.Context, call *core.Call) (any, error) {
	if err := call.Args.Bind(nil); err != nil {
		return nil, err
	}
	set := call.ChannelSet()
	schemas := newSchemas(set.Registry())
	methods := []value.Members{}
	for _, service := range set.Services().Services() {
		methods = appendMethods(methods, schemas, service)
	}
	for _, name := range slices.Sorted(maps.Keys(e.own)) {
		if name != discoverMethod { // OpenRPC leaves it out
			methods = append(methods, method(schemas, core.NewService(""), name, e.own[name]))
		}
	}
	return value.Members{
		{Name: "openrpc", Value: openRPCVersion},
		{Name: "info", Value: value.Members{{Name: "title", Value: e.opts.Title}, {Name: "version", Value: e.opts.Version}}},
		{Name: "methods", Value: methods},
		{Name: "components", Value: value.Members{{Name: "schemas", Value: schemas.components}}},
	}, nil
}

func appendMethods(methods []value.Members, schemas *schemas, service *core.Service) []value.Members {
	for _, operation := range service.Operations() {
		name := methodName(service.Name(), operation)
		if s, o := split(name); s != service.Name() || o != operation || strings.HasPrefix(name, reservedPrefix) {
			continue // a name with a dot of its own: no method reaches it
		}
		methods = append(methods, method(schemas, service, name, service.Target(operation)))
	}
	return methods
}

func methodName(service, operation string) string {
	if service == "" {
		return operation
	}
	return service + "." + operation
}

// method describes a target (OpenRPC, Method Object). What OpenRPC has no word for has a name with "x-".
func method(schemas *schemas, service *core.Service, name string, t *core.Target) value.Members {
	m := value.Members{{Name: "name", Value: name}}
	if t.Doc != "" {
		m.Set("summary", t.Doc)
	}
	m.Set("params", params(schemas, t.Params))
	m.Set("result", value.Members{{Name: "name", Value: "result"}, {Name: "schema", Value: schemas.of(t.Result)}})
	if t.Params == nil {
		m.Set("x-any-params", true)
	}
	if t.Interim {
		m.Set("x-interim", true)
	}
	if roles, secure := access(service, t); secure {
		m.Set("x-secure", true)
		if len(roles) > 0 {
			m.Set("x-roles", roles)
		}
	}
	return m
}

// params describes parameters (OpenRPC, Content Descriptor Object).
func params(schemas *schemas, list []core.Param) []value.Members {
	descriptors := make([]value.Members, 0, len(list))
	for _, p := range list {
		d := value.Members{{Name: "name", Value: p.Name}, {Name: "required", Value: !p.Optional && !p.Variadic}}
		if p.Variadic {
			d.Set("schema", schemas.of(p.Type.Elem()))
			d.Set("x-variadic", true)
		} else {
			d.Set("schema", schemas.of(p.Type))
		}
		descriptors = append(descriptors, d)
	}
	return descriptors
}

// access returns what a caller needs: one role of each list that is not empty.
func access(service *core.Service, t *core.Target) (roles [][]string, secure bool) {
	for _, ask := range []func() ([]string, bool){service.IsSecure, t.IsSecure} {
		some, asked := ask()
		secure = secure || asked
		if len(some) > 0 {
			roles = append(roles, some)
		}
	}
	return roles, secure
}
