// Package book keeps an address book in SQLite and offers it as the targets and classes of AmFast's addressbook example, so that its
// Flex client works as it is: users, each with e-mail addresses, which come with their user, and telephone numbers, which are lazy:
// they come when they are asked for.
//
// A target runs in one transaction:
//
//	service.go   the targets, and what they take
//	classes.go   the objects that travel
//	table.go     the statements, a table for each class
//	load.go      rows become objects
//	save.go      objects become rows
//
// Statements are constants; what peers send goes to them as parameters.
package book

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/patchbay-go/patchbay/core"
)

// A Book is an open address book. Its methods may be called by any number of goroutines.
type Book struct{ db *sql.DB }

// maxPages bounds the database, which anybody may write to, at 16 MiB: SQLite's pages have 4 KiB.
const maxPages = "4096"

// Open opens the address book in a file, which is made where there is none; without a name one in memory, which is gone when it is
// closed.
func Open(ctx context.Context, file string) (*Book, error) {
	source, err := dataSource(file)
	if err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector(source)
	if err != nil {
		return nil, fmt.Errorf("open address book %q: %w", file, err)
	}
	b := &Book{sql.OpenDB(connector)}
	b.db.SetMaxOpenConns(1) // a database in memory is its connection; nor does anybody wait for a lock of SQLite's
	if _, err := b.db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("open address book %q: %w", file, err), b.Close())
	}
	return b, nil
}

// dataSource names the database as SQLite wants it: https://www.sqlite.org/uri.html.
func dataSource(file string) (string, error) {
	query := url.Values{"_pragma": {"foreign_keys(1)", "busy_timeout(5000)", "max_page_count(" + maxPages + ")"}}.Encode()
	if file == "" {
		return "file::memory:?" + query, nil
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return "", fmt.Errorf("open address book %q: %w", file, err)
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: query}).String(), nil
}

// Close closes the database. It may be called twice.
func (b *Book) Close() error { return b.db.Close() }

// within runs f in a transaction, of which nothing remains if it fails.
func (b *Book) within(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(refusal(err), tx.Rollback())
	}
	return tx.Commit()
}

// refusal tells peers in our words what SQLite refuses; all other errors are as they are.
func refusal(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return core.Invalid.Errorf("A text may have up to 200 characters.").WithCause(err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return core.Invalid.Errorf("The user of that user_id is not in the address book.").WithCause(err)
	case sqlite3.SQLITE_FULL:
		return core.Exhausted.Errorf("The address book is full.").WithCause(err)
	}
	return err
}
