//go:build peers

package postgres_test

import (
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/postgres"
	"github.com/patchbay-go/patchbay/stores/storetest"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// TestPooler: the verbs hold behind a pooler that gives each transaction another connection and knows no prepared statements, and those who
// wait and make the table go around it.
func TestPooler(t *testing.T) {
	server := servers.Run(t, servers.PostgreSQL(false))
	pooler := servers.Run(t, servers.PgBouncer(server))
	pooled := changed(t, servers.PostgresURL(pooler), withParameter("default_query_exec_mode", "exec"))
	if _, err := postgres.OpenBus(t.Context(), pooled, nil); err == nil || !strings.Contains(err.Error(), "name the server itself") {
		t.Errorf("a bus by way of the pooler: %v", err)
	}
	around := changed(t, pooled, withParameter("direct", server.Address))
	if b, err := postgres.OpenBus(t.Context(), around, nil); err != nil {
		t.Errorf("a bus around the pooler: %v", err)
	} else if err := b.Close(); err != nil {
		t.Error(err)
	}
	storetest.Run(t, func(t *testing.T) core.Store {
		t.Helper()
		return open(t, around, &postgres.Options{Waited: everything})
	})
}
