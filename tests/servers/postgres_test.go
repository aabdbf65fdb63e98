//go:build peers

package servers_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/patchbay-go/patchbay/tests/servers"
)

// TestPostgreSQL: what was acknowledged is there after a kill and a restart, and a client that stays does not hold up the end.
func TestPostgreSQL(t *testing.T) {
	s := servers.Run(t, servers.PostgreSQL(true))
	if _, err := client(t, s).Exec(t.Context(), "CREATE TABLE kept AS SELECT 7 AS n"); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := client(t, s).QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n); err != nil || n != 7 {
		t.Errorf("after the restart there is %d, %v; want 7", n, err)
	}
	start := time.Now()
	if s.Stop(); time.Since(start) > 10*time.Second {
		t.Errorf("the server ended after %s, with a client that stays", time.Since(start))
	}
}

func client(t *testing.T, s *servers.Server) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), servers.PostgresURL(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}
