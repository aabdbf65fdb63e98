package servers

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os/exec"
)

// Redis is a Redis that keeps nothing on disk, with further arguments such as "--requirepass", "x".
func Redis(args ...string) Program {
	return Program{
		Name: "redis",
		Command: func(address, folder string) (*exec.Cmd, error) {
			return redisCommand(address, folder, "--port", args)
		},
		Ask: func(ctx context.Context, address string) error {
			// One that wants a password first says so, with a minus.
			return askLine(ctx, address, "PING", "+PONG", "-NOAUTH")
		},
	}
}

// RedisTLS is a Redis that speaks TLS alone, with a certificate and its key from these files.
func RedisTLS(certificate, key string, args ...string) Program {
	args = append([]string{"--port", "0", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no"}, args...)
	return Program{
		Name: "redis",
		Command: func(address, folder string) (*exec.Cmd, error) {
			return redisCommand(address, folder, "--tls-port", args)
		},
		Ask: func(ctx context.Context, address string) error {
			trusting := &tls.Config{InsecureSkipVerify: true}
			conn, err := (&tls.Dialer{Config: trusting}).DialContext(ctx, "tcp", address)
			if err != nil {
				return err
			}
			return conn.Close()
		},
	}
}

// redisCommand runs Redis on the port of an address, which an argument names.
func redisCommand(address, folder, port string, args []string) (*exec.Cmd, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.Join(err, errors.New("run tests/install/redis first"))
	}
	host, number, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	all := append([]string{port, number, "--bind", host, "--save", "", "--appendonly", "no", "--dir", folder}, args...)
	return exec.Command(path, all...), nil //nolint:noctx // who started it ends it
}
