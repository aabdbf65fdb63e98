package sqlite_test

import (
	stdsql "database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/patchbay-go/patchbay/stores/sql/sqlite"
)

// exec runs a statement on the file.
func exec(t *testing.T, path, statement string) {
	t.Helper()
	db, err := stdsql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// TestOpenErrors: what is wrong is said in plain words, with what to do.
func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	foreign := filepath.Join(folder, "letter.txt")
	if err := os.WriteFile(foreign, []byte(strings.Repeat("Dear Sir or Madam, ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(folder, "damaged.db")
	if err := open(t, damaged, nil).Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, damaged)
	tests := []struct {
		name, path string
		opts       *sqlite.Options
		want       []string
	}{
		{"no folder", filepath.Join(folder, "nowhere", "store.db"), nil, []string{"its folder does not exist", "nowhere"}},
		{"a folder", folder, nil, []string{"is a directory"}},
		{"a folder where nobody may write", "/proc/store.db", nil, []string{"/proc/store.db"}},
		{"a file that is something else", foreign, nil, []string{"something else than a database", "letter.txt"}},
		{"a damaged file", damaged, nil, []string{"it is damaged"}},
		{"a bad name for the table", filepath.Join(folder, "a.db"), &sqlite.Options{Table: "A"}, []string{`table "A"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := sqlite.Open(t.Context(), test.path, test.opts)
			if err == nil {
				_ = s.Close()
				t.Fatal("no error")
			}
			t.Log(err)
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
		})
	}
}

// damage overwrites all pages but the first.
func damage(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(content); i++ {
		content[i] = 0x5a
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFiles: what is made is for its owner alone.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	s := open(t, filepath.Join(folder, "store.db"), nil)
	mustPut(t, s, "p", "a")
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v; want the file, its log and the log's index", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %s, %v", f.Name(), info.Mode(), err)
		}
	}
}

// TestMigrations: many may make the table at once, and one that is too old for it says so.
func TestMigrations(t *testing.T) {
	var path string
	for range 10 { // not every time are two at the same step
		path = filepath.Join(t.TempDir(), "store.db")
		openAtOnce(t, path)
	}
	exec(t, path, "INSERT INTO patchbay_migrations (version_id, is_applied) VALUES (99, true)")
	if _, err := sqlite.Open(t.Context(), path, nil); err == nil || !strings.Contains(err.Error(), "made by a newer program") {
		t.Errorf("with a newer table: %v", err)
	}
}

// openAtOnce has eight stores make the same table.
func openAtOnce(t *testing.T, path string) {
	t.Helper()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := sqlite.Open(t.Context(), path, nil)
			if err != nil {
				t.Errorf("one of many: %v", err)
				return
			}
			if err := s.Check(t.Context()); err != nil {
				t.Errorf("Check: %v", err)
			}
			_ = s.Close()
		})
	}
	group.Wait()
}

// rows is how many rows are in the table.
func rows(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := stdsql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM patchbay").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
