// Package services holds what foreign clients are tested with: one set of Go funcs, registered once and called by every protocol, and
// topics that every protocol publishes and subscribes to. The programs examples/interop and "patchbay serve" offer them; their names,
// arguments and behaviour are a contract with those clients and do not change.
//
// Everything is open to anyone, but for the service "secure".
package services

import (
	"context"
	"crypto/subtle"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// New returns all services. The example service has two names; under the second it has the targets of the address book too, unless
// that is nil.
func New(contacts Contacts) *core.ServiceMapper {
	example := example()
	return core.NewServiceMapper(example, exampleService(example, contacts), secure())
}

// Registry returns the classes that they know; contacts may be nil.
func Registry(contacts Contacts) *value.Registry {
	r := value.NewRegistry()
	r.Register("example.Person", Person{})
	r.Register("example.Blob", Blob{}, value.External(blobCodec{}))
	if contacts != nil {
		contacts.Register(r)
	}
	return r
}

// Limits returns the limits of a server that tests log in to: 100 wrong logins a minute.
func Limits() core.Limits { return core.Limits{WrongLogins: 100} }

// Authenticate lets the user "correct" with the password "correct" in, and nobody else.
func Authenticate(_ context.Context, c core.Credentials) (*core.Principal, error) {
	user := subtle.ConstantTimeCompare([]byte(c.User), []byte("correct"))
	password := subtle.ConstantTimeCompare([]byte(c.Password), []byte("correct"))
	if user&password != 1 {
		return nil, nil
	}
	return &core.Principal{Name: c.User, Roles: []string{"user"}}, nil
}

// secure returns the service that is for those who have logged in.
func secure() *core.Service {
	secret := core.Func0(func(context.Context) (string, error) { return "secret for you", nil })
	return core.NewService("secure").Secure().
		Map("secret", secret.Describe("Tells a secret to user \"correct\" with password \"correct\"."))
}
