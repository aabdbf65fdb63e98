package servers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// PostgreSQL is a PostgreSQL with the superuser postgres, who needs no password, and the database postgres: see [PostgresURL]. With fsync,
// what it has acknowledged survives a power cut, as in production. Without, it is faster, and a server that is killed still loses nothing
// that it had written, since the machine lives on.
func PostgreSQL(fsync bool) Program {
	return Program{
		Name:    "PostgreSQL",
		Prepare: preparePostgres,
		Command: func(address, folder string) (*exec.Cmd, error) { return postgresCommand(address, folder, fsync) },
		Ask:     askPostgres,
		End:     syscall.SIGINT, // after SIGTERM it waits for its clients to go
	}
}

// PostgresURL is the URL of the database postgres on a server that runs [PostgreSQL].
func PostgresURL(s *Server) string { return postgresURL(s.Address) }

func postgresURL(address string) string {
	return "postgres://postgres@" + address + "/postgres?sslmode=disable"
}

// preparePostgres makes an empty cluster.
func preparePostgres(_ context.Context, folder string) error {
	if owner, err := unprivileged(); err != nil {
		return err
	} else if owner != nil {
		if err := os.Chown(folder, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	cmd, err := postgresProgram("initdb", folder, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func postgresCommand(address, folder string, fsync bool) (*exec.Cmd, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	// A server that was killed leaves its process id, which may be another process's by now.
	if err := os.Remove(filepath.Join(folder, "data", "postmaster.pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	settings := []string{"-p", port, "-c", "listen_addresses=" + host, "-c", "unix_socket_directories=", "-c", "shared_buffers=64MB"}
	if !fsync {
		settings = append(settings, "-c", "fsync=off")
	}
	return postgresProgram("postgres", folder, settings...)
}

func askPostgres(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, postgresURL(address))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// postgresProgram is one of PostgreSQL's programs on the cluster in a folder. Neither of them runs as root.
func postgresProgram(name, folder string, args ...string) (*exec.Cmd, error) {
	path, err := installed(filepath.Join("postgres", name))
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, append([]string{"-D", filepath.Join(folder, "data")}, args...)...) //nolint:noctx // Server ends it
	cmd.Dir = folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	return cmd, nil
}

// unprivileged is who runs what refuses to run as root: nobody; nil where we are not root ourselves.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, errUser := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, errGroup := strconv.ParseUint(nobody.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(errUser, errGroup)
}
