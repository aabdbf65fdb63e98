package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// Options are what a Store can be told. The zero value is good.
type Options struct {
	Now   func() time.Time // default time.Now
	Table string           // default "patchbay"; lower-case letters, digits and _, at most 40
}

// A Database is what a Store works on: pools of connections, and what its kind of database has of its own.
type Database struct {
	Write *sql.DB
	Read  *sql.DB // may be the same

	// Prepare has statements prepared once for each connection, for a driver that does not do so by itself.
	Prepare bool

	// Local is for a database in this process: the store stops reading when it has bytes enough. Another one does not send more.
	Local bool

	// Group has writes that come at once committed together, for a database with one writer. It wants Prepare.
	Group bool

	// Dialect is what migrations are run for: "postgres" or "sqlite3".
	Dialect string

	// Migrations has files named by version, 1.sql and so on, that make the table named {items}. Direct is where they are run, if that
	// is not Write.
	Migrations fs.FS
	Direct     *sql.DB

	// Trim removes at most $3 items of the partition $1 whose sort is below $2; Collect at most $2 that have expired by $1.
	Trim, Collect string

	// Fate says what became of a statement that ended with an error; Missing reports whether it did since there is no such table.
	Fate    func(error) Fate
	Missing func(error) bool
}

// A Fate is what became of a statement that ended with an error.
type Fate int

// A statement that has Failed will fail again; one that is Undone has done nothing and may do better the next time; of one that is Lost
// nobody knows whether it was done, since the connection broke.
const (
	Failed Fate = iota
	Undone
	Lost
)

// A Store is a core.Store in a table. It finds the last item of a partition by its index, and removes nothing before its time.
type Store struct {
	db     Database
	now    func() time.Time
	table  string
	texts  texts
	reader *runner
	writer *runner
	write  func(ctx context.Context, text string, args []any) (changed int64, err error)
	closed atomic.Bool

	collection collection
}

var (
	_ core.Store   = (*Store)(nil)
	_ core.Tailer  = (*Store)(nil)
	_ core.Trimmer = (*Store)(nil)
	_ core.Sizer   = (*Store)(nil)
)

// New returns a Store on a database, which it closes with itself. [Store.Migrate] makes the table.
func New(db Database, opts *Options) (*Store, error) {
	if opts == nil {
		opts = &Options{}
	}
	s := &Store{db: db, now: opts.Now, table: opts.Table}
	if s.now == nil {
		s.now = time.Now
	}
	if s.table == "" {
		s.table = "patchbay"
	}
	if !goodName(s.table) {
		return nil, fmt.Errorf("table %q: write lower-case letters, digits and _, a letter first, at most 40", s.table)
	}
	s.texts = textsFor(&db, s.table)
	s.reader, s.writer = &runner{db: db.Read, prepare: db.Prepare}, &runner{db: db.Write, prepare: db.Prepare}
	if s.write = s.writer.exec; db.Group {
		s.write = newGroup(s.writer).exec
	}
	return s, nil
}

func goodName(name string) bool {
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return len(name) <= 40
}

// Table is the name of the store's table.
func (s *Store) Table() string { return s.table }

// Get implements core.Store.
func (s *Store) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	if len(keys) == 0 {
		return nil, s.usable(ctx)
	}
	args := make([]any, 0, 2*len(keys)+2)
	args = append(args, s.millis())
	for _, key := range keys {
		args = append(args, []byte(key.Partition), []byte(key.Sort))
	}
	for len(args) < 1+2*padded(len(keys)) {
		args = append(args, args[1], args[2])
	}
	return s.items(ctx, reading{}, s.texts.get(len(keys)), args...)
}

// Create implements core.Store.
func (s *Store) Create(ctx context.Context, it core.Item) (uint64, error) {
	return s.keep(ctx, it, s.texts.create, s.millis())
}

// Replace implements core.Store.
func (s *Store) Replace(ctx context.Context, it core.Item) (uint64, error) {
	return s.keep(ctx, it, s.texts.replace, s.millis(), signed(it.Version))
}

// Put implements core.Store.
func (s *Store) Put(ctx context.Context, it core.Item) (uint64, error) {
	return s.keep(ctx, it, s.texts.put)
}

