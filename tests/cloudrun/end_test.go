//go:build peers

package cloudrun

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/tests/process"
)

// When the platform says that an instance ends, everything that waits there gets an answer, and the program is gone in good order.
func TestTerminated(t *testing.T) {
	variables := firestore(t)
	t.Run("whoever waits", func(t *testing.T) { testWaiters(t, variables) })
	t.Run("calls that take too long", func(t *testing.T) { testLongCalls(t, variables) })
}

// within is how long an end may take of the ten seconds that there are.
const within = 9500 * time.Millisecond

func testWaiters(t *testing.T, variables []string) {
	t.Helper()
	p := start(t, variables...)
	address := p.Ready["http"]
	h2 := &http.Client{Transport: &http.Transport{Protocols: new(http.Protocols)}}
	h2.Transport.(*http.Transport).Protocols.SetUnencryptedHTTP2(true)
	ends := map[string]chan string{}
	await := func(name string, wait func() string) {
		ends[name] = make(chan string, 1)
		go func() { ends[name] <- wait() }()
	}
	for name, client := range map[string]*http.Client{"poll by HTTP/1.1": http.DefaultClient, "poll by HTTP/2": h2} {
		c := subscribe(t, address)
		await(name, func() string { return pollToTheEnd(t.Context(), c, client) })
	}
	socket, _, err := websocket.Dial(t.Context(), "ws://"+address+"/rpc", nil)
	if err != nil {
		t.Fatal(err)
	}
	await("socket", func() string { return readToTheEnd(t.Context(), socket) })
	for name, client := range map[string]*http.Client{"events by HTTP/1.1": http.DefaultClient, "events by HTTP/2": h2} {
		events := open(t, client, "http://"+address+"/events?topic=messages")
		await(name, func() string { return streamToTheEnd(events) })
	}
	flex := leaver(t, "http://"+address)
	time.Sleep(time.Second) // all of them wait
	terminate(t, p, 5*time.Second)
	want := map[string]string{
		"poll by HTTP/1.1": "no messages", "poll by HTTP/2": "no messages", "socket": "status = StatusGoingAway",
		"events by HTTP/1.1": "EOF", "events by HTTP/2": "EOF",
	}
	for name, end := range ends {
		select {
		case got := <-end:
			if !strings.Contains(got, want[name]) {
				t.Errorf("%s: ended with %q, want %q", name, got, want[name])
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s has not ended", name)
		}
	}
	// A command to disconnect would keep the client from coming back, to another instance: the stream just ends, whole.
	if diff := cmp.Diff(left{Poll: []any{}, Stream: []string{"AcknowledgeMessage"}, Whole: true}, flex()); diff != "" {
		t.Errorf("the Flex client (-want +got):\n%s", diff)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("it still listens")
	}
}

// terminate tells the program to end, as the platform does, and fails where that takes too long or is not orderly.
func terminate(t *testing.T, p *process.Process, limit time.Duration) {
	t.Helper()
	begin := time.Now()
	if err := p.Stop(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	took := time.Since(begin)
	t.Logf("it ended within %v", took)
	if took > limit {
		t.Errorf("it took %v to end", took)
	}
}

func pollToTheEnd(ctx context.Context, c *connection, client *http.Client) string {
	messages, err := c.poll(ctx, client, 20*time.Second)
	if err != nil {
		return err.Error()
	}
	if len(messages) > 0 {
		return "messages"
	}
	return "no messages"
}

func readToTheEnd(ctx context.Context, socket *websocket.Conn) string {
	for {
		if _, _, err := socket.Read(ctx); err != nil {
			return err.Error()
		}
	}
}

// open opens a stream and returns when its headers have come.
func open(t *testing.T, client *http.Client, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("got %v, %v", resp, err)
	}
	return resp
}

func streamToTheEnd(resp *http.Response) string {
	defer func() { _ = resp.Body.Close() }()
	_, err := io.Copy(io.Discard, resp.Body)
	if err == nil {
		err = io.EOF
	}
	return err.Error()
}

// left is what the script leaver.py says.
type left struct {
	Poll   []any    `json:"poll"`
	Stream []string `json:"stream"`
	Whole  bool     `json:"whole"`
}

// leaver starts the Flex client, and returns what says how it ended.
func leaver(t *testing.T, url string) func() left {
	t.Helper()
	cmd := python(t, "leaver.py", url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the Flex client says %q", lines.Text())
	}
	return func() left {
		var l left
		if !lines.Scan() {
			t.Error("the Flex client says nothing at its end")
		} else if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the Flex client ended with %v", err)
		}
		return l
	}
}

// A call that would go on is canceled, and answers that, before the platform kills the program.
func testLongCalls(t *testing.T, variables []string) {
	t.Helper()
	p := start(t, variables...)
	address := p.Ready["http"]
	answered := make(chan error, 1)
	go func() {
		var result any
		answered <- try(t.Context(), http.DefaultClient, address, "example.sleep", []any{60_000}, &result)
	}()
	time.Sleep(time.Second) // it sleeps
	terminate(t, p, within)
	select {
	case err := <-answered:
		if err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "example.sleep: -") {
			t.Errorf("got %v, want that it says that it was canceled", err)
		}
	case <-time.After(time.Second):
		t.Error("it was not answered")
	}
}
