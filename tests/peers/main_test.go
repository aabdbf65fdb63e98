//go:build peers

package peers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/tests/process"
)

// patchbay is the binary under test, built once for all tests, with the race detector.
var patchbay string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "patchbay-peers-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	patchbay = filepath.Join(dir, "patchbay")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // a first build compiles the standard library too
	defer cancel()
	if out, err := exec.CommandContext(ctx, "go", "build", "-race", "-o", patchbay, "../../cmd/patchbay").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build patchbay: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// serve starts our server on a free port and returns its URL, without a slash at the end.
func serve(t *testing.T, args ...string) string {
	t.Helper()
	server := process.Run(t, patchbay, append([]string{"serve", "--http", "127.0.0.1:0"}, args...)...)
	return "http://" + server.Ready["http"]
}

// installed is the path of something that the scripts in tests/install put into the build folder.
func installed(t *testing.T, name string) string {
	t.Helper()
	build := os.Getenv("PATCHBAY_BUILD")
	if build == "" {
		build = filepath.Join("..", "..", ".build")
	}
	path, err := filepath.Abs(filepath.Join(build, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: run make install first", err)
	}
	return path
}