// keep runs a statement that keeps an item under a new version where its condition holds.
//
// The version is a random number and not the next one, so that a write whose answer was lost knows its own, and nothing has to be counted.
// That two of 2^63 are equal under one key has no place in practice.
func (s *Store) keep(ctx context.Context, it core.Item, text string, more ...any) (uint64, error) {
	version := 1 + rand.Uint64N(math.MaxInt64) //nolint:gosec // G404: tells states apart, hides nothing
	body := it.Body
	if body == nil {
		body = []byte{} // nil is NULL
	}
	args := append([]any{[]byte(it.Partition), []byte(it.Sort), int64(version), expiry(it.Expires), body}, more...)
	done, err := s.exec(ctx, text, args...)
	switch {
	case err != nil && s.db.Fate(err) == Lost && s.stands(ctx, it.Key, version):
	case err != nil:
		return 0, fmt.Errorf("write %q %q: %w", it.Partition, it.Sort, err)
	case done == 0:
		return 0, &core.ConflictError{Key: it.Key}
	}
	s.collect(ctx)
	return version, nil
}

// stands reports whether an item has a version, after the answer to its write was lost.
func (s *Store) stands(ctx context.Context, key core.Key, version uint64) bool {
	items, err := s.Get(ctx, key)
	return err == nil && len(items) == 1 && items[0].Version == version
}

// Delete implements core.Store.
func (s *Store) Delete(ctx context.Context, key core.Key, version uint64) error {
	args := []any{[]byte(key.Partition), []byte(key.Sort)}
	text := s.texts.remove
	if version != 0 {
		text = s.texts.deleteVersion
		args = append(args, signed(version), s.millis())
	}
	done, err := s.exec(ctx, text, args...)
	switch {
	case err != nil:
		return fmt.Errorf("delete %q %q: %w", key.Partition, key.Sort, err)
	case done == 0 && version != 0:
		return &core.ConflictError{Key: key}
	}
	return nil
}

// page is how many items Range gives where it is not told.
const page = 256

// Range implements core.Store.
func (s *Store) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	if limit <= 0 {
		limit = page
	}
	args := []any{[]byte(partition), []byte(after), s.millis(), int64(limit)}
	if bytes <= 0 || s.db.Local {
		return s.items(ctx, reading{partition, bytes}, s.texts.scan, args...)
	}
	return s.items(ctx, reading{partition, bytes}, s.texts.scanBytes, append(args, int64(bytes))...)
}

// Last implements core.Tailer.
func (s *Store) Last(ctx context.Context, partition string) (core.Item, error) {
	items, err := s.items(ctx, reading{partition: partition}, s.texts.last, []byte(partition), s.millis())
	switch {
	case err != nil:
		return core.Item{}, err
	case len(items) == 0:
		return core.Item{}, core.ErrNoItem
	}
	return items[0], nil
}

// trimPiece is how many items one statement removes at most, so that none takes long.
const trimPiece = 1000

// Trim implements core.Trimmer.
func (s *Store) Trim(ctx context.Context, partition, below string) error {
	for {
		removed, err := s.exec(ctx, s.texts.trim, []byte(partition), []byte(below), int64(trimPiece))
		if err != nil || removed < trimPiece {
			return err
		}
	}
}

// Behind reports whether something stands behind one of the keys, in its partition.
func (s *Store) Behind(ctx context.Context, keys ...core.Key) (bool, error) {
	for _, key := range keys {
		items, err := s.items(ctx, reading{partition: key.Partition}, s.texts.behind, []byte(key.Partition), []byte(key.Sort), s.millis())
		if err != nil || len(items) > 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// MaxBody implements core.Sizer: more would be possible, and is a burden on everybody else.
func (*Store) MaxBody() int { return 16 << 20 }

// Close implements core.Store.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	err := errors.Join(s.reader.close(), s.writer.close(), s.db.Write.Close(), s.db.Read.Close())
	if s.db.Direct != nil {
		err = errors.Join(err, s.db.Direct.Close())
	}
	return err
}

// never is when an item expires that does not, in milliseconds.
const never = math.MaxInt64

func expiry(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixMilli()
}

func (s *Store) millis() int64 { return s.now().UnixMilli() }

// signed is a version as it is stored; what no item has, such as one of another store, is 0.
func signed(version uint64) int64 {
	if version > math.MaxInt64 {
		return 0
	}
	return int64(version)
}
