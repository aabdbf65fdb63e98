package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

var (
	asJSON = []string{"--json"}
	user   = []string{"--user", "correct"}
)

// calls are made by every protocol.
var calls = []struct {
	name           string
	flags          []string // before the URL
	args           []string // behind it
	password       string
	status         int
	stdout, stderr string // whole; what it holds
}{
	{name: "numbers", args: []string{"example.add", "1.5", "-4"}, stdout: "-2.5\n"},
	{name: "text", args: []string{"example.echo", "hello there"}, stdout: "hello there\n"},
	{name: "text as JSON", flags: asJSON, args: []string{"example.echo", "hello there"}, stdout: "\"hello there\"\n"},
	{name: "flag behind the arguments", args: []string{"example.echo", "hello", "--json"}, stdout: "\"hello\"\n"},
	{name: "what looks like a flag", args: []string{"example.echo", "--", "--json"}, stdout: "--json\n"},
	{name: "empty text", args: []string{"example.echo", ""}, stdout: "\n"},
	{name: "no JSON", args: []string{"example.echo", "{no"}, stdout: "{no\n"},
	{name: "null", args: []string{"example.nothing"}, stdout: "null\n"},
	{name: "several arguments", flags: asJSON, args: []string{"example.echo", "1", "two", "null"}, stdout: `[1,"two",null]` + "\n"},
	{name: "for people", args: []string{"example.echo", `{"a":[1,true]}`}, stdout: "{\n  \"a\": [\n    1,\n    true\n  ]\n}\n"},
	{name: "class", flags: asJSON, args: []string{"example.person", "Ann"},
		stdout: `{"$class":"example.Person","name":"Ann","born":"2001-02-03T04:05:06.000Z","tags":["a","b"]}` + "\n"},
	{name: "class as an argument", args: []string{"example.typeName", `{"$class":"example.Person","name":"Ann"}`}, stdout: "example.Person\n"},
	{name: "interim results", args: []string{"example.countdown", "3"}, stdout: "done\n"},
	{name: "other name", args: []string{"ExampleService.add", "20", "22"}, stdout: "42\n"},
	{name: "failure", args: []string{"example.fail"}, status: 1, stderr: "deliberate failure"},
	{name: "exception", args: []string{"example.raiseException"}, status: 1, stderr: "Example Exception"},
	{name: "no operation", args: []string{"example.nosuch"}, status: 1, stderr: "fault "},
	{name: "no service", args: []string{"nosuch.echo", "1"}, status: 1, stderr: "fault "},
	{name: "argument missing", args: []string{"example.add", "1"}, status: 1, stderr: "fault "},
	{name: "argument of another type", args: []string{"example.add", "{}", "1"}, status: 1, stderr: "fault "},
	{name: "nobody", args: []string{"secure.secret"}, status: 1, stderr: "Login required"},
	{name: "user", flags: user, args: []string{"secure.secret"}, password: "correct", stdout: "secret for you\n"},
	{name: "wrong password", flags: user, args: []string{"secure.secret"}, password: "wrong", status: 1, stderr: "fault "},
	{name: "password with a colon", flags: user, args: []string{"secure.secret"}, password: "a:b", status: 1, stderr: "fault "},
}

func TestCalls(t *testing.T) {
	url := "http://" + serve(t, "--log-level", "error").Ready["http"]
	for protocol, path := range map[string]string{"remoting": "/amf", "amf3": "/amf", "amf0": "/amf", "jsonrpc": "/rpc", "websocket": "/rpc"} {
		for _, c := range calls {
			t.Run(protocol+"/"+c.name, func(t *testing.T) {
				args := append([]string{"call", "--protocol", protocol}, c.flags...)
				args = append(append(args, url+path), c.args...)
				got := runBinary(t, []string{"PATCHBAY_PASSWORD=" + c.password}, args...)
				if got.status != c.status || got.stdout != c.stdout || !strings.Contains(got.stderr, c.stderr) {
					t.Errorf("%q: got %+v, want status %d, stdout %q, stderr with %q", args, got, c.status, c.stdout, c.stderr)
				}
			})
		}
	}
}

func TestProtocolByPath(t *testing.T) {
	url := "http://" + serve(t).Ready["http"]
	for path, fault := range map[string]string{"/amf": "fault Server.Processing:", "/rpc": "fault -32000:"} {
		if got := runBinary(t, nil, "call", url+path, "example.fail"); !strings.Contains(got.stderr, fault) {
			t.Errorf("%s: got %q, want %q", path, got.stderr, fault)
		}
	}
}

// What answers may be anything.
func TestStrangeAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		stderr string
	}{
		"not found":      {404, "nothing here", "404 Not Found: nothing here"},
		"HTML":           {200, "<html>", "read the answer as"},
		"empty":          {200, "", "read the answer as"},
		"another answer": {200, `{"jsonrpc":"2.0","id":1}`, "answer"},
	} {
		t.Run(name, func(t *testing.T) {
			url := answering(t, c.status, c.body)
			for _, path := range []string{"/amf", "/rpc"} {
				got := runBinary(t, nil, "call", url+path, "a.b")
				if got.status != 1 || !strings.Contains(got.stderr, c.stderr) {
					t.Errorf("%s: got status %d, stderr %q; want 1 and %q", path, got.status, got.stderr, c.stderr)
				}
			}
		})
	}
}

// answering runs a server that always answers the same, and returns its URL.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}
