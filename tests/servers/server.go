package servers

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
)

// A Program is how a server is started.
type Program struct {
	Name string

	// Prepare makes what the server needs in its folder, once, before its first start. It may be nil.
	Prepare func(ctx context.Context, folder string) error

	// Command returns what runs the server on an address, HOST:PORT, with what it keeps in a folder.
	Command func(address, folder string) (*exec.Cmd, error)

	// Ask returns nil when the server answers.
	Ask func(ctx context.Context, address string) error

	// End is sent to the server before SIGTERM, where that alone does not make it end soon; zero: nothing is.
	End syscall.Signal
}

// A Server runs a Program.
type Server struct {
	Address string // HOST:PORT, the same after a restart

	program Program
	folder  string
	process *process.Process
}

// Start starts a server that keeps its data in folder, and returns when it answers.
func Start(ctx context.Context, p Program, folder string) (*Server, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	s := &Server{Address: address, program: p, folder: folder}
	if p.Prepare != nil {
		if err := p.Prepare(ctx, folder); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", p.Name, err)
		}
	}
	return s, s.Restart(ctx)
}

// Restart starts the server again on its address, with what it has kept, after Kill or Stop.
func (s *Server) Restart(ctx context.Context) error {
	cmd, err := s.program.Command(s.Address, s.folder)
	if err != nil {
		return fmt.Errorf("%s: %w", s.program.Name, err)
	}
	ask := func(ctx context.Context) error { return s.program.Ask(ctx, s.Address) }
	if s.process, err = process.StartAsking(ctx, cmd, ask); err != nil {
		return fmt.Errorf("%s: %w", s.program.Name, err)
	}
	return nil
}

// Kill ends the server without a word of warning, as a machine that loses its power would.
func (s *Server) Kill() { s.process.Kill() }

// Stop asks the server to end, and kills it when it takes long.
func (s *Server) Stop() {
	if s.program.End != 0 {
		_ = syscall.Kill(s.process.PID(), s.program.End) // an error means that it is gone already
	}
	_ = s.process.Stop() // how it ended is its own affair
}

// Log is what the server has printed since its last start.
func (s *Server) Log() string { return s.process.Log() }

// Process is the running program, for what it uses of the machine.
func (s *Server) Process() *process.Process { return s.process }

// Run starts a server for a test, ends it with the test, and shows its log when the test has failed.
func Run(t testing.TB, p Program) *Server {
	t.Helper()
	folder, err := os.MkdirTemp("", "patchbay-server-") //nolint:usetesting // a server that runs as another user may not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) }) // after the server has ended
	s, err := Start(t.Context(), p, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("%s had printed:\n%s", p.Name, s.Log())
		}
	})
	return s
}

// freeAddress returns an address of this machine that nothing listens on.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// Build is the folder that the scripts in tests/install fill: PATCHBAY_BUILD, or the checkout's .build.
func Build() (string, error) {
	if build := os.Getenv("PATCHBAY_BUILD"); build != "" {
		return build, nil
	}
	for folder, err := os.Getwd(); ; folder = filepath.Dir(folder) {
		if err != nil || folder == filepath.Dir(folder) {
			return "", fmt.Errorf("no go.mod above the current folder: %w", err)
		}
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return filepath.Join(folder, ".build"), nil
		}
	}
}

// installed is the path of something in the build folder.
func installed(name string) (string, error) {
	build, err := Build()
	if err != nil {
		return "", err
	}
	path := filepath.Join(build, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: run make install first", err)
	}
	return path, nil
}
