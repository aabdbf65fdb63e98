//go:build peers

package functions

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	platform "github.com/patchbay-go/patchbay/local"
	"github.com/patchbay-go/patchbay/local/gateway"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// TestFlexWhileKilled: a Flex client, played by Py3AMF, publishes and polls while the function is killed at random. All that was acknowledged
// comes, in its order, and what comes twice has one id.
func TestFlexWhileKilled(t *testing.T) {
	p := local(t, "--http", ":0", "--kill", "0.1", "--log-level", "warn")
	c := chat(t, "http://"+p.Ready["http"]+"/amf", 80)
	t.Logf("%d messages said, %d came, the function was away %d times", len(c.Said), len(c.Came), c.Away)
	if c.Away < 5 || len(c.Said) != 80 {
		t.Error("too little happened to show anything")
	}
	c.check(t)
}

// TestFlexStreams: the streaming channel of Flex by a function URL that streams.
func TestFlexStreams(t *testing.T) {
	p := local(t, "--url", ":0", "--stream", "--env", "PATCHBAY_RESPONSE_MODE=RESPONSE_STREAM", "--log-level", "warn")
	runCases(t, "http://"+p.Ready["url"], "Consumer/stream", 2)
}

// TestFlexByEachDoor: what Py3AMF's clients do elsewhere works by a REST API, a load balancer and an HTTP API that give answers whole.
func TestFlexByEachDoor(t *testing.T) {
	p := local(t, "--rest", ":0", "--http", ":0", "--alb", ":0", "--log-level", "warn")
	for _, door := range []string{"rest", "http", "alb"} {
		t.Run(door, func(t *testing.T) {
			runCases(t, "http://"+p.Ready[door], "RemoteObject/", 50)
			runCases(t, "http://"+p.Ready[door], "session", 2)
		})
	}
}

// TestAMFConnection: BlazeDS's own client does all that it does elsewhere, but for what waits or streams, which answers in one piece cannot.
func TestAMFConnection(t *testing.T) {
	p := local(t, "--http", ":0", "--log-level", "warn")
	build, err := servers.Build()
	if err != nil {
		t.Fatal(err)
	}
	classes := filepath.Join(build, "blazeds/classes") + string(filepath.ListSeparator) + filepath.Join(build, "blazeds/lib", "*")
	out := output(t, "java", "-XX:+UseSerialGC", "-cp", classes, "patchbay.Client", "http://"+p.Ready["http"]+"/amf")
	check(t, out, 170, "Consumer/long polling", "Consumer/stream", "Consumer/stream with small messages")
}

// TestFlexUnderRIE: the same program under AWS's own emulator of the Runtime API, behind an HTTP API of ours.
func TestFlexUnderRIE(t *testing.T) {
	t.Setenv("PATCHBAY_STORE", "memory:")
	rie := emulator{"http://" + servers.Run(t, servers.RIE(bootstrap)).Address}
	door := httptest.NewServer(gateway.NewHTTP(rie, nil))
	defer door.Close()
	runCases(t, door.URL, "RemoteObject/", 50)
	runCases(t, door.URL, "Consumer/poll", 2)
	chat(t, door.URL+"/amf", 10).check(t)
}

// An emulator invokes the function that aws-lambda-rie runs.
type emulator struct{ url string }

// Invoke implements gateway.Invoker.
func (e emulator) Invoke(ctx context.Context, event []byte) (*platform.Result, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url+"/2015-03-31/functions/function/invocations", bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("invoke: %s: %s", resp.Status, answer)
	}
	return &platform.Result{Payload: answer}, err
}

// A conversation is what a client has said and heard.
type conversation struct {
	Said []string `json:"said"` // acknowledged
	Came []string `json:"came"`
	Away int      `json:"away"` // how often the server did not answer
}

// chat has a client publish so many messages, and poll.
func chat(t *testing.T, url string, count int) *conversation {
	t.Helper()
	out := python(t, "../cloudrun/chatter.py", url, fmt.Sprint(count))
	_, report, _ := strings.Cut(strings.TrimSpace(out), "ready\n")
	var c conversation
	if err := json.Unmarshal([]byte(report), &c); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return &c
}

// check finds out whether all that was said came, in its order.
func (c *conversation) check(t *testing.T) {
	t.Helper()
	var first []string // each once, when it came first
	for _, id := range c.Came {
		if slices.Contains(c.Said, id) && !slices.Contains(first, id) {
			first = append(first, id)
		}
	}
	if !slices.Equal(first, c.Said) {
		t.Errorf("lost or out of order: said %v, came %v", c.Said, first)
	}
}

// runCases runs Py3AMF's cases whose names contain a text, of which there are some.
func runCases(t *testing.T, url, only string, some int) {
	t.Helper()
	check(t, python(t, "../peers/py3amf/client.py", url+"/amf", only), some)
}

// check reads what cases report: some at least, of which all but those named go well.
func check(t *testing.T, out string, some int, but ...string) {
	t.Helper()
	well := 0
	for line := range strings.Lines(out) {
		var report struct {
			Case, Detail string
			OK           bool
		}
		switch err := json.Unmarshal([]byte(line), &report); {
		case err != nil:
			t.Fatalf("%v in %q", err, line)
		case report.OK:
			well++
		case report.Case != "" && !slices.Contains(but, report.Case): // the last line is but their number
			t.Errorf("%s: %s", report.Case, report.Detail)
		}
	}
	if well < some {
		t.Errorf("%d cases went well, want %d or more", well, some)
	}
}

// python runs a script with Py3AMF and returns what it prints.
func python(t *testing.T, args ...string) string {
	t.Helper()
	build, err := servers.Build()
	if err != nil {
		t.Fatal(err)
	}
	return output(t, filepath.Join(build, "py3amf/bin/python"), args...)
}

// output runs a program and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=../peers/py3amf")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args, err, out)
	}
	return string(out)
}
