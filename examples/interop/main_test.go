package main

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
)

func TestInterop(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "interop")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	p := process.Run(t, binary, "--http", ":0", "--store", "memory:")
	resp, err := http.Post("http://"+p.Ready["http"]+"/rpc", "application/json",
		strings.NewReader(`{"jsonrpc":"2.0","method":"example.add","params":[1,2],"id":1}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var b strings.Builder
	if err := resp.Write(&b); err != nil || !strings.Contains(b.String(), `"result":3`) {
		t.Errorf("example.add: got %s, %v", b.String(), err)
	}
	if err := p.Stop(); err != nil {
		t.Errorf("SIGTERM: ended with %v, want status 0", err)
	}
}
