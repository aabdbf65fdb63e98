package drivers

import (
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memcache"
)

// Memcached returns a store on a memcached, with few connections.
func Memcached(address string, o Options) core.Store {
	return memcache.New(address, &memcache.Options{Now: o.Now, Prefix: o.Name, Connections: 4})
}
