// Package postgres opens a store in PostgreSQL, from version 12 on, and a bus over its LISTEN and NOTIFY. The driver is pgx.
package postgres

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

	// Waited reports whether anybody will ever wait for what is written to a partition; a write to another one is spared the NOTIFY.
	// Default: core.Waited.
	Waited func(partition string) bool
}

// A Store is a core.Store in PostgreSQL, whose instances tell each other of what is written.
type Store struct {
	*sql.Store
	where    *settings
	waited   func(string) bool
	room     wait.Room
	teller   *teller
	listener *listener
}

var (
	_ core.Store   = (*Store)(nil)
	_ core.Tailer  = (*Store)(nil)
	_ core.Trimmer = (*Store)(nil)
	_ core.Waiter  = (*Store)(nil)
)

//go:embed migrations/*.sql
var files embed.FS

// trim and collect take rows by where they lie, after a look at the index. What another transaction has in hand they leave to it.
const (
	trim = "DELETE FROM {items} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {items} " +
		"WHERE partition = $1 AND sort < $2 ORDER BY sort LIMIT $3 FOR UPDATE SKIP LOCKED))"
	collect = "DELETE FROM {items} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {items} " +
		"WHERE expires <= $1 AND expires < 9223372036854775807 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED))"
)

// Open connects to the database of a URL, such as postgres://user:password@host/database?sslmode=verify-full, makes or updates the store's
// table, and returns the store. All of libpq's settings can be in the URL, its environment variables are taken too, and beside them:
//
//   - pool_max_conns: how many connections there may be at once, beside one that listens; 8
//   - pool_max_conn_idle_time: how long one is kept that is not used; 1m
//   - default_query_exec_mode=exec: prepare no statements, for a pooler that cannot have them
//   - direct=HOST:PORT: the server itself, where the URL is that of a pooler that gives each transaction another connection, such as
//     PgBouncer: to listen and to make the table, one connection is needed throughout
//
// The error says in plain words what is wrong and what to do.
func Open(ctx context.Context, url string, opts *Options) (*Store, error) {
	if opts == nil {
		opts = &Options{}
	}
	where, err := parse(url)
	if err != nil {
		return nil, err
	}
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	pool := where.open()
	db := sql.Database{
		Write: pool, Read: pool, Dialect: "postgres", Migrations: migrations, Trim: trim, Collect: collect, Fate: fate, Missing: missing,
	}
	if where.direct != where {
		db.Direct = where.direct.open()
	}
	items, err := sql.New(db, &sql.Options{Now: opts.Now, Table: opts.Table})
	if err != nil {
		return nil, errors.Join(err, pool.Close()) // the other one has made no connection
	}
	s := &Store{Store: items, where: where, waited: opts.Waited, teller: newTeller(pool, items.Table())}
	if s.waited == nil {
		s.waited = core.Waited
	}
	s.listener = newListener(where.direct, items.Table())
	s.listener.heard, s.listener.up = s.heard, s.room.WakeAll
	if err := items.Migrate(ctx); err != nil {
		return nil, errors.Join(where.explain(err), s.Close())
	}
	return s, nil
}

// Check finds out whether the store can be used, and says what to do if not.
func (s *Store) Check(ctx context.Context) error { return s.where.explain(s.Store.Check(ctx)) }

// Create implements core.Store.
func (s *Store) Create(ctx context.Context, it core.Item) (uint64, error) {
	version, err := s.Store.Create(ctx, it)
	if err == nil {
		s.tell(ctx, it.Partition)
	}
	return version, err
}

// Put implements core.Store.
func (s *Store) Put(ctx context.Context, it core.Item) (uint64, error) {
	version, err := s.Store.Put(ctx, it)
	if err == nil {
		s.tell(ctx, it.Partition)
	}
	return version, err
}

// Close implements core.Store. It waits for the connection that listens.
func (s *Store) Close() error {
	s.room.Close()
	s.listener.close()
	return s.Store.Close()
}
