package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/patchbay-go/patchbay/tests/process"
)

func build(ctx context.Context, root, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/patchbay")
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// A server is a process that serves.
type server struct {
	*process.Process
	before int64 // bytes of memory that it took when nobody was connected
}

func start(ctx context.Context, name string, args ...string) (*server, error) {
	p, err := process.Start(ctx, exec.CommandContext(ctx, name, args...))
	if err != nil {
		return nil, err
	}
	before, err := p.Memory()
	return &server{p, before}, err
}

func startPatchbay(ctx context.Context, binary string) (*server, error) {
	return start(ctx, binary, "serve", "--http", "127.0.0.1:0", "--log-level", "warn")
}

func (s *server) address() string { return s.Ready["http"] }

// stop ends the server. It has done its work, however it ends.
func (s *server) stop() { _ = s.Stop() }

// report prints what each of n clients takes in memory.
func (s *server) report(what string, n int) error {
	after, err := s.Memory()
	if err == nil {
		fmt.Printf("%-45s %6d clients, %7.1f MiB, %6.1f KiB each\n", what, n, float64(after)/(1<<20), float64(after-s.before)/1024/float64(n))
	}
	return err
}

// allowFiles lets this process and its children have that many files open.
func allowFiles(n uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if limit.Cur >= n {
		return nil
	}
	limit.Cur = n
	limit.Max = max(limit.Max, n)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("allow %d open files: %w", n, err)
	}
	return nil
}
