package sql

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A runner runs statements on a pool of connections.
type runner struct {
	db      *sql.DB
	prepare bool

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
}

func (r *runner) exec(ctx context.Context, text string, args []any) (changed int64, err error) {
	if !r.prepare {
		return affected(r.db.ExecContext(ctx, text, args...))
	}
	stmt, err := r.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	return affected(stmt.ExecContext(ctx, args...))
}

func (r *runner) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if !r.prepare {
		return r.db.QueryContext(ctx, text, args...)
	}
	stmt, err := r.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// statement returns the prepared statement of a text.
func (r *runner) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stmt := r.prepared[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := r.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if r.prepared == nil {
		r.prepared = map[string]*sql.Stmt{}
	}
	r.prepared[text] = stmt
	return stmt, nil
}

func (r *runner) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, stmt := range r.prepared {
		errs = append(errs, stmt.Close())
	}
	r.prepared = nil
	return errors.Join(errs...)
}

// patience is how long a statement and all its tries may take whose caller sets no deadline, as most requests do not: a server that stands
// still, or cannot be reached any more, keeps its connections, and would keep everybody who has sent something.
const patience = 15 * time.Second

// bounded returns a context with a deadline.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, patience)
}

// exec runs a statement that writes and returns how many items it has changed.
func (s *Store) exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	err = s.try(ctx, func(f Fate) bool { return f == Undone }, func() (err error) {
		core.Charge(ctx, core.Units{Writes: 1})
		changed, err = s.write(ctx, text, args)
		return err
	})
	return changed, err
}

// A reading says how rows of sort, version, expires and body are read.
type reading struct {
	partition string // whose items they are; empty: a fifth column says so
	bytes     int    // no more are read when bodies have as many; 0: all are
}

// items runs a statement that reads, and returns what it finds.
func (s *Store) items(ctx context.Context, r reading, text string, args ...any) (found []core.Item, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	err = s.try(ctx, func(f Fate) bool { return f != Failed }, func() error {
		core.Charge(ctx, core.Units{Reads: 1})
		rows, err := s.reader.query(ctx, text, args)
		if err != nil {
			return err
		}
		found, err = r.scan(rows)
		return err
	})
	return found, err
}

func (r reading) scan(rows *sql.Rows) (found []core.Item, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	var version, expires int64
	var sort, partition sql.RawBytes
	var body []byte
	columns := []any{&sort, &version, &expires, &body, &partition}
	if r.partition != "" {
		columns = columns[:4]
	}
	for size := 0; (r.bytes <= 0 || size < r.bytes) && rows.Next(); size += len(body) {
		if err := rows.Scan(columns...); err != nil {
			return nil, err
		}
		it := core.Item{Key: core.Key{Partition: r.partition, Sort: string(sort)}, Version: uint64(version), Body: body}
		if r.partition == "" {
			it.Partition = string(partition)
		}
		if expires != never {
			it.Expires = time.UnixMilli(expires)
		}
		found = append(found, it)
	}
	return found, rows.Err()
}

// How often a statement is tried, with pauses between: some two seconds in all, as long as a database takes that starts again.
const (
	maxTries     = 8
	firstPause   = 10 * time.Millisecond
	longestPause = 600 * time.Millisecond
)

// try runs a statement, again where its fate allows that.
func (s *Store) try(ctx context.Context, again func(Fate) bool, run func() error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := run()
		switch {
		case err == nil:
			return nil
		case s.closed.Load():
			return core.ErrClosed
		case ctx.Err() != nil:
			return errors.Join(ctx.Err(), err)
		case try == maxTries || !again(s.db.Fate(err)):
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// usable returns the error of a verb that need not be tried.
func (s *Store) usable(ctx context.Context) error {
	if s.closed.Load() {
		return core.ErrClosed
	}
	return ctx.Err()
}

// pause waits before another try: a random part of a time that doubles.
func pause(ctx context.Context, try int) error {
	longest := min(firstPause<<try, longestPause)
	timer := time.NewTimer(longest/2 + rand.N(longest/2)) //nolint:gosec // G404: spreads tries, hides nothing
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
