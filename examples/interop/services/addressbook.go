package services

import (
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// Contacts are the address book of AmFast's addressbook example: *book.Book. It is not named here, so that a program without one does not
// link the database that it is kept in.
type Contacts interface {
	Map(s *core.Service) *core.Service
	Register(r *value.Registry)
}

// exampleService returns what AmFast's clients know as ExampleService: the targets of example and, where there is an address book, those
// of the addressbook example.
func exampleService(example *core.Service, contacts Contacts) *core.Service {
	s := example.As("ExampleService")
	if contacts != nil {
		contacts.Map(s)
	}
	return s
}
