package sqlite

import (
	stdsql "database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/patchbay-go/patchbay/stores/sql"
)

// Memory is the path of a database that is in memory, and gone when its Store is closed.
const Memory = ":memory:"

// readers is how many connections read at once, beside the one that writes.
const readers = 4

// busy is how many milliseconds one process waits for another that writes.
const busy = "10000"

// create makes an empty file where there is none. SQLite gives those that it makes beside it, and with the same content, the same mode.
func create(path string) error {
	if path == Memory {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("SQLite: its folder does not exist: make it: %w", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("SQLite: this user may not write there: have file and folder belong to it: %w", err)
	case err != nil:
		return fmt.Errorf("SQLite: %w", err)
	}
	return f.Close()
}

// openPools opens one connection that writes, since SQLite has one writer at a time, and some that read beside it, as its write-ahead log
// allows. A database in memory is of one connection.
func openPools(db *sql.Database, path string, relaxed bool) (err error) {
	synchronous := "FULL"
	if relaxed {
		synchronous = "NORMAL"
	}
	db.Write, err = open(path, url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {synchronous}, "_txlock": {"immediate"},
		"_pragma": {"journal_size_limit(67108864)"}, // a log that a burst made large takes its place on the disk no longer
	})
	if err != nil {
		return err
	}
	db.Write.SetMaxOpenConns(1)
	if db.Read = db.Write; path == Memory {
		return nil
	}
	if db.Read, err = open(path, url.Values{"_query_only": {"1"}}); err != nil {
		return errors.Join(err, db.Write.Close())
	}
	db.Read.SetMaxOpenConns(readers)
	db.Read.SetMaxIdleConns(readers)
	return nil
}

func open(path string, settings url.Values) (*stdsql.DB, error) {
	settings.Set("_busy_timeout", busy)
	settings.Set("_error_rc", "1")
	name := path + "?"
	if path != Memory {
		name = "file:" + strings.ReplaceAll(url.PathEscape(path), "%2F", "/") + "?" // a path may have a question mark
	}
	connector, err := sqlite.NewConnector(name + settings.Encode())
	if err != nil {
		return nil, err
	}
	return stdsql.OpenDB(connector), nil
}

// fate says what became of a statement that ended with an error: SQLite has rolled it back, and waited for others long enough.
func fate(error) sql.Fate { return sql.Failed }

// missing reports whether an error says that there is no such table: it has no code of its own.
func missing(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code() == lib.SQLITE_ERROR && strings.Contains(e.Error(), "no such table")
}

// explain adds to an error what to do.
func explain(path string, err error) error {
	if err == nil {
		return nil
	}
	where := fmt.Sprintf("SQLite's file %s", path)
	if advice := adviceFor(err); advice != "" {
		where += ": " + advice
	}
	return fmt.Errorf("%s: %w", where, err)
}

func adviceFor(err error) string {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return ""
	}
	switch e.Code() & 0xff { // what is above says more of the same
	case lib.SQLITE_NOTADB:
		return "it is something else than a database: name another file"
	case lib.SQLITE_CORRUPT:
		return "it is damaged: put a backup in its place, or move it and its -wal and -shm files away"
	case lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return "this user may not write there: have file and folder belong to it, since there are more files beside it"
	case lib.SQLITE_BUSY:
		return "another program keeps it locked: end that"
	case lib.SQLITE_FULL:
		return "the disk is full: make room"
	}
	return ""
}
