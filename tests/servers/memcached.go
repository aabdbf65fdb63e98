package servers

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
)

// Memcached is memcached with 256 MiB for items, and further arguments such as "-m", "8". It refuses what does not fit, as one should that is
// somebody's store, and forgets everything when it ends.
func Memcached(args ...string) Program {
	return MemcachedMakingRoom(append([]string{"-M"}, args...)...)
}

// MemcachedMakingRoom is memcached as it is meant for caches: it removes what was not used for long to make room for what is new.
func MemcachedMakingRoom(args ...string) Program {
	return Program{
		Name: "memcached",
		Command: func(address, _ string) (*exec.Cmd, error) {
			path, err := exec.LookPath("memcached")
			if err != nil {
				return nil, errors.Join(err, errors.New("run tests/install/memcached first"))
			}
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			all := append([]string{"-l", host, "-p", port, "-U", "0", "-m", "256"}, args...)
			if os.Geteuid() == 0 {
				all = append(all, "-u", "nobody") // it does not run as root
			}
			return exec.Command(path, all...), nil //nolint:noctx // who started it ends it
		},
		Ask: func(ctx context.Context, address string) error { return askLine(ctx, address, "version", "VERSION ") },
	}
}
