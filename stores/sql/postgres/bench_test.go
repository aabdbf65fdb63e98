//go:build peers

package postgres_test

import (
	"testing"

	"github.com/patchbay-go/patchbay/stores/sql/internal/verbbench"
	"github.com/patchbay-go/patchbay/tests/servers"
)

func BenchmarkVerbs(b *testing.B) {
	for _, mode := range []struct {
		name  string
		fsync bool
	}{{"on the disk", true}, {"without fsync", false}} {
		b.Run(mode.name, func(b *testing.B) {
			verbbench.Run(b, open(b, servers.PostgresURL(servers.Run(b, servers.PostgreSQL(mode.fsync))), nil))
		})
	}
}
