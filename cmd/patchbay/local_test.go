package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/tests/process"
)

// buildFunction builds the function of tests/bootstrap and returns the folder that it is in.
func buildFunction(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(folder, "bootstrap"), "../../tests/bootstrap")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return folder
}

// asked gets a page, and fails the test unless it is there.
func asked(t *testing.T, url string) string {
	t.Helper()
	status, body := get(t, url)
	if status != http.StatusOK {
		t.Fatalf("%s: got %d %s", url, status, body)
	}
	return body
}

func TestLocal(t *testing.T) {
	folder := buildFunction(t)
	t.Run("every door", func(t *testing.T) {
		p := process.Run(t, binary, "local", "--bootstrap", folder, "--rest", ":0", "--http", ":0", "--url", ":0", "--alb", ":0", "--ws", ":0",
			"--sqs", ":0", "--pubsub", ":0", "--invoke", ":0", "--stage", "prod", "--stage-variable", "v=1", "--env", "OWN=mine", "--memory-check")
		for door, want := range map[string]string{
			p.Ready["rest"] + "/prod/x":  `"resource":"/{proxy+}"`,
			p.Ready["http"] + "/prod/x":  `"rawPath":"/prod/x"`,
			p.Ready["url"] + "/x":        `lambda-url`,
			p.Ready["alb"] + "/x":        `"elb"`,
			p.Ready["url"] + "/env/OWN":  "mine",
			p.Ready["url"] + "/env/HOME": os.Getenv("HOME"),
		} {
			if got := asked(t, "http://"+door); !strings.Contains(got, want) {
				t.Errorf("%s: got %s, want %s", door, got, want)
			}
		}
		if got := asked(t, "http://"+p.Ready["url"]+"/env/AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"); got != p.Ready["callback"] || got != "http://"+p.Ready["ws"]+"/prod" {
			t.Errorf("callback: the function was told %q, the ready line says %q", got, p.Ready["callback"])
		}
		echo(t, "ws://"+p.Ready["ws"]+"/prod")
		if err := p.Stop(); err != nil {
			t.Errorf("SIGTERM: ended with %v, want status 0", err)
		}
		if !strings.Contains(p.Log(), "configuredMB=128") || !strings.Contains(p.Log(), "told to end") {
			t.Errorf("no memory, or no word of the function's end, in:\n%s", p.Log())
		}
	})
	t.Run("stream", func(t *testing.T) {
		p := process.Run(t, binary, "local", "--bootstrap", filepath.Join(folder, "bootstrap"), "--url", ":0", "--stream")
		if got := asked(t, "http://"+p.Ready["url"]+"/stream"); got != "ab" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("throttle", func(t *testing.T) {
		p := process.Run(t, binary, "local", "--bootstrap", folder, "--http", ":0", "--throttle", "1")
		if status, body := get(t, "http://"+p.Ready["http"]); status != http.StatusTooManyRequests {
			t.Errorf("got %d %s", status, body)
		}
	})
	t.Run("the function ends with it", func(t *testing.T) {
		p := process.Run(t, binary, "local", "--bootstrap", folder, "--url", ":0", "--concurrency", "1")
		pid, err := strconv.Atoi(asked(t, "http://"+p.Ready["url"]+"/pid"))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d of the function is still there: %v", pid, err)
		}
	})
	t.Run("a function that was started elsewhere", func(t *testing.T) {
		p := process.Run(t, binary, "local", "--runtime", ":0", "--url", ":0")
		cmd := exec.CommandContext(t.Context(), filepath.Join(folder, "bootstrap"))
		cmd.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+p.Ready["runtime"])
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}()
		if got := asked(t, "http://"+p.Ready["url"]+"/pid"); got != strconv.Itoa(cmd.Process.Pid) {
			t.Errorf("process %s answered, want %d", got, cmd.Process.Pid)
		}
	})
}

// echo sends a message over a WebSocket, to which the function answers with the event.
func echo(t *testing.T, url string) {
	t.Helper()
	socket, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.CloseNow() }()
	socket.SetReadLimit(1 << 20)
	if err := socket.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, got, err := socket.Read(t.Context()); err != nil || !strings.Contains(string(got), `"body":"hello"`) {
		t.Errorf("over the WebSocket: got %s, %v", got, err)
	}
}

func TestLocalCommandLines(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, args, want string }{
		{"nothing", "", "give either --bootstrap"},
		{"both", "--bootstrap " + binary + " --runtime :0 --http :0", "give either --bootstrap"},
		{"no door", "--bootstrap " + binary, "no front door is open"},
		{"no program", "--bootstrap /nowhere --http :0", "there is no /nowhere"},
		{"a folder without one", "--bootstrap . --http :0", "there is no bootstrap"},
		{"no program either", "--bootstrap " + script + " --http :0", "chmod +x"},
		{"no address", "--bootstrap " + binary + " --http x", "HOST:PORT"},
		{"no probability", "--bootstrap " + binary + " --http :0 --kill 1.5", "between 0 and 1"},
		{"no number", "--bootstrap " + binary + " --http :0 --reorder NaN", "between 0 and 1"},
		{"no process", "--bootstrap " + binary + " --http :0 --concurrency 0", "at least 1"},
		{"too long", "--bootstrap " + binary + " --http :0 --timeout 16m", "15m"},
		{"never visible", "--bootstrap " + binary + " --http :0 --visibility 0s", "--visibility"},
		{"stage", "--bootstrap " + binary + " --http :0 --stage a/b", "--stage"},
		{"variable", "--bootstrap " + binary + " --http :0 --env =x", "NAME=VALUE"},
		{"stage variable", "--bootstrap " + binary + " --http :0 --stage-variable =x", "NAME=VALUE"},
		{"log", "--bootstrap " + binary + " --http :0 --log-format xml", "json and text"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := runBinary(t, nil, append([]string{"local"}, strings.Fields(row.args)...)...)
			if got.status != statusWrongUse || !strings.Contains(got.stderr, row.want) || !strings.Contains(got.stderr, "local --help") {
				t.Errorf("got status %d, stderr %q, want %q", got.status, got.stderr, row.want)
			}
		})
	}
}

func TestPairs(t *testing.T) {
	own := func(name string) (string, bool) { return "own", name == "MINE" }
	got, err := pairs("--env", []string{"A=1", "B=", "C=x=y", "MINE", "MISSING"}, own)
	if want := "A=1 B= C=x=y MINE=own"; err != nil || strings.Join(got, " ") != want {
		t.Errorf("got %q, %v, want %s", got, err, want)
	}
}

// A platform whose second address is taken closes the first and says which one it was.
func TestLocalPortInUse(t *testing.T) {
	taken, err := openListener("http", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out strings.Builder
	status := run(ctx, []string{"local", "--bootstrap", binary, "--rest", ":0", "--http", taken.Addr().String()}, terminal{out: &out, err: &out, env: os.LookupEnv})
	if status != statusFailed || !strings.Contains(out.String(), "choose another with --http") {
		t.Errorf("got status %d, %q", status, &out)
	}
}
