package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// binary is the program under test, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "patchbay-cmd-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "patchbay")
	if out, err := exec.Command("go", "build", "-ldflags", "-X main.release=v1.2.3", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// An ended program is what is left of it.
type ended struct {
	status         int
	stdout, stderr string
}

// runBinary runs the program to its end, with extra environment variables.
func runBinary(t *testing.T, env []string, args ...string) ended {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // one that serves, and should not, does not end by itself
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func TestCommandLines(t *testing.T) {
	for _, c := range []struct {
		name           string
		args           []string
		env            []string
		status         int
		stdout, stderr string // what they hold
	}{
		{name: "nothing", status: 0, stdout: "Available Commands:"},
		{name: "help", args: []string{"--help"}, status: 0, stdout: "patchbay serve"},
		{name: "help of serve", args: []string{"serve", "--help"}, status: 0, stdout: "[PATCHBAY_HTTP]"},
		{name: "help of call", args: []string{"call", "--help"}, status: 0, stdout: "Examples:"},
		{name: "help of decode", args: []string{"decode", "--help"}, status: 0, stdout: "--lines"},
		{name: "help of encode", args: []string{"encode", "--help"}, status: 0, stdout: "--lines"},
		{name: "help among arguments", args: []string{"call", "http://127.0.0.1:1/amf", "a.b", "--help"}, status: 0, stdout: "Usage:"},
		{name: "help of publish", args: []string{"publish", "--help"}, status: 0, stdout: "Examples:"},
		{name: "help of subscribe", args: []string{"subscribe", "--help"}, status: 0, stdout: "Examples:"},
		{name: "help among what is published", args: []string{"publish", "http://127.0.0.1:1/rpc", "t", "--help"}, status: 0, stdout: "Usage:"},
		{name: "version", args: []string{"version"}, status: 0, stdout: "patchbay version v1.2.3, commit "},
		{name: "version as a flag", args: []string{"--version"}, status: 0, stdout: "patchbay version v1.2.3, commit "},
		{name: "unknown command", args: []string{"sevre"}, status: 2, stderr: "unknown command"},
		{name: "unknown flag", args: []string{"serve", "--htpp", ":0"}, status: 2, stderr: "serve --help"},
		{name: "arguments of serve", args: []string{"serve", "x"}, status: 2, stderr: "unknown command"},
		{name: "flags that exclude each other", args: []string{"decode", "--lines", "--hex"}, status: 2, stderr: "lines"},
		{name: "call without a target", args: []string{"call", "http://127.0.0.1:1/amf"}, status: 2, stderr: "URL SERVICE.OPERATION"},
		{name: "call of no URL", args: []string{"call", "localhost", "a.b"}, status: 2, stderr: "http://HOST:PORT/PATH"},
		{name: "call by no protocol", args: []string{"call", "--protocol", "soap", "http://127.0.0.1:1/", "a.b"}, status: 2, stderr: "remoting, amf3, amf0, jsonrpc, websocket"},
		{name: "unknown flag among arguments", args: []string{"call", "http://127.0.0.1:1/amf", "a.b", "--jsno"}, status: 2, stderr: "unknown flag"},
		{name: "flag without its value", args: []string{"call", "http://127.0.0.1:1/amf", "a.b", "--user"}, status: 2, stderr: "needs an argument"},
		{name: "message without a service", args: []string{"call", "http://127.0.0.1:1/amf", "b"}, status: 2, stderr: "SERVICE.OPERATION"},
		{name: "no terminal to ask", args: []string{"call", "--user", "joe", "http://127.0.0.1:1/amf", "a.b"}, status: 2, stderr: "PATCHBAY_PASSWORD"},
		{name: "publish nothing", args: []string{"publish", "http://127.0.0.1:1/rpc", "t"}, status: 2, stderr: "URL TOPIC BODY"},
		{name: "publish too much", args: []string{"publish", "http://127.0.0.1:1/rpc", "t", "a", "b"}, status: 2, stderr: "URL TOPIC BODY"},
		{name: "publish to no URL", args: []string{"publish", "127.0.0.1:1/rpc", "t", "x"}, status: 2, stderr: "http://HOST:PORT/PATH"},
		{name: "publish to no topic", args: []string{"publish", "http://127.0.0.1:1/rpc", "", "x"}, status: 2, stderr: "topic is empty"},
		{name: "publish by events", args: []string{"publish", "http://127.0.0.1:1/events", "t", "x"}, status: 2, stderr: "only bring messages"},
		{name: "publish by a protocol of calls", args: []string{"publish", "--protocol", "remoting", "http://127.0.0.1:1/amf", "t", "x"}, status: 2, stderr: "amf, jsonrpc, websocket"},
		{name: "publish once by AMF", args: []string{"publish", "http://127.0.0.1:1/amf", "t", "x", "--id", "1"}, status: 2, stderr: "--id"},
		{name: "header without a value", args: []string{"publish", "http://127.0.0.1:1/amf", "t", "x", "--header", "n"}, status: 2, stderr: "NAME=VALUE"},
		{name: "header without a name", args: []string{"publish", "http://127.0.0.1:1/amf", "t", "x", "--header", "=n"}, status: 2, stderr: "NAME=VALUE"},
		{name: "time in the past", args: []string{"publish", "http://127.0.0.1:1/amf", "t", "x", "--ttl", "-1s"}, status: 2, stderr: "--ttl"},
		{name: "subscribe to nothing", args: []string{"subscribe", "http://127.0.0.1:1/events"}, status: 2, stderr: "URL TOPIC"},
		{name: "subscribe to no topic", args: []string{"subscribe", "http://127.0.0.1:1/events", ""}, status: 2, stderr: "topic is empty"},
		{name: "subscribe by no protocol", args: []string{"subscribe", "--protocol", "mqtt", "http://127.0.0.1:1/", "t"}, status: 2, stderr: "jsonrpc, websocket, sse"},
		{name: "cursor of AMF", args: []string{"subscribe", "http://127.0.0.1:1/amf", "t", "--after", "x"}, status: 2, stderr: "--after"},
		{name: "less than no message", args: []string{"subscribe", "http://127.0.0.1:1/amf", "t", "-n", "-1"}, status: 2, stderr: "--count"},
		{name: "no server to publish to by AMF", args: []string{"publish", "http://127.0.0.1:1/amf", "t", "x"}, status: 3, stderr: "connection refused"},
		{name: "no server to publish to by JSON-RPC", args: []string{"publish", "http://127.0.0.1:1/rpc", "t", "x"}, status: 3, stderr: "connection refused"},
		{name: "no server to publish to by WebSocket", args: []string{"publish", "ws://127.0.0.1:1/rpc", "t", "x"}, status: 3, stderr: "connection refused"},
		{name: "no server to subscribe to by AMF", args: []string{"subscribe", "http://127.0.0.1:1/amf", "t"}, status: 3, stderr: "connection refused"},
		{name: "no server to subscribe to by JSON-RPC", args: []string{"subscribe", "--protocol", "jsonrpc", "http://127.0.0.1:1/rpc", "t"}, status: 3, stderr: "connection refused"},
		{name: "no server to subscribe to by WebSocket", args: []string{"subscribe", "http://127.0.0.1:1/rpc", "t"}, status: 3, stderr: "connection refused"},
		{name: "no server to subscribe to by events", args: []string{"subscribe", "http://127.0.0.1:1/events", "t"}, status: 3, stderr: "connection refused"},
		{name: "no server", args: []string{"call", "http://127.0.0.1:1/amf", "a.b"}, status: 3, stderr: "connection refused"},
		{name: "call of a socket by AMF", args: []string{"call", "--protocol", "amf0", "ws://127.0.0.1:1/amf", "a.b"}, status: 2, stderr: "for amf0 use http://"},
		{name: "no server of JSON-RPC", args: []string{"call", "http://127.0.0.1:1/rpc", "a.b"}, status: 3, stderr: "connection refused"},
		{name: "unknown store", args: []string{"serve", "--store", "redis://user:secret@x"}, status: 2, stderr: "memory:"},
		{name: "nothing to serve", args: []string{"serve", "--http", ""}, status: 2, stderr: "nothing to serve"},
		{name: "address without a port", args: []string{"serve", "--http", "localhost"}, status: 2, stderr: "HOST:PORT"},
		{name: "unknown log format", args: []string{"serve", "--log-format", "xml"}, status: 2, stderr: "json and text"},
		{name: "unknown log level", args: []string{"serve", "--log-level", "loud"}, status: 2, stderr: "loud"},
		{name: "wrong variable", args: []string{"serve"}, env: []string{"PATCHBAY_TRUSTED_PROXIES=many"}, status: 2, stderr: "PATCHBAY_TRUSTED_PROXIES"},
		{name: "variable of a store", args: []string{"serve"}, env: []string{"PATCHBAY_STORE=floppy:a"}, status: 2, stderr: "memory:"},
		{name: "flag before variable", args: []string{"serve", "--http", ""}, env: []string{"PATCHBAY_HTTP=:0"}, status: 2, stderr: "nothing to serve"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := runBinary(t, c.env, c.args...)
			if got.status != c.status || !strings.Contains(got.stdout, c.stdout) || !strings.Contains(got.stderr, c.stderr) {
				t.Errorf("got status %d, stdout %q, stderr %q; want %d, %q, %q", got.status, got.stdout, got.stderr, c.status, c.stdout, c.stderr)
			}
			if (c.status == 0) != (got.stderr == "") {
				t.Errorf("status %d and on stderr %q", got.status, got.stderr)
			}
		})
	}
}

// A shell completes the protocols, and no file names where there are none.
func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"subscribe", "--protocol", ""}, "amf\namf-stream\njsonrpc\nwebsocket\nsse\n:4\n"},
		{[]string{"publish", "--protocol", ""}, "amf\njsonrpc\nwebsocket\n:4\n"},
		{[]string{"call", ""}, ":4\n"},
	} {
		got := runBinary(t, nil, append([]string{"__completeNoDesc"}, c.args...)...)
		if got.status != 0 || got.stdout != c.want {
			t.Errorf("%q: got %q, want %q", c.args, got.stdout, c.want)
		}
	}
}
