package process

import (
	"os/exec"
	"strings"
	"testing"
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

func TestLogKeepsTheEnd(t *testing.T) {
	var l log
	for range 3 {
		_, _ = l.Write([]byte(strings.Repeat("x", maxLog/2)))
	}
	_, _ = l.Write([]byte("end"))
	if got := l.String(); len(got) != maxLog || !strings.HasSuffix(got, "end") {
		t.Errorf("got %d bytes ending in %q", len(got), got[len(got)-3:])
	}
}
