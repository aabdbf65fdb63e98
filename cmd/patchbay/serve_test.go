package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/tests/process"
)

// serve starts the program's server on a free port.
func serve(t *testing.T, args ...string) *process.Process {
	t.Helper()
	return process.Run(t, binary, append([]string{"serve", "--http", ":0"}, args...)...)
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestServe(t *testing.T) {
	p := serve(t, "--crossdomain", "*.example.com", "--log-format", "text")
	if !strings.HasPrefix(p.Ready["http"], "127.0.0.1:") {
		t.Fatalf("ready line: got %v, want an address on the loopback", p.Ready)
	}
	url := "http://" + p.Ready["http"]
	for path, want := range map[string]string{
		"/": "<title>Patchbay</title>", "/livez": "alive", "/readyz": "ready", "/crossdomain.xml": `domain="*.example.com"`,
	} {
		if status, body := get(t, url+path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: got %d %.100s, want 200 with %s", path, status, body, want)
		}
	}
	if status, _ := get(t, url+"/amf"); status != http.StatusMethodNotAllowed {
		t.Errorf("GET /amf: got %d, want 405", status)
	}
	if err := p.Stop(); err != nil {
		t.Errorf("SIGTERM: ended with %v, want status 0", err)
	}
	for _, want := range []string{url + "/amf", url + "/rpc", "start page", "protocol=amf", "status=405"} {
		if !strings.Contains(p.Log(), want) {
			t.Errorf("no %q in what it printed:\n%s", want, p.Log())
		}
	}
}

// One signal is enough, and it gets no other, since a second ends it at once.
func TestInterruptEndsServe(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--http", ":0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "ready ") {
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("got %v, want status 0", err)
	}
}

// A call that would last for an hour does not hold up the end: it is canceled, and answered.
func TestTermEndsServeDuringACall(t *testing.T) {
	p := serve(t, "--grace", "100ms")
	begun := make(chan struct{}) // the server asks for the body, so it has the request in hand
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(begun) }})
	body := strings.NewReader(`{"jsonrpc":"2.0","method":"example.sleep","params":[3600000],"id":1}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.Ready["http"]+"/rpc", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Expect", "100-continue")
	transport := &http.Transport{ExpectContinueTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	answer := make(chan string, 1)
	go func() {
		resp, err := transport.RoundTrip(req)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer func() { _ = resp.Body.Close() }()
		b, _ := io.ReadAll(resp.Body) // what there is of it says enough
		answer <- string(b)
	}()
	<-begun
	if err := p.Stop(); err != nil {
		t.Errorf("got %v, want status 0", err)
	}
	if got := <-answer; !strings.Contains(got, "-32800") {
		t.Errorf("the call: got %s, want that it was canceled", got)
	}
}

func TestPortInUse(t *testing.T) {
	address := serve(t).Ready["http"]
	got := runBinary(t, nil, "serve", "--http", address)
	if got.status != 1 || !strings.Contains(got.stderr, address) || !strings.Contains(got.stderr, "--http") {
		t.Errorf("got status %d, stderr %q; want 1 and an error that names %s and the flag", got.status, got.stderr, address)
	}
}

func TestVariableSetsTheAddress(t *testing.T) {
	cmd := exec.Command(binary, "serve")
	cmd.Env = append(os.Environ(), "PATCHBAY_HTTP=:0", "PATCHBAY_LOG_LEVEL=error", "PATCHBAY_AMQP=amqp://nobody")
	p, err := process.Start(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Stop() }()
	if p.Ready["http"] == "127.0.0.1:8080" {
		t.Error("it serves on the default address")
	}
}

func TestPagesThatMayCall(t *testing.T) {
	url := "http://" + serve(t, "--allow-origin", "https://shop.example").Ready["http"] + "/rpc"
	for origin, want := range map[string]int{"https://shop.example": 204, "http://localhost:3000": 204, "https://evil.example": 403} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", origin)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", origin, resp.StatusCode, want)
		}
	}
}
