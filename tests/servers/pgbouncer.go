package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// PgBouncer is a pooler before a server that runs [PostgreSQL], on the same machine, which gives each transaction another of its three
// connections. [PostgresURL] is for it too.
func PgBouncer(s *Server) Program {
	return Program{
		Name:    "PgBouncer",
		Command: func(address, folder string) (*exec.Cmd, error) { return bouncerCommand(address, folder, s.Address) },
		Ask:     askPostgres,
	}
}

func bouncerCommand(address, folder, server string) (*exec.Cmd, error) {
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path = "/usr/sbin/pgbouncer" // Debian's place, which not every PATH has
	}
	if _, err := os.Stat(path); err != nil {
		return nil, errors.Join(err, errors.New("run tests/install/postgres first"))
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	serverHost, serverPort, err := net.SplitHostPort(server)
	if err != nil {
		return nil, err
	}
	settings := fmt.Sprintf("[databases]\n* = host=%s port=%s user=postgres\n[pgbouncer]\nlisten_addr = %s\nlisten_port = %s\n"+
		"unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 3\n", serverHost, serverPort, host, port)
	file := filepath.Join(folder, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if owner != nil {
		if err := errors.Join(os.Chown(folder, int(owner.Uid), int(owner.Gid)), os.Chown(file, int(owner.Uid), int(owner.Gid))); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(context.Background(), path, file) // who started it ends it
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	return cmd, nil
}
