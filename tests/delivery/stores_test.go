package delivery

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/sqlite"
)

// TestModelOnSQLite runs the model on SQLite, with a file for each seed.
func TestModelOnSQLite(t *testing.T) {
	outOfMemory("TestModelOnSQLite", func(t *testing.T) open {
		t.Helper()
		folder := t.TempDir()
		return func(t *testing.T, w *way) core.Store {
			t.Helper()
			path := filepath.Join(folder, w.name)
			w.atEnd(func() { removeAll(t, path, path+"-wal", path+"-shm") })
			store, err := sqlite.Open(context.Background(), path, &sqlite.Options{Now: w.now, Relaxed: true})
			if err != nil {
				t.Fatal(err)
			}
			return store
		}
	}).test(t)
}

// removeAll removes files, or those of them that there are.
func removeAll(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.RemoveAll(path); err != nil {
			t.Error(err)
		}
	}
}
