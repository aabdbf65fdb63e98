package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
)

// build builds a program into the test's own folder.
func build(t *testing.T, pkg string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "program")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, pkg).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return binary
}

// The calls of the comment at the top of main.go.
func TestHelloIsCalledByBothProtocols(t *testing.T) {
	patchbay := build(t, "../../cmd/patchbay")
	url := "http://" + process.Run(t, build(t, "."), "-http", "127.0.0.1:0").Ready["http"]
	for _, path := range []string{"/amf", "/rpc"} {
		out, err := exec.CommandContext(t.Context(), patchbay, "call", url+path, "hello.greet", "Ann").CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != "Hello, Ann!" {
			t.Errorf("%s: got %q, %v", path, out, err)
		}
	}
}

func TestGreet(t *testing.T) {
	if got, err := greet(t.Context(), "Ann"); got != "Hello, Ann!" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// The whole of a server fits into 15 lines: that is what this example is there to show.
func TestMainIsShort(t *testing.T) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "main.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "main" {
			lines := files.Position(f.Body.Rbrace).Line - files.Position(f.Body.Lbrace).Line - 1
			if lines > 15 {
				t.Errorf("main has %d lines", lines)
			}
		}
	}
}
