//go:build peers

package offline

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/tests/process"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// An emulator is a WebSocket API with the function behind it.
type emulator struct {
	name   string
	http   string // where the callback is; clients connect at the same address
	events string // the file that the function writes down its events in
}

// startOurs runs it by the command.
func startOurs(t *testing.T) *emulator {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "patchbay")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/patchbay").CombinedOutput(); err != nil {
		t.Fatalf("build patchbay: %v\n%s", err, out)
	}
	folder := copyFunction(t)
	e := &emulator{name: "patchbay local", events: filepath.Join(folder, "events")}
	p := process.Run(t, binary, "local", "--bootstrap", folder, "--ws", "127.0.0.1:0", "--ws-route", "join", "--ws-authorizer", filepath.Join(folder, "authorizer"),
		"--env", "EVENTS="+e.events)
	e.http = p.Ready["callback"]
	return e
}

// startOffline runs it by serverless-offline.
func startOffline(t *testing.T) *emulator {
	t.Helper()
	build, err := servers.Build()
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(build, "serverless-offline/node_modules")
	if _, err := os.Stat(modules); err != nil {
		t.Fatalf("%v: run tests/install/serverless-offline .build first", err)
	}
	folder := copyFunction(t)
	if err := os.Symlink(modules, filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	e := &emulator{name: "serverless-offline", http: "http://" + address, events: filepath.Join(folder, "events")}
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.CommandContext(t.Context(), "node", "node_modules/serverless/bin/serverless.js", "offline", "--host", "127.0.0.1",
		"--websocketPort", port, "--httpPort", freePort(t), "--lambdaPort", freePort(t))
	cmd.Dir = folder
	cmd.Env = append(append(os.Environ(), "SLS_TELEMETRY_DISABLED=1", "SLS_NOTIFICATIONS_MODE=off"), e.environment()...)
	p, err := process.StartAsking(t.Context(), cmd, func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.http, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = answer.Body.Close()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Stop()
		if t.Failed() {
			t.Logf("serverless-offline had printed:\n%s", p.Log())
		}
	})
	return e
}

// environment is what the function finds its way by.
func (e *emulator) environment() []string {
	return []string{"EVENTS=" + e.events, "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=" + e.http}
}

// recorded returns the events of one kind that the function was given: "CONNECT", "MESSAGE" or "DISCONNECT".
func (e *emulator) recorded(t *testing.T, kind string) []map[string]any {
	t.Helper()
	lines, err := os.ReadFile(e.events)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	for line := range strings.Lines(string(lines)) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		if event["requestContext"].(map[string]any)["eventType"] == kind {
			all = append(all, event)
		}
	}
	return all
}

// copyFunction returns a folder with the function in it.
func copyFunction(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("function")); err != nil {
		t.Fatal(err)
	}
	return folder
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func freePort(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(port)
}
