package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestStart(t *testing.T) {
	p, err := Start(t.Context(), exec.Command("sh", "-c", "echo hello; echo ready http=127.0.0.1:1 amp=127.0.0.1:2; exec sleep 60"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Ready["http"] != "127.0.0.1:1" || p.Ready["amp"] != "127.0.0.1:2" {
		t.Errorf("ready pairs: got %v", p.Ready)
	}
	if !strings.Contains(p.Log(), "hello") {
		t.Errorf("log: got %q, want hello in it", p.Log())
	}
	if cpu, err := p.CPU(); err != nil || cpu < 0 || cpu > time.Minute {
		t.Errorf("CPU time: got %v, %v", cpu, err)
	}
	if bytes, err := p.Memory(); err != nil || bytes < 1<<12 || bytes > 1<<30 {
		t.Errorf("memory: got %d bytes, %v", bytes, err)
	}
	if err := p.Stop(); err == nil {
		t.Error("stop: got nil for a program that a signal ended")
	}
	if err := p.Stop(); err == nil {
		t.Error("second stop: got nil, want the same error")
	}
}

func TestStartFails(t *testing.T) {
	for name, script := range map[string]string{
		"ends at once":   "echo no luck >&2; exit 3",
		"ends unready":   "echo no luck; echo nearly ready",
		"says it itself": "echo no luck; echo unready http=x",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Start(t.Context(), exec.Command("sh", "-c", script))
			if err == nil || !strings.Contains(err.Error(), "no luck") {
				t.Errorf("got error %v, want one that shows the log", err)
			}
		})
	}
}

func TestStartAsking(t *testing.T) {
	asked := 0
	p, err := StartAsking(t.Context(), exec.Command("sleep", "60"), func(context.Context) error {
		if asked++; asked < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || asked != 3 {
		t.Fatalf("asked %d times: %v", asked, err)
	}
	p.Kill()
	if err := p.Stop(); err == nil {
		t.Error("stop: got nil for a program that was killed")
	}
	never := func(context.Context) error { return errors.New("never") }
	if _, err := StartAsking(t.Context(), exec.Command("sh", "-c", "echo no luck"), never); err == nil || !strings.Contains(err.Error(), "no luck") {
		t.Errorf("got error %v, want one that shows the log", err)
	}
}

func TestFinish(t *testing.T) {
	out, errs, err := Finish(t, exec.Command("sh", "-c", "echo out; echo err >&2; exit 3"))
	exit, ok := errors.AsType[*exec.ExitError](err)
	if string(out) != "out\n" || string(errs) != "err\n" || !ok || exit.ExitCode() != 3 {
		t.Errorf("got %q, %q, %v", out, errs, err)
	}
	if _, _, err := Finish(t, exec.Command("/no/such/program")); err == nil {
		t.Error("a program that cannot be started gives no error")
	}
}

// refused is a test whose failure is looked at.
type refused struct {
	testing.TB
	text string
}

func (r *refused) Fatalf(format string, args ...any) { r.text = fmt.Sprintf(format, args...) }

func TestFinishEndsWhatDoesNotEnd(t *testing.T) {
	r := &refused{TB: t}
	// A child of the program holds its output open, too.
	_, _, err := finish(r, exec.Command("sh", "-c", "echo begun; sleep 60 & sleep 60"), 100*time.Millisecond)
	if err == nil || !strings.Contains(r.text, "did not end within 100ms") || !strings.Contains(r.text, "begun") {
		t.Errorf("got %q, want what did not end and what it printed", r.text)
	}
}

func TestLogKeepsTheEnd(t *testing.T) {
	var l Log
	for range 3 {
		_, _ = l.Write([]byte(strings.Repeat("x", maxLog/2)))
	}
	_, _ = l.Write([]byte("end"))
	if got := l.String(); len(got) != maxLog || !strings.HasSuffix(got, "end") {
		t.Errorf("got %d bytes ending in %q", len(got), got[len(got)-3:])
	}
}
