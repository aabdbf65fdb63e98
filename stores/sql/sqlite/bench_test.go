package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/patchbay-go/patchbay/stores/sql/internal/verbbench"
	"github.com/patchbay-go/patchbay/stores/sql/sqlite"
)

func BenchmarkVerbs(b *testing.B) {
	for _, mode := range []struct {
		name string
		opts sqlite.Options
	}{{"on the disk", sqlite.Options{}}, {"relaxed", sqlite.Options{Relaxed: true}}} {
		b.Run(mode.name, func(b *testing.B) {
			verbbench.Run(b, open(b, filepath.Join(b.TempDir(), "store.db"), &mode.opts))
		})
	}
}
