package sqlite_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/sqlite"
	"github.com/patchbay-go/patchbay/stores/storetest"
)

func inFile(t *testing.T) core.Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "a store?.db"), nil)
}

func inMemory(t *testing.T) core.Store {
	t.Helper()
	return open(t, sqlite.Memory, nil)
}

// notWaiting is a store that does not wait for the disk.
func notWaiting(t *testing.T) core.Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "store.db"), &sqlite.Options{Relaxed: true})
}

func open(t testing.TB, path string, opts *sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStore(t *testing.T) { storetest.Run(t, inFile) }

func TestStoreInMemory(t *testing.T) { storetest.Run(t, inMemory) }

func TestSessions(t *testing.T) { storetest.Sessions(t, inFile) }

// TestMessaging writes tens of thousands of times.
func TestMessaging(t *testing.T) { storetest.MessagingUnder(t, notWaiting, messagingLoad()) }

// TestLargeBodies: an item may be as large as the store says.
func TestLargeBodies(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store.db"), nil)
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
