//go:build peers

package peers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/tests/servers"
)

// TestInstances: of two instances on one store, behind one address, each wakes who waits at the other.
func TestInstances(t *testing.T) {
	postgres := servers.Run(t, servers.PostgreSQL(false))
	redis := servers.Run(t, servers.Redis())
	database := "postgres://postgres@" + postgres.Address + "/postgres?sslmode=disable"
	dynamodb := servers.Run(t, servers.DynamoDBLocal(servers.InMemory))
	table := func(name string) string {
		return "dynamodb://" + name + "?create=true&endpoint=http://" + dynamodb.Address
	}
	const soon = 5 * time.Second // DynamoDB tells nobody, and with a bus it is read again each 15 seconds, so it was not that
	for _, test := range []struct {
		name   string
		flags  []string
		within time.Duration
	}{
		{"PostgreSQL tells", []string{"--store", database}, soon},
		{"bus over PostgreSQL", []string{"--store", table("first"), "--bus", database}, soon},
		{"bus over Redis", []string{"--store", table("second"), "--bus", "redis://" + redis.Address}, soon},
		{"the interval alone", []string{"--store", table("third")}, 10 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := oneAddress(t, serve(t, test.flags...), serve(t, test.flags...))
			t.Run("event stream", func(t *testing.T) { testStreamElsewhere(t, address, test.within) })
			t.Run("socket", func(t *testing.T) { testSocketElsewhere(t, address, test.within) })
			t.Run("long poll", func(t *testing.T) { testPollElsewhere(t, address, test.within) })
		})
	}
}

// oneAddress returns the URL of a proxy that gives requests to the instances in turn.
func oneAddress(t *testing.T, instances ...string) string {
	t.Helper()
	var next atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			u, err := url.Parse(instances[int(next.Add(1))%len(instances)])
			if err != nil {
				t.Error(err)
				return
			}
			r.SetURL(u)
		},
	})
	t.Cleanup(proxy.CloseClientConnections)
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// ask calls a method by JSON-RPC and binds its result, where one is wanted.
func ask(ctx context.Context, address, method string, params map[string]any, result any) error {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/rpc", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	answer := struct {
		Result any
		Error  json.RawMessage
	}{Result: result}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Error != nil {
		return fmt.Errorf("%s: %w\n%s", method, err, text)
	}
	return nil
}

// rounds is how often something is published.
const rounds = 4

func testStreamElsewhere(t *testing.T, address string, within time.Duration) {
	t.Helper()
	resp, err := http.Get(address + "/events?topic=messages")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewReader(resp.Body)
	wantEach(t, address, within, func(text string) error {
		for {
			line, err := lines.ReadString('\n')
			if err != nil || strings.Contains(line, text) {
				return err
			}
		}
	})
}

func testSocketElsewhere(t *testing.T, address string, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(address, "http", "ws", 1)+"/rpc", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	receive := func(text string) error {
		for {
			_, b, err := conn.Read(ctx)
			if err != nil || strings.Contains(string(b), text) {
				return err
			}
		}
	}
	request := `{"jsonrpc":"2.0","id":1,"method":"patchbay.subscribe","params":{"destination":"messages"}}`
	if err := conn.Write(ctx, websocket.MessageText, []byte(request)); err != nil {
		t.Fatal(err)
	}
	if err := receive(`"subscription"`); err != nil {
		t.Fatal(err)
	}
	wantEach(t, address, within, receive)
}

func testPollElsewhere(t *testing.T, address string, within time.Duration) {
	t.Helper()
	ctx := t.Context()
	var connected struct{ Connection string }
	if err := ask(ctx, address, "patchbay.connect", map[string]any{}, &connected); err != nil {
		t.Fatal(err)
	}
	params := map[string]any{"connection": connected.Connection, "destination": "messages"}
	if err := ask(ctx, address, "patchbay.subscribe", params, nil); err != nil {
		t.Fatal(err)
	}
	delete(params, "destination")
	params["wait"] = 20_000
	wantEach(t, address, within, func(text string) error {
		var got struct {
			Batch    string
			Messages []struct{ Body string }
		}
		if err := ask(ctx, address, "patchbay.poll", params, &got); err != nil {
			return err
		}
		params["ack"] = got.Batch
		if len(got.Messages) != 1 || got.Messages[0].Body != text {
			return fmt.Errorf("the poll got %+v, want %q", got.Messages, text)
		}
		return nil
	})
}

// wantEach publishes while receive waits for it, some times.
func wantEach(t *testing.T, address string, within time.Duration, receive func(text string) error) {
	t.Helper()
	for n := range rounds {
		text := fmt.Sprintf("message %d", n)
		received := make(chan error, 1)
		go func() { received <- receive(text) }()
		time.Sleep(100 * time.Millisecond) // who receives should wait by now; it passes without that too
		begun := time.Now()
		if err := ask(t.Context(), address, "patchbay.publish", map[string]any{"destination": "messages", "body": text}, nil); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-received:
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%q after %v", text, time.Since(begun).Round(time.Millisecond))
		case <-time.After(within):
			t.Fatalf("%q has not come within %v", text, within)
		}
	}
}
