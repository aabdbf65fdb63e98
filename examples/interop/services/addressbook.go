package services

import (
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/examples/addressbook/book"
)

// exampleService returns what AmFast's clients know as ExampleService: the targets of example and, where there is an address book, those
// of the addressbook example.
func exampleService(example *core.Service, contacts *book.Book) *core.Service {
	s := example.As("ExampleService")
	if contacts != nil {
		contacts.Map(s)
	}
	return s
}
