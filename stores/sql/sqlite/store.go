// Package sqlite opens a store in a file of SQLite, for a program on one machine that is to lose nothing. The driver is modernc's, which
// needs no C compiler.
package sqlite

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql"
	"github.com/patchbay-go/patchbay/stores/sql/internal/wait"
)

// Options are what a Store can be told. The zero value is good.
type Options struct {
	Now   func() time.Time // default time.Now
	Table string           // default "patchbay"; lower-case letters, digits and _, at most 40

	// Relaxed has a write return before it is on the disk: a process that dies loses nothing, but a machine that loses its power may
	// lose the last moments.
	Relaxed bool
}

// A Store is a core.Store in a file.
type Store struct {
	*sql.Store
	path string
	room wait.Room
}

var (
	_ core.Store   = (*Store)(nil)
	_ core.Tailer  = (*Store)(nil)
	_ core.Trimmer = (*Store)(nil)
	_ core.Waiter  = (*Store)(nil)
)

//go:embed migrations/*.sql
var files embed.FS

const (
	trim = "DELETE FROM {items} WHERE rowid IN (SELECT rowid FROM {items} " +
		"WHERE partition = $1 AND sort < $2 ORDER BY sort LIMIT $3)"
	collect = "DELETE FROM {items} WHERE rowid IN (SELECT rowid FROM {items} " +
		"WHERE expires <= $1 AND expires < 9223372036854775807 ORDER BY expires LIMIT $2)"
)

// lookEvery is how long who waits does not see what another process has written. What this one writes wakes it at once.
const lookEvery = 250 * time.Millisecond

// Open opens the file at a path, which it makes if there is none, for its owner alone; makes or updates the store's table, and returns the
// store. Several processes of one machine may have the same file open. It must not be on a network's file system. The path [Memory] is of
// no file.
//
// The error says in plain words what is wrong and what to do.
func Open(ctx context.Context, path string, opts *Options) (*Store, error) {
	if opts == nil {
		opts = &Options{}
	}
	if err := create(path); err != nil {
		return nil, err
	}
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	db := sql.Database{
		Local: true, Prepare: true, Group: true,
		Dialect: "sqlite3", Migrations: migrations, Trim: trim, Collect: collect, Fate: fate, Missing: missing,
	}
	if err := openPools(&db, path, opts.Relaxed); err != nil {
		return nil, explain(path, err)
	}
	items, err := sql.New(db, &sql.Options{Now: opts.Now, Table: opts.Table})
	if err != nil {
		return nil, errors.Join(err, db.Write.Close(), db.Read.Close())
	}
	s := &Store{Store: items, path: path, room: wait.Room{Every: lookEvery}}
	if err := items.Migrate(ctx); err != nil {
		return nil, errors.Join(explain(path, err), s.Close())
	}
	return s, nil
}

// Check finds out whether the store can be used, and says what to do if not.
func (s *Store) Check(ctx context.Context) error { return explain(s.path, s.Store.Check(ctx)) }

// Create implements core.Store.
func (s *Store) Create(ctx context.Context, it core.Item) (uint64, error) {
	version, err := s.Store.Create(ctx, it)
	if err == nil {
		s.room.Wake(it.Partition)
	}
	return version, err
}

// Put implements core.Store.
func (s *Store) Put(ctx context.Context, it core.Item) (uint64, error) {
	version, err := s.Store.Put(ctx, it)
	if err == nil {
		s.room.Wake(it.Partition)
	}
	return version, err
}

// Wait implements core.Waiter. What this store writes it hears of at once, what others write to the file a quarter of a second later.
func (s *Store) Wait(ctx context.Context, after []core.Key) error {
	partitions := make([]string, len(after))
	for i, key := range after {
		partitions[i] = key.Partition
	}
	return s.room.Wait(ctx, partitions, func() (bool, error) { return s.Behind(ctx, after...) })
}

// Close implements core.Store.
func (s *Store) Close() error {
	s.room.Close()
	return s.Store.Close()
}
