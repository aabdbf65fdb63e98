package backend

import (
	"context"
	"net"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memcache"
)

const (
	memcacheForm = "memcache://HOST:PORT, port 11211 where there is none, and ?prefix=NAME where several share it"
	memcachePort = "11211" // as memcached has it
)

func openMemcache(ctx context.Context, location string) (core.Store, error) {
	u, err := parse(location, memcacheForm, "prefix")
	if err != nil {
		return nil, err
	}
	if u.Path != "" && u.Path != "/" || u.User != nil || u.Hostname() == "" {
		return nil, wrong(location, "write %s", memcacheForm)
	}
	port := u.Port()
	if port == "" {
		port = memcachePort
	}
	s := memcache.New(net.JoinHostPort(u.Hostname(), port), &memcache.Options{Prefix: u.Query().Get("prefix")})
	return checked(ctx, s, nil)
}
