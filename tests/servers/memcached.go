package servers

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
)

// Memcached is memcached with 256 MiB for items. It refuses what does not fit, as one should that is somebody's store, and forgets
// everything when it ends.
func Memcached() Program {
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
			args := []string{"-l", host, "-p", port, "-U", "0", "-m", "256", "-M"}
			if os.Geteuid() == 0 {
				args = append(args, "-u", "nobody") // it does not run as root
			}
			return exec.Command(path, args...), nil //nolint:noctx // who started it ends it
		},
		Ask: func(ctx context.Context, address string) error { return askLine(ctx, address, "version", "VERSION ") },
	}
}
