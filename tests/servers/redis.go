package servers

import (
	"context"
	"errors"
	"net"
	"os/exec"
)

// Redis is a Redis that keeps nothing on disk, with further arguments such as "--requirepass", "x".
func Redis(args ...string) Program {
	return Program{
		Name: "redis",
		Command: func(address, folder string) (*exec.Cmd, error) {
			path, err := exec.LookPath("redis-server")
			if err != nil {
				return nil, errors.Join(err, errors.New("run tests/install/redis first"))
			}
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			all := append([]string{"--port", port, "--bind", host, "--save", "", "--appendonly", "no", "--dir", folder}, args...)
			return exec.Command(path, all...), nil //nolint:noctx // who started it ends it
		},
		Ask: func(ctx context.Context, address string) error {
			// One that wants a password first says so, with a minus.
			return askLine(ctx, address, "PING", "+PONG", "-NOAUTH")
		},
	}
}
