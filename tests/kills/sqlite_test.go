package kills

import (
	"path/filepath"
	"testing"
)

// TestProcessesOnSQLite: processes that share a file are killed in the middle of it.
func TestProcessesOnSQLite(t *testing.T) {
	newTrial(t, sqlite, filepath.Join(t.TempDir(), "patchbay.db")).processesDie()
}
