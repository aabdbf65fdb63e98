package book

import (
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// Register adds the classes to a registry, by the aliases that AmFast's client knows them by.
func (*Book) Register(r *value.Registry) {
	r.Register("models.User", User{})
	r.Register("models.Email", Email{})
	r.Register("models.PhoneNumber", PhoneNumber{})
}

// A Stored is what the objects of all classes have: an identity once they are saved, and how much of them has been loaded.
type Stored struct {
	Key  []int64  `patchbay:"sa_key"`  // the identity as a list of one, as clients give it back; what they send in it is not read
	Lazy []string `patchbay:"sa_lazy"` // the attributes that were not loaded and are to be left as they are when this is saved
	ID   *int64   // nil: was never saved
}

// A User is a person.
type User struct {
	Stored
	FirstName    *string `patchbay:"first_name"`
	LastName     *string `patchbay:"last_name"`
	Emails       Collection[*Email]
	PhoneNumbers Collection[*PhoneNumber] `patchbay:"phone_numbers"`
}

// An Email is an address of a User, or of nobody.
type Email struct {
	Stored
	UserID *int64 `patchbay:"user_id"`
	Label  *string
	Email  *string
}

// A PhoneNumber is a telephone number of a User, or of nobody.
type PhoneNumber struct {
	Stored
	UserID *int64 `patchbay:"user_id"`
	Label  *string
	Number *string
}

// A Collection is a list that goes out as an ArrayCollection: that is what the members of the Flex classes are, and what the client takes
// results for; a player refuses an Array in its place. Nil is null: a list that was not loaded.
type Collection[T any] []T

// MarshalTokens implements value.Marshaler.
func (c Collection[T]) MarshalTokens(e *value.Encoder) error {
	if c == nil {
		return e.Encode(nil)
	}
	return e.Encode(amf.ArrayCollection{Source: []T(c)})
}

// A record is an object of one of the classes.
type record interface {
	stored() *Stored
	table() *table
	columns() []any            // pointers to the fields that its row has, in the order of the table's statements
	attribute(name string) any // a pointer to the field that clients call so; nil: there is none
}

// An owned record may belong to a User.
type owned interface {
	*Email | *PhoneNumber
	record
	owner() **int64
}

func (s *Stored) stored() *Stored { return s }

func (u *User) table() *table  { return &users }
func (u *User) columns() []any { return []any{&u.FirstName, &u.LastName} }

func (u *User) attribute(name string) any {
	switch name {
	case "first_name":
		return &u.FirstName
	case "last_name":
		return &u.LastName
	case "emails":
		return &u.Emails
	case "phone_numbers":
		return &u.PhoneNumbers
	}
	return nil
}

func (m *Email) table() *table  { return &emails }
func (m *Email) columns() []any { return []any{&m.UserID, &m.Label, &m.Email} }
func (m *Email) owner() **int64 { return &m.UserID }

func (m *Email) attribute(name string) any {
	switch name {
	case "user_id":
		return &m.UserID
	case "label":
		return &m.Label
	case "email":
		return &m.Email
	}
	return nil
}

func (p *PhoneNumber) table() *table  { return &phoneNumbers }
func (p *PhoneNumber) columns() []any { return []any{&p.UserID, &p.Label, &p.Number} }
func (p *PhoneNumber) owner() **int64 { return &p.UserID }

func (p *PhoneNumber) attribute(name string) any {
	switch name {
	case "user_id":
		return &p.UserID
	case "label":
		return &p.Label
	case "number":
		return &p.Number
	}
	return nil
}
