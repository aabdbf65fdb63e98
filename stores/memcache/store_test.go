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

func TestSessions(t *testing.T) { storetest.Sessions(t, over(t)) }

func TestMessaging(t *testing.T) { storetest.Messaging(t, over(t)) }
