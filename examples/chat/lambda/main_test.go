package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/examples/internal/flex"
)

// variables returns a function's variables: the store is in memory, and whatever else is given.
func variables(more ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(more); i += 2 {
			if more[i] == name {
				return more[i+1]
			}
		}
		return map[string]string{"PATCHBAY_STORE": "memory:"}[name]
	}
}

// start returns the URL of the function behind a front of that shape, and its log.
func start(t *testing.T, shape string, stream bool) (string, *lines) {
	t.Helper()
	log := &lines{}
	app, err := newApp(variables(), slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return (&front{t: t, app: app, shape: shape, stream: stream}).serve(), log
}

// Flex clients talk to each other by polling, behind each front.
func TestPolling(t *testing.T) {
	for _, shape := range []string{"rest", "http", "balancer"} {
		for _, path := range []string{"/amf", "/longPoll"} { // where no poll waits
			t.Run(shape+path, func(t *testing.T) {
				url, _ := start(t, shape, false)
				ann, ben := flex.Connect(t, url+path), flex.Connect(t, url+path)
				id := ben.Subscribe("chat")
				if got := ben.Poll(); got != nil {
					t.Errorf("got %q before anything was said", got)
				}
				ann.Publish("chat", `"hello"`, 30_000)
				if diff := cmp.Diff([]string{id + ` "hello"`}, ben.Poll()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// The AMF streaming channel works where answers are streams.
func TestStreaming(t *testing.T) {
	for _, shape := range []string{"rest", "http"} {
		t.Run(shape, func(t *testing.T) {
			url, _ := start(t, shape, true)
			ann, ben := flex.Connect(t, url+"/amf"), flex.Connect(t, url+"/amf")
			id := ben.Subscribe("chat")
			stream := ben.Open()
			for _, text := range []string{`"one"`, `"two"`} {
				ann.Publish("chat", text, 30_000)
				if got, want := stream.Next(), id+" "+text; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
}

// What a call costs of the store is promised: docs/delivery.md. It is the same by a function.
func TestStoreUse(t *testing.T) {
	url, log := start(t, "http", false)
	ann, ben := flex.Connect(t, url+"/amf"), flex.Connect(t, url+"/amf")
	ben.Subscribe("chat")
	say := func() { ann.Publish("chat", `"hello"`, 30_000) }
	say()
	ben.Poll()
	ben.Poll()
	for _, c := range []struct {
		name          string
		do            func()
		reads, writes int
	}{
		{"idle poll", func() { ben.Poll() }, 2, 0},
		{"publish without a session", func() {
			post(t, url+"/rpc", `{"jsonrpc":"2.0","method":"patchbay.publish","params":{"destination":"chat","body":"hello"},"id":1}`)
		}, 0, 1},
		{"publish of a client", say, 1, 1},
		{"delivering poll", func() { ben.Poll() }, 2, 1},
		{"confirming poll", func() { ben.Poll() }, 2, 1},
		{"idle poll again", func() { ben.Poll() }, 2, 0},
	} {
		log.take()
		c.do()
		line := log.take()
		reads, _ := line["store_reads"].(float64)
		writes, _ := line["store_writes"].(float64)
		if int(reads) != c.reads || int(writes) != c.writes {
			t.Errorf("%s: got %v reads and %v writes, want %d and %d: %v", c.name, reads, writes, c.reads, c.writes, line)
		}
	}
}

// The pages are there, and cookies go both ways.
func TestPagesAndCookies(t *testing.T) {
	for _, shape := range []string{"rest", "http", "balancer"} {
		url, _ := start(t, shape, false)
		for _, path := range []string{"/", "/chat", "/livez", "/readyz"} {
			if status := get(t, url+path); status != http.StatusOK {
				t.Errorf("%s %s: got %d", shape, path, status)
			}
		}
		cookie := post(t, url+"/rpc", `{"jsonrpc":"2.0","method":"example.sessionSet","params":["k","v"],"id":1}`).Header.Get("Set-Cookie")
		cookie, _, _ = strings.Cut(cookie, ";")
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/rpc", strings.NewReader(`{"jsonrpc":"2.0","method":"example.sessionGet","params":["k"],"id":1}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", cookie)
		if _, body := do(t, req); !strings.Contains(body, `"result":"v"`) {
			t.Errorf("%s: with cookie %q got %s", shape, cookie, body)
		}
	}
}

// Settings that cannot be are errors that name them.
func TestSettings(t *testing.T) {
	for _, c := range []struct{ name, v, want string }{
		{"PATCHBAY_RESPONSE_MODE", "STREAM", "PATCHBAY_RESPONSE_MODE"},
		{"PATCHBAY_STORE", "redis://x", "PATCHBAY_STORE"},
		{"PATCHBAY_STORE", "dynamodb://", "PATCHBAY_STORE"},
		{"PATCHBAY_SOURCES", "x", "PATCHBAY_SOURCES"},
	} {
		if _, err := newApp(variables(c.name, c.v), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: got %v", c.name, c.v, err)
		}
	}
}

func get(t *testing.T, url string) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, _ := do(t, req)
	return resp.StatusCode
}

func post(t *testing.T, url, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, text := do(t, req)
	if resp.StatusCode != http.StatusOK || strings.Contains(text, `"error"`) {
		t.Fatalf("got %s: %s", resp.Status, text)
	}
	return resp
}

func do(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// lines are what was logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// take returns the last line and forgets all.
func (l *lines) take() map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	var line map[string]any
	for text := range strings.Lines(l.b.String()) {
		line = nil
		_ = json.Unmarshal([]byte(text), &line) // nothing of it will be as wanted
	}
	l.b.Reset()
	return line
}
