package core

import (
	"context"
	"reflect"
	"slices"
)

// A Handler runs a Call and returns its result.
type Handler func(ctx context.Context, call *Call) (any, error)

// An Interceptor stands before handlers. It runs before the arguments are decoded, and may answer itself, change the Call, or
// change what the next one gives.
type Interceptor func(next Handler) Handler

// A Target is a Handler and what it takes and gives. Func and its like make it from a Go func; a raw one is written out:
// &Target{Handler: h}. It is not changed once it is mapped.
type Target struct {
	Handler Handler
	Params  []Param      // what Handler binds, for lists, forms and generators; nil for a raw one that does not say
	Result  reflect.Type // nil: nothing, or not known
	Doc     string       // one sentence for people
	Interim bool         // gives interim results before the last

	secure bool
	roles  []string
}

// Secure makes the target refuse callers who have not logged in, and those who have none of the roles, where any are named.
func (t *Target) Secure(roles ...string) *Target {
	t.secure, t.roles = true, roles
	return t
}

// Describe gives the target its sentence for people.
func (t *Target) Describe(doc string) *Target {
	t.Doc = doc
	return t
}

// IsSecure reports whether Secure was called, and with which roles.
func (t *Target) IsSecure() (roles []string, secure bool) { return slices.Clone(t.roles), t.secure }
