package sql

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	_ "modernc.org/sqlite"
)

// newNumbers returns a group on a table of distinct numbers.
func newNumbers(t *testing.T) (*group, *sql.DB) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "numbers.db"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE numbers (n INTEGER PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	r := &runner{db: db, prepare: true}
	t.Cleanup(func() { _ = errors.Join(r.close(), db.Close()) })
	return newGroup(r), db
}

const insertNumber = "INSERT INTO numbers VALUES ($1)"

// TestGroup: of writes that are committed together, one that fails takes no other with it; one whose context has ended is not done; and
// each hears what became of its own.
func TestGroup(t *testing.T) {
	g, db := newNumbers(t)
	ended, end := context.WithCancel(t.Context())
	end()
	const writers = 40
	errs := make([]error, writers)
	g.turn <- struct{}{} // as if a transaction were under way, so that all gather
	var group sync.WaitGroup
	for i := range writers {
		ctx, n := t.Context(), int64(i)
		switch i {
		case 7:
			ctx = ended
		case 30:
			n = 0 // which is taken by writer 0, or the other way round
		}
		group.Go(func() { _, errs[i] = g.exec(ctx, insertNumber, []any{n}) })
	}
	for gathered := 0; gathered < writers; {
		g.mu.Lock()
		gathered = len(g.gathering)
		g.mu.Unlock()
	}
	<-g.turn
	group.Wait()
	for i, err := range errs {
		switch {
		case i == 7 && !errors.Is(err, context.Canceled):
			t.Errorf("writer 7, whose context had ended: %v", err)
		case i != 7 && i != 0 && i != 30 && err != nil:
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if (errs[0] == nil) == (errs[30] == nil) {
		t.Errorf("two of the same number: %v, %v; want one error", errs[0], errs[30])
	}
	var count int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM numbers").Scan(&count); err != nil || count != writers-2 {
		t.Errorf("%d numbers, %v; want %d", count, err, writers-2)
	}
}
