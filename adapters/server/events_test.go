package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/sse"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func newEventSet(store core.Store) *core.ChannelSet {
	set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{
		Authenticate: func(context.Context, core.Credentials) (*core.Principal, error) { return nil, nil },
	})
	set.AddDestination(&core.Destination{Name: "messages"})
	set.AddDestination(&core.Destination{Name: "members", Subscribe: core.Access{Secure: true}})
	return set.Map(&core.Channel{Name: "events", Endpoint: sse.New(nil)})
}

func publish(t *testing.T, set *core.ChannelSet, body any) {
	t.Helper()
	if _, err := set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "messages"}, Body: body}); err != nil {
		t.Fatal(err)
	}
}

func TestEventStatuses(t *testing.T) {
	for _, c := range []struct {
		name, request string
		status        int
		header, value string // of the answer
	}{
		{"headers alone", "HEAD /events?topic=messages HTTP/1.1\n", 200, "Content-Type", "text/event-stream"},
		{"of an allowed page", "HEAD /events?topic=messages HTTP/1.1\nOrigin: https://shop.example\n", 200, "Access-Control-Allow-Origin", "https://shop.example"},
		{"no such topic", "GET /events?topic=nowhere HTTP/1.1\n", 404, "Content-Type", "text/plain; charset=utf-8"},
		{"no topic", "GET /events HTTP/1.1\n", 400, "", ""},
		{"no login", "GET /events?topic=members HTTP/1.1\n", 401, "WWW-Authenticate", `Basic realm="patchbay", charset="UTF-8"`},
		{"a wrong login", "GET /events?topic=messages HTTP/1.1\nAuthorization: Basic eDp5\n", 401, "", ""},
		{"of another page", "GET /events?topic=messages HTTP/1.1\nOrigin: https://evil.example\n", 403, "", ""},
		{"over HTTP/1.0, whole", "GET /events?topic=messages HTTP/1.0\n", 200, "Content-Type", "text/event-stream"},
		{"by POST", "POST /events?topic=messages HTTP/1.1\nContent-Length: 0\n", 405, "Allow", "GET, HEAD, OPTIONS"},
		{"by upgrade", "GET /events?topic=nowhere HTTP/1.1\nConnection: Upgrade\nUpgrade: websocket\n", 404, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := &Options{Paths: map[string]string{"/events": "events"}, AllowOrigin: Origins("https://shop.example")}
				r := open(t, newEventSet(memory.New(nil)), opts)
				conn, resp := r.ask(t, c.request+"Host: localhost\n\n")
				defer func() { _ = conn.Close() }()
				if resp.StatusCode != c.status || c.header != "" && resp.Header.Get(c.header) != c.value {
					t.Fatalf("got %d %v, want %d with %s: %s", resp.StatusCode, resp.Header, c.status, c.header, c.value)
				}
				if _, err := io.ReadAll(resp.Body); err != nil {
					t.Errorf("body: %v", err)
				}
			})
		})
	}
}

// Many streams get what is published, and heartbeats; all end when the server does, and go on with the next one from where they were.
func TestManyEventStreams(t *testing.T) {
	const streams = 200
	synctest.Test(t, func(t *testing.T) {
		opts := &Options{Paths: map[string]string{"/events": "events"}, StreamsPerAddress: streams}
		store := memory.New(nil)
		set := newEventSet(keptOpen{store})
		r := open(t, set, opts)
		ids := make([]string, streams)
		var began, ended sync.WaitGroup
		for i := range streams {
			began.Add(1)
			ended.Go(func() {
				lines := r.events(t, "")
				began.Done()
				ids[i] = expect(t, lines, "first", ":", ":", "second")
				if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
					t.Errorf("the end: got %q, %v", rest, err)
				}
			})
		}
		began.Wait()
		_, refused := r.ask(t, "GET /events?topic=messages HTTP/1.1\nHost: localhost\nConnection: close\n\n")
		if refused.StatusCode != http.StatusTooManyRequests {
			t.Errorf("one more: got %d, want 429", refused.StatusCode)
		}
		publish(t, set, "first")
		time.Sleep(31 * time.Second) // two heartbeats
		publish(t, set, "second")
		synctest.Wait()
		start := time.Now()
		r.stop()
		ended.Wait()
		if took := time.Since(start); took > time.Second {
			t.Errorf("the end took %v", took)
		}

		next := newEventSet(store)
		publish(t, next, "between")
		r = open(t, next, &Options{Paths: map[string]string{"/events": "events"}})
		for _, id := range ids {
			ended.Go(func() { expect(t, r.events(t, id), "between") })
		}
		ended.Wait()
		r.stop()
	})
}

// keptOpen is a store that more than one set uses.
type keptOpen struct{ *memory.Store }

func (keptOpen) Close() error { return nil }

// events opens a stream and returns its lines behind the beginning.
func (r *room) events(t *testing.T, lastID string) *bufio.Reader {
	t.Helper()
	conn, resp := r.ask(t, "GET /events?topic=messages HTTP/1.1\nHost: localhost\nLast-Event-ID: "+lastID+"\n\n")
	t.Cleanup(func() { _ = conn.Close() })
	lines := bufio.NewReader(resp.Body)
	for _, want := range []string{"retry: 2000", ":", "id: ", ""} {
		if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, want) {
			t.Errorf("the beginning: got %q, %v, want %q", line, err, want)
		}
	}
	return lines
}

// expect reads blocks: comments, and events with these bodies. It returns the last id.
func expect(t *testing.T, lines *bufio.Reader, wanted ...string) (id string) {
	t.Helper()
	for _, want := range wanted {
		block := ""
		for !strings.HasSuffix(block, "\n\n") {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Errorf("got %q, %v, want %s", block+line, err, want)
				return id
			}
			if text, ok := strings.CutPrefix(line, "id: "); ok {
				id = strings.TrimSpace(text)
			}
			block += line
		}
		if want != ":" {
			want = fmt.Sprintf(`"body":%q`, want)
		}
		if !strings.Contains(block, want) {
			t.Errorf("got %q, want %s", block, want)
		}
	}
	return id
}
