package imports

import (
	"go/ast"
	"path/filepath"
	"testing"
)

// Only one file goes past the type system; docs/decisions/0007-past-tokens.md says why.
func TestUnsafeHasOneHome(t *testing.T) {
	const home = "core/value/structmemory.go"
	found := false
	eachGoFile(t, func(path string, file *ast.File) {
		for _, spec := range file.Imports {
			if spec.Path.Value != `"unsafe"` {
				continue
			}
			if path != filepath.Join("../..", home) {
				t.Errorf("%s imports unsafe", path)
			}
			found = true
		}
	})
	if !found {
		t.Errorf("%s does not import unsafe, so the exception can go", home)
	}
}
