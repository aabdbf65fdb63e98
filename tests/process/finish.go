package process

import (
	"bytes"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// enough is how long a program may take that is to end by itself.
const enough = 2 * time.Minute

// Finish runs a command to its end and returns what it has printed and how it ended, as [exec.Cmd.Run] does. The command's Stdout and
// Stderr must not be set. A command that has not ended after two minutes is killed, with all that it has started, and fails the test.
func Finish(t testing.TB, cmd *exec.Cmd) (stdout, stderr []byte, err error) {
	t.Helper()
	return finish(t, cmd, enough)
}

func finish(t testing.TB, cmd *exec.Cmd, limit time.Duration) (stdout, stderr []byte, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	var late atomic.Bool
	timer := time.AfterFunc(limit, func() {
		late.Store(true)
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // an error means that it has ended just now
	})
	err = cmd.Wait()
	timer.Stop()
	if late.Load() {
		t.Fatalf("%s did not end within %s and was killed; it had printed:\n%s%s", cmd, limit, &out, &errs)
	}
	return out.Bytes(), errs.Bytes(), err
}
