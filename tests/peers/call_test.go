//go:build peers

package peers

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/tests/process"
)

// A callCase runs "patchbay call" against a foreign server, once with each protocol.
type callCase struct {
	name           string
	target         string
	args           []string
	protocols      []string // all where nil
	user, password string
	result         string // JSON on standard output, exit status 0
	fault          string // text on standard error, exit status 1
}

var (
	protocols = []string{"remoting", "amf3", "amf0"}
	plain     = []string{"amf3", "amf0"} // those whose credentials travel in a packet header
)

// sharedCallCases are answered alike by every server that has the service "example".
var sharedCallCases = []callCase{
	{name: "integer", target: "example.add", args: []string{"1", "2"}, result: `3`},
	{name: "fraction", target: "example.add", args: []string{"1.5", "-4"}, result: `-2.5`},
	{name: "null", target: "example.nothing", result: `null`},
	{name: "text", target: "example.echo", args: []string{"hello there"}, result: `"hello there"`},
	{name: "text that is no JSON", target: "example.echo", args: []string{"{no"}, result: `"{no"`},
	{name: "umlauts", target: "example.echo", args: []string{`"Grüße, 世界"`}, result: `"Grüße, 世界"`},
	{name: "boolean", target: "example.echo", args: []string{"true"}, result: `true`},
	{name: "list", target: "example.echo", args: []string{`[1,"two",null,[3]]`}, result: `[1,"two",null,[3]]`},
	{name: "object", target: "example.echo", args: []string{`{"a":1,"b":{"c":[true]}}`}, result: `{"a":1,"b":{"c":[true]}}`},
	{name: "typed object", target: "example.person", args: []string{"Ann"},
		result: `{"$class":"example.Person","name":"Ann","born":"2001-02-03T04:05:06.000Z","tags":["a","b"]}`},
}

func callCases(t *testing.T, url string, own []callCase) {
	t.Helper()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			for _, c := range slices.Concat(sharedCallCases, own) {
				if c.protocols == nil || slices.Contains(c.protocols, protocol) {
					t.Run(c.name, func(t *testing.T) { c.run(t, url, protocol) })
				}
			}
		})
	}
}

func (c callCase) run(t *testing.T, url, protocol string) {
	t.Helper()
	args := []string{"call", "--protocol", protocol, "--json"}
	if c.user != "" {
		args = append(args, "--user", c.user)
	}
	cmd := exec.Command(patchbay, append(append(args, url, c.target), c.args...)...)
	// Without this the race detector holds every program back for a second at its end.
	cmd.Env = append(os.Environ(), "PATCHBAY_PASSWORD="+c.password, "GORACE=atexit_sleep_ms=0")
	stdout, stderr, status := finish(t, cmd)

	if c.fault != "" {
		if status != 1 || !strings.Contains(stderr, c.fault) {
			t.Errorf("%s: got status %d, stdout %s, stderr %s; want status 1 and %q", cmd, status, stdout, stderr, c.fault)
		}
		return
	}
	if status != 0 {
		t.Fatalf("%s: got status %d, stderr %s", cmd, status, stderr)
	}
	if diff := cmp.Diff(parse(t, c.result), parse(t, stdout)); diff != "" {
		t.Errorf("%s: result (-want +got):\n%s", cmd, diff)
	}
}

// finish runs a command that may end with any status.
func finish(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, status int) {
	t.Helper()
	out, errs, err := process.Finish(t, cmd)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), string(errs), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), string(errs), 0
}

func parse(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q is no JSON: %v", text, err)
	}
	return v
}

func TestCallWithoutServer(t *testing.T) {
	// Port 1 of the loopback has no server, and nobody can start one there by chance.
	_, _, status := finish(t, exec.Command(patchbay, "call", "http://127.0.0.1:1/amf", "example.nothing"))
	if status != 3 {
		t.Errorf("no connection: got status %d, want 3", status)
	}
}

func TestCallWronglyUsed(t *testing.T) {
	_, _, status := finish(t, exec.Command(patchbay, "call", "--nonsense"))
	if status != 2 {
		t.Errorf("wrong use: got status %d, want 2", status)
	}
}
