//go:build peers

package memcache_test

import (
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memcache"
	"github.com/patchbay-go/patchbay/stores/storetest"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// over returns what opens stores over one memcached.
func over(t *testing.T) storetest.Open {
	t.Helper()
	address := servers.Run(t, servers.Memcached()).Address
	return func(*testing.T) core.Store { return memcache.New(address, nil) }
}

func TestStore(t *testing.T) { storetest.Run(t, over(t)) }

// TestPrefix: stores with different prefixes do not meet.
func TestPrefix(t *testing.T) {
	address := servers.Run(t, servers.Memcached()).Address
	key := core.Key{Partition: "p", Sort: "s"}
	for _, prefix := range []string{"", "a", "b"} {
		s := memcache.New(address, &memcache.Options{Prefix: prefix})
		defer func() { _ = s.Close() }()
		if items, err := s.Range(t.Context(), "p", "", 0, 0); err != nil || len(items) != 0 {
			t.Errorf("prefix %q: there is %v, %v", prefix, items, err)
		}
		if _, err := s.Create(t.Context(), core.Item{Key: key}); err != nil {
			t.Errorf("prefix %q: %v", prefix, err)
		}
	}
}

func TestSessions(t *testing.T) { storetest.Sessions(t, over(t)) }

func TestMessaging(t *testing.T) { storetest.Messaging(t, over(t)) }
