package book

import "github.com/patchbay-go/patchbay/core"

// schema makes the tables. No id comes twice (AUTOINCREMENT), so that whoever still holds a removed object cannot save it over
// another. What belongs to a user goes with them.
const schema = `
CREATE TABLE IF NOT EXISTS users (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	first_name TEXT CHECK (length(first_name) <= 200),
	last_name TEXT CHECK (length(last_name) <= 200)
);
CREATE TABLE IF NOT EXISTS emails (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
	label TEXT CHECK (length(label) <= 200),
	email TEXT CHECK (length(email) <= 200)
);
CREATE TABLE IF NOT EXISTS phone_numbers (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
	label TEXT CHECK (length(label) <= 200),
	number TEXT CHECK (length(number) <= 200)
);
CREATE INDEX IF NOT EXISTS emails_of_user ON emails (user_id);
CREATE INDEX IF NOT EXISTS phone_numbers_of_user ON phone_numbers (user_id);
`

// A table is where the objects of one class are kept.
type table struct {
	class  string
	empty  func() record
	one    string // a row by its id
	all    string // all rows
	ofUser string // the rows that belong to a user
	insert string // the columns
	update string // the columns, then the id
	remove string // the id
}

var users = table{
	class:  "models.User",
	empty:  func() record { return &User{} },
	one:    "SELECT id, first_name, last_name FROM users WHERE id = ?",
	all:    "SELECT id, first_name, last_name FROM users ORDER BY id",
	insert: "INSERT INTO users (first_name, last_name) VALUES (?, ?)",
	update: "UPDATE users SET first_name = ?, last_name = ? WHERE id = ?",
	remove: "DELETE FROM users WHERE id = ?",
}

var emails = table{
	class:  "models.Email",
	empty:  func() record { return &Email{} },
	one:    "SELECT id, user_id, label, email FROM emails WHERE id = ?",
	all:    "SELECT id, user_id, label, email FROM emails ORDER BY id",
	ofUser: "SELECT id, user_id, label, email FROM emails WHERE user_id = ? ORDER BY id",
	insert: "INSERT INTO emails (user_id, label, email) VALUES (?, ?, ?)",
	update: "UPDATE emails SET user_id = ?, label = ?, email = ? WHERE id = ?",
	remove: "DELETE FROM emails WHERE id = ?",
}

var phoneNumbers = table{
	class:  "models.PhoneNumber",
	empty:  func() record { return &PhoneNumber{} },
	one:    "SELECT id, user_id, label, number FROM phone_numbers WHERE id = ?",
	all:    "SELECT id, user_id, label, number FROM phone_numbers ORDER BY id",
	ofUser: "SELECT id, user_id, label, number FROM phone_numbers WHERE user_id = ? ORDER BY id",
	insert: "INSERT INTO phone_numbers (user_id, label, number) VALUES (?, ?, ?)",
	update: "UPDATE phone_numbers SET user_id = ?, label = ?, number = ? WHERE id = ?",
	remove: "DELETE FROM phone_numbers WHERE id = ?",
}

// tableOf finds the table of a class that a client names.
func tableOf(class string) (*table, error) {
	for _, t := range []*table{&users, &emails, &phoneNumbers} {
		if t.class == class {
			return t, nil
		}
	}
	return nil, core.Invalid.Errorf("The address book has no class %.100q.", class)
}

// gone says that there is no such object, or no longer.
func (t *table) gone(id int64) error {
	return core.NotFound.Errorf("%s %d is not in the address book.", t.class, id)
}
