package mutations

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A mutation is a rule, and how to take it out: old stands in the file exactly once.
type mutation struct {
	rule     string
	file     string // of core
	old, new string
	show     show
	flags    []string // of the test
}

// A show is the test that fails without the rule.
type show struct{ folder, test string }

var (
	model   = show{"tests/delivery", "TestModel"}
	hint    = show{"core", "TestNothingIsAppendedFarBeyondTheHint"}
	between = show{"core", "TestPublishBetweenReadAndWait"}
)

// TestMutations takes each rule out.
func TestMutations(t *testing.T) { mustShowAll(t, mutations) }

// mustShowAll takes rules out, as many at once as there are processors: a model runs on one of them.
func mustShowAll(t *testing.T, mutations []mutation) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations {
		t.Run(m.rule, func(t *testing.T) {
			t.Parallel()
			m.mustShow(t, root)
		})
	}
}

// mustShow fails unless the test sees that the rule is gone.
func (m *mutation) mustShow(t *testing.T, root string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-vet=off", "-overlay", m.overlay(t, root), "-run", "^"+m.show.test+"$", "./"+m.show.folder)
	cmd.Args = append(cmd.Args, m.flags...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		t.Errorf("%s passes without the rule", m.show.test)
	case !strings.Contains(string(out), "--- FAIL: "+m.show.test):
		t.Errorf("%s did not run: %v\n%s", m.show.test, err, out)
	default:
		t.Logf("%s", out)
	}
}

// overlay writes the changed copy, and the file that tells the compiler of it.
func (m *mutation) overlay(t *testing.T, root string) string {
	t.Helper()
	file := filepath.Join(root, "core", m.file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		t.Fatalf("core/%s has %d times:\n%s", m.file, n, m.old)
	}
	changed := filepath.Join(t.TempDir(), m.file)
	write(t, changed, []byte(strings.Replace(string(text), m.old, m.new, 1)))
	list, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	write(t, overlay, list)
	return overlay
}

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
