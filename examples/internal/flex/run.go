package flex

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
)

// Run builds the program in the test's folder, starts it on a free port until the end of the test, and returns its address,
// "http://127.0.0.1:PORT".
func Run(t testing.TB, args ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "program")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return "http://" + process.Run(t, binary, append([]string{"-http", "127.0.0.1:0"}, args...)...).Ready["http"]
}
