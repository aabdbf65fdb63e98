// Package process starts programs for the tests and benchmarks and ends them again, by the id that was started.
//
// A program says that it serves with a line "ready NAME=VALUE ..." on standard output, as patchbay serve does and as our
// foreign servers do too, so nobody has to sleep or to guess a port.
package process

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a program may take until it is ready, and grace how long until it has ended. One that prints no ready line is
// asked again and again, with a pause in between.
const (
	patience     = 60 * time.Second
	grace        = 12 * time.Second
	pauseBetween = 20 * time.Millisecond
)

// Process is a program that runs and has said that it is ready.
type Process struct {
	// Ready holds the pairs of its ready line, such as "http" and "127.0.0.1:40123".
	Ready map[string]string

	cmd    *exec.Cmd
	log    *Log
	exited chan struct{} // closed when err is set
	err    error
}

// Start runs the command in a process group of its own and returns when it has printed its ready line.
// The command's Stdout and Stderr must not be set: what it prints there is kept, see [Process.Log].
func Start(ctx context.Context, cmd *exec.Cmd) (*Process, error) {
	ready := make(chan map[string]string, 1)
	p, err := launch(cmd, ready)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case p.Ready = <-ready:
		return p, nil
	case <-p.exited:
		return nil, p.endedEarly()
	case <-ctx.Done():
		return nil, p.giveUp(ctx.Err())
	}
}

// StartAsking runs a command that prints no ready line, and returns when ask gives no error.
func StartAsking(ctx context.Context, cmd *exec.Cmd, ask func(context.Context) error) (*Process, error) {
	p, err := launch(cmd, nil)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		unready := ask(ctx)
		if unready == nil {
			return p, nil
		}
		select {
		case <-p.exited:
			return nil, p.endedEarly()
		case <-ctx.Done():
			return nil, p.giveUp(unready)
		case <-time.After(pauseBetween):
		}
	}
}

// launch starts the command. The pairs of its ready line go to ready, where there is one.
func launch(cmd *exec.Cmd, ready chan<- map[string]string) (*Process, error) {
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	p := &Process{cmd: cmd, log: &Log{}, exited: make(chan struct{})}
	cmd.Stderr = p.log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true // programs that fork are ended whole
	cmd.WaitDelay = grace
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go p.watch(stdout, ready)
	return p, nil
}

func (p *Process) endedEarly() error {
	return fmt.Errorf("%s ended before it was ready: %s\n%s", p.cmd.Path, p.cmd.ProcessState, p.Log())
}

// giveUp ends a program that does not become ready.
func (p *Process) giveUp(why error) error {
	_ = p.Stop() // why it was not ready says more
	return fmt.Errorf("%s was not ready: %w\n%s", p.cmd.Path, why, p.Log())
}

// watch reads what the program prints, hands on the first ready line, and waits for the end. Process.Stop waits for it.
func (p *Process) watch(stdout io.Reader, ready chan<- map[string]string) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		fmt.Fprintln(p.log, lines.Text())
		if pairs, ok := parseReady(lines.Text()); ok && ready != nil {
			ready <- pairs
			ready = nil
		}
	}
	p.err = p.cmd.Wait()
	close(p.exited)
}

func parseReady(line string) (map[string]string, bool) {
	fields := strings.Fields(line)
	if len(fields) == 0 || fields[0] != "ready" {
		return nil, false
	}
	pairs := make(map[string]string, len(fields)-1)
	for _, field := range fields[1:] {
		name, value, _ := strings.Cut(field, "=")
		pairs[name] = value
	}
	return pairs, true
}

// PID is the id of the process that was started.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log is what the program has printed so far, standard error and standard output together.
func (p *Process) Log() string { return p.log.String() }

// Stop asks the program to end with SIGTERM, kills its group when it takes longer than 12 seconds, and returns how it ended:
// nil after an exit with status 0. It may be called twice.
func (p *Process) Stop() error {
	group := -p.PID()
	_ = syscall.Kill(group, syscall.SIGTERM) // an error means that it is gone already
	select {
	case <-p.exited:
		return p.err
	case <-time.After(grace):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-p.exited
		return fmt.Errorf("%s did not end within %s of SIGTERM and was killed", p.cmd.Path, grace)
	}
}

// Kill ends the program's group at once and returns when it is gone.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL) // an error means that it is gone already
	<-p.exited
}

// Run starts a program for a test, ends it with the test, and shows its log when the test has failed.
func Run(t testing.TB, name string, args ...string) *Process {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...) // Stop ends it, more gently
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	p, err := Start(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stopped := p.Stop()
		if t.Failed() {
			t.Logf("%s ended with %v and had printed:\n%s", name, stopped, p.Log())
		}
	})
	return p
}
