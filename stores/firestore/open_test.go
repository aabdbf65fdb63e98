package firestore_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/stores/firestore"
)

// TestOpenRefuses: settings that can never work are refused before anything is sent.
func TestOpenRefuses(t *testing.T) {
	const emulator = "127.0.0.1:1"
	for _, c := range []struct {
		name, project, want string
		opts                *firestore.Options
	}{
		{"no project", "", "the project", &firestore.Options{Emulator: emulator}},
		{"a path for a project", "projects/p", "the project", &firestore.Options{Emulator: emulator}},
		{"a path for a database", "p", "the database", &firestore.Options{Emulator: emulator, Database: "a/b"}},
		{"a path for a prefix", "p", "the prefix", &firestore.Options{Emulator: emulator, Prefix: "a/b"}},
		{"a reserved prefix", "p", "the prefix", &firestore.Options{Emulator: emulator, Prefix: "__a__"}},
		{"dots", "p", "the prefix", &firestore.Options{Emulator: emulator, Prefix: ".."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := firestore.Open(t.Context(), c.project, c.opts)
			if err == nil {
				_ = s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Open: %v, want an error about %s", err, c.want)
			}
		})
	}
}

// TestNoCredentials: without an emulator there have to be some, and the error says where they come from.
func TestNoCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	s, err := firestore.Open(t.Context(), "p", nil)
	if err == nil {
		_ = s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "none.json") || !strings.Contains(err.Error(), "application-default-credentials") {
		t.Errorf("Open: %v", err)
	}
}
