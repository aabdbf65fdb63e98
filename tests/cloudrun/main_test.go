//go:build peers

package cloudrun

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/tests/process"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// chat is the program under test, built once for all tests, with the race detector.
var chat string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "patchbay-cloudrun-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	chat = filepath.Join(dir, "chat")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-race", "-tags", "grpcnotrace", "-o", chat, "../../examples/chat/cloudrun")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the chat: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// start starts the chat with these variables.
func start(t *testing.T, variables ...string) *process.Process {
	t.Helper()
	cmd := exec.Command(chat)
	cmd.Env = append([]string{"PATCHBAY_HTTP=127.0.0.1:0", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, variables...)
	p, err := process.Start(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Stop() // how it ended is said where that matters
		if t.Failed() {
			t.Logf("the chat had printed:\n%s", p.Log())
		}
	})
	return p
}

func firestore(t *testing.T) []string {
	t.Helper()
	return []string{"PATCHBAY_STORE=firestore://demo/(default)", "FIRESTORE_EMULATOR_HOST=" + servers.Run(t, servers.Firestore()).Address}
}

// freeAddress returns an address that a program can have again and again.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// call calls a method by JSON-RPC and binds its result.
func call(t *testing.T, address, method string, params, result any) {
	t.Helper()
	if err := try(t.Context(), http.DefaultClient, address, method, params, result); err != nil {
		t.Fatal(err)
	}
}

func try(ctx context.Context, client *http.Client, address, method string, params, result any) error {
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/rpc", bytes.NewReader(request))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %s: %w", method, resp.Status, err)
	}
	if answer.Error != nil {
		return fmt.Errorf("%s: %d %s", method, answer.Error.Code, answer.Error.Message)
	}
	return json.Unmarshal(answer.Result, result)
}

// A connection polls by JSON-RPC.
type connection struct {
	address string
	ID      string `json:"connection"`
	ack     any
}

// subscribe makes a connection that gets what is published to "messages".
func subscribe(t *testing.T, address string) *connection {
	t.Helper()
	c := &connection{address: address}
	call(t, address, "patchbay.connect", map[string]any{}, c)
	var subscription any
	call(t, address, "patchbay.subscribe", map[string]any{"connection": c.ID, "destination": "messages"}, &subscription)
	return c
}

type message struct {
	ID      string         `json:"id"`
	Body    any            `json:"body"`
	Headers map[string]any `json:"headers"`
}

// poll waits for messages.
func (c *connection) poll(ctx context.Context, client *http.Client, wait time.Duration) ([]message, error) {
	var batch struct {
		Batch    any       `json:"batch"`
		Messages []message `json:"messages"`
	}
	params := map[string]any{"connection": c.ID, "wait": wait.Milliseconds()}
	if c.ack != nil {
		params["ack"] = c.ack
	}
	err := try(ctx, client, c.address, "patchbay.poll", params, &batch)
	c.ack = batch.Batch
	return batch.Messages, err
}

// take polls until so many messages have come.
func (c *connection) take(t *testing.T, n int) []message {
	t.Helper()
	var all []message
	for late := time.Now().Add(time.Minute); len(all) < n; {
		if time.Now().After(late) {
			t.Fatalf("got %d of %d messages: %v", len(all), n, all)
		}
		some, err := c.poll(t.Context(), http.DefaultClient, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

// python runs a script here with Py3AMF.
func python(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	build, err := servers.Build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(build, "py3amf/bin/python"), args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=../peers/py3amf")
	return cmd
}
