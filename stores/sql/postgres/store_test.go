//go:build peers

package postgres_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/postgres"
	"github.com/patchbay-go/patchbay/stores/storetest"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// opener returns what opens stores on a server that ends with the test. They share one table.
func opener(t *testing.T, opts *postgres.Options) storetest.Open {
	t.Helper()
	url := servers.PostgresURL(servers.Run(t, servers.PostgreSQL(false)))
	return func(t *testing.T) core.Store {
		t.Helper()
		return open(t, url, opts)
	}
}

func open(t testing.TB, url string, opts *postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// everything is what the suite's own waits are for: not only logs.
func everything(string) bool { return true }

func TestStore(t *testing.T) {
	storetest.Run(t, opener(t, &postgres.Options{Waited: everything, Table: "t" + strings.ToLower(rand.Text()[:8])}))
}

func TestSessions(t *testing.T) { storetest.Sessions(t, opener(t, nil)) }

func TestMessaging(t *testing.T) { storetest.Messaging(t, opener(t, nil)) }

// TestLargeBodies: an item may be as large as the store says.
func TestLargeBodies(t *testing.T) {
	s := open(t, servers.PostgresURL(servers.Run(t, servers.PostgreSQL(false))), nil)
	body := make([]byte, s.MaxBody())
	for i := range body {
		body[i] = byte(i * 7919 >> 8)
	}
	key := core.Key{Partition: "large", Sort: "a"}
	if _, err := s.Create(t.Context(), core.Item{Key: key, Body: body}); err != nil {
		t.Fatal(err)
	}
	if items, err := s.Get(t.Context(), key); err != nil || len(items) != 1 || !bytes.Equal(items[0].Body, body) {
		t.Errorf("%d items, %v; want the one", len(items), err)
	}
}
