package core

import (
	"context"
	"log/slog"
	"slices"
)

// A Principal is someone who has proved who they are. It is not changed after it was made.
type Principal struct {
	Name  string
	Roles []string
}

// HasAny reports whether the principal has one of the roles; with none named, anyone has.
func (p *Principal) HasAny(roles []string) bool {
	return len(roles) == 0 || slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(p.Roles, role) })
}

// principal appends a principal, or that there is none.
func (w *formWriter) principal(p *Principal) {
	if p == nil {
		w.uint(0)
		return
	}
	w.uint(1)
	w.text(p.Name)
	w.texts(p.Roles)
}

func (r *formReader) principal() *Principal {
	if r.uint() != 1 {
		return nil
	}
	return &Principal{Name: r.text(), Roles: r.texts()}
}

// Credentials are what someone says to prove who they are.
type Credentials struct{ User, Password string }

// String leaves the password out, so that no log gets it.
func (c Credentials) String() string { return "credentials of " + c.User }

// GoString is String.
func (c Credentials) GoString() string { return c.String() }

// LogValue is String.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// An Authenticator checks credentials. It returns nil and no error, or a Fault Unauthenticated, for wrong ones; any other error means
// that it could not check. It must compare secrets in constant time and may be called by any number of goroutines.
type Authenticator func(ctx context.Context, c Credentials) (*Principal, error)
