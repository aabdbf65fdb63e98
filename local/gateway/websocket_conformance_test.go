package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/local"
)

// always returns a function that answers the same to messages, and lets everybody connect.
func always(answer string, err error) func(context.Context, *webSocketEvent) (string, error) {
	return func(_ context.Context, e *webSocketEvent) (string, error) {
		if e.RequestContext.EventType == "MESSAGE" {
			return answer, err
		}
		return ok, nil
	}
}

// never answers until the gateway has given up.
func never(ctx context.Context, _ *webSocketEvent) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

// TestWebSocketHandshake is the first part of the conformance list: who may connect, and what the others are told.
func TestWebSocketHandshake(t *testing.T) {
	says := func(answer string, err error) func(context.Context, *webSocketEvent) (string, error) {
		return func(context.Context, *webSocketEvent) (string, error) { return answer, err }
	}
	for _, row := range []struct {
		name     string
		opts     WebSocketOptions
		answer   func(context.Context, *webSocketEvent) (string, error)
		offer    []string // sub-protocols
		path     string
		status   int
		protocol string
		message  string
	}{
		{name: "200", answer: says(ok, nil), status: 101},
		{name: "204", answer: says(`{"statusCode":204}`, nil), status: 101},
		{name: "a numeral as status", answer: says(`{"statusCode":"200"}`, nil), status: 101},
		{name: "no $connect route", opts: WebSocketOptions{Routes: []string{"$default"}}, answer: says("", errors.New("never asked")), status: 101},
		{name: "401", answer: says(`{"statusCode":401,"body":"secret"}`, nil), status: 401, message: "Unauthorized"},
		{name: "403", answer: says(`{"statusCode":403}`, nil), status: 403, message: "Forbidden"},
		{name: "302", answer: says(`{"statusCode":302}`, nil), status: 302, message: "Found"},
		{name: "500", answer: says(`{"statusCode":500}`, nil), status: 500, message: "Internal Server Error"},
		{name: "the function fails", answer: says("", local.NewFailure(local.Unhandled, "Error", "boom")), status: 502, message: "Internal server error"},
		{name: "the function runs into its own timeout", answer: says("", local.NewFailure(local.TimedOut, "Sandbox.Timedout", "3 s")), status: 502, message: "Internal server error"},
		{name: "too many functions run", answer: says("", local.NewFailure(local.Throttled, "TooManyRequestsException", "10")), status: 500, message: "Internal server error"},
		{name: "the answer is null", answer: says("null", nil), status: 502, message: "Internal server error"},
		{name: "the answer is text", answer: says(`"ok"`, nil), status: 502, message: "Internal server error"},
		{name: "the answer has no status", answer: says(`{"body":"ok"}`, nil), status: 502, message: "Internal server error"},
		{name: "the answer's body is an object", answer: says(`{"statusCode":200,"body":{}}`, nil), status: 502, message: "Internal server error"},
		{name: "29 seconds", opts: WebSocketOptions{IntegrationTimeout: 20 * time.Millisecond}, answer: never, status: 504, message: "Endpoint request timed out"},
		{name: "sub-protocol answered", answer: says(`{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"b"}}`, nil), offer: []string{"a", "b"}, status: 101, protocol: "b"},
		{name: "sub-protocol in lower case", answer: says(`{"statusCode":200,"headers":{"sec-websocket-protocol":"a"}}`, nil), offer: []string{"a"}, status: 101, protocol: "a"},
		{name: "sub-protocol among several values", answer: says(`{"statusCode":200,"multiValueHeaders":{"Sec-WebSocket-Protocol":["a"]}}`, nil), offer: []string{"a"}, status: 101, protocol: "a"},
		{name: "sub-protocol offered and not answered", answer: says(ok, nil), offer: []string{"a", "b"}, status: 101, protocol: ""},
		{name: "another path", answer: says(ok, nil), path: "/rooms", status: 403, message: "Forbidden"},
		{name: "the stage, where it has no name", answer: says(ok, nil), path: "/local", status: 101},
		{name: "another stage", opts: WebSocketOptions{Options: Options{Stage: "prod"}}, answer: says(ok, nil), path: "uction", status: 403, message: "Forbidden"},
		{name: "the stage with a slash", opts: WebSocketOptions{Options: Options{Stage: "prod"}}, answer: says(ok, nil), path: "/", status: 101},
		{name: "throttled", opts: WebSocketOptions{Options: Options{Faults: local.NewFaults(local.Probabilities{Throttle: 1}, 1)}}, status: 429, message: "Too Many Requests"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := openWebSocketDoor(t, &row.opts, row.answer)
			d.http += row.path
			socket, answer, err := d.tryDial(t, &websocket.DialOptions{Subprotocols: row.offer})
			if answer == nil || answer.StatusCode != row.status || answer.Header.Get("Sec-WebSocket-Protocol") != row.protocol {
				t.Fatalf("got %v, %v; want status %d and protocol %q", answer, err, row.status, row.protocol)
			}
			if row.status == http.StatusSwitchingProtocols {
				if extensions := answer.Header.Get("Sec-WebSocket-Extensions"); extensions != "" {
					t.Errorf("got extensions %q, want none: AWS has none", extensions)
				}
				_ = socket.Close(websocket.StatusNormalClosure, "")
				return
			}
			var said gatewayMessage
			if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || said.Message != row.message || said.RequestID == "" {
				t.Errorf("got %+v, %v; want message %q and a request id", said, err, row.message)
			}
			for len(d.events) > 0 {
				if e := d.next(t); e.RequestContext.EventType != "CONNECT" {
					t.Errorf("got event %s of a client that was refused", e.RequestContext.EventType)
				}
			}
		})
	}
}

// TestWebSocketPlainHTTP asks without a handshake: 426 on every path.
func TestWebSocketPlainHTTP(t *testing.T) {
	d := openWebSocketDoor(t, &WebSocketOptions{Options: Options{Stage: "prod"}}, nil)
	for _, path := range []string{"", "/", "/some/path"} {
		answer, err := http.Get(d.http + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusUpgradeRequired || answer.Header.Get("Upgrade") != "websocket" {
			t.Errorf("%q: got %v", path, answer)
		}
	}
}

var requestIDs = regexp.MustCompile(`"requestId":"[A-Za-z0-9_-]{15}="`)

// TestWebSocketMessages is the second part of the conformance list: which route a message takes and what the client hears.
func TestWebSocketMessages(t *testing.T) {
	const failed = `{"message":"Internal server error","connectionId":"ID","requestId":"REQUEST"}`
	custom := []string{"$connect", "$disconnect", "$default", "join", "leave"}
	nested, err := ParseRouteSelection("${request.body.service.do}")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		opts   WebSocketOptions
		send   string
		answer string
		err    error
		route  string // "": the function is not asked
		hear   string // "": nothing
	}{
		{name: "the answer's body comes back", send: `hi`, answer: `{"statusCode":200,"body":"there"}`, route: "$default", hear: "there"},
		{name: "whatever the status", send: `hi`, answer: `{"statusCode":400,"body":"no"}`, route: "$default", hear: "no"},
		{name: "decoded", send: `hi`, answer: `{"statusCode":200,"body":"dGhlcmU=","isBase64Encoded":true}`, route: "$default", hear: "there"},
		{name: "no body, no message", send: `hi`, answer: ok, route: "$default"},
		{name: "an empty body, no message", send: `hi`, answer: `{"statusCode":200,"body":""}`, route: "$default"},
		{name: "no route response", opts: WebSocketOptions{OneWay: true}, send: `hi`, answer: `{"statusCode":200,"body":"there"}`, route: "$default"},
		{name: "the function fails", send: `hi`, err: local.NewFailure(local.Unhandled, "Error", "boom"), route: "$default", hear: failed},
		{name: "also without a route response", opts: WebSocketOptions{OneWay: true}, send: `hi`, err: errors.New("boom"), route: "$default", hear: failed},
		{name: "the answer is null", send: `hi`, answer: `null`, route: "$default", hear: failed},
		{name: "the answer has no status", send: `hi`, answer: `{}`, route: "$default", hear: failed},
		{name: "the answer is too long", send: `hi`, answer: `{"statusCode":200,"body":"` + strings.Repeat("x", maxMessage+1) + `"}`, route: "$default", hear: failed},
		{name: "29 seconds", opts: WebSocketOptions{IntegrationTimeout: 10 * time.Millisecond}, send: `hi`, err: context.DeadlineExceeded, route: "$default", hear: `{"message":"Endpoint request timed out","connectionId":"ID","requestId":"REQUEST"}`},
		{name: "a route of its own", opts: WebSocketOptions{Routes: custom}, send: `{"action":"join"}`, answer: ok, route: "join"},
		{name: "a route that does not exist", opts: WebSocketOptions{Routes: custom}, send: `{"action":"jump"}`, answer: ok, route: "$default"},
		{name: "no member", opts: WebSocketOptions{Routes: custom}, send: `{"do":"join"}`, answer: ok, route: "$default"},
		{name: "not text", opts: WebSocketOptions{Routes: custom}, send: `{"action":1}`, answer: ok, route: "$default"},
		{name: "no object", opts: WebSocketOptions{Routes: custom}, send: `["join"]`, answer: ok, route: "$default"},
		{name: "no JSON", opts: WebSocketOptions{Routes: custom}, send: `join`, answer: ok, route: "$default"},
		{name: "the gateway's own route", opts: WebSocketOptions{Routes: custom}, send: `{"action":"$disconnect"}`, answer: ok, route: "$default"},
		{name: "a deeper member", opts: WebSocketOptions{Routes: custom, RouteSelection: nested}, send: `{"service":{"do":"leave"}}`, answer: ok, route: "leave"},
		{name: "no $default route", opts: WebSocketOptions{Routes: []string{"$connect", "join"}}, send: `hi`, hear: `{"message":"Forbidden","connectionId":"ID","requestId":"REQUEST"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := openWebSocketDoor(t, &row.opts, always(row.answer, row.err))
			socket, id := d.connected(t)
			say(t, socket, row.send)
			if row.route != "" {
				if e := d.next(t); e.RequestContext.RouteKey != row.route || e.Body == nil || *e.Body != row.send {
					t.Errorf("got route %q and body %v, want %q", e.RequestContext.RouteKey, e.Body, row.route)
				}
			}
			if row.hear != "" {
				got := requestIDs.ReplaceAllString(strings.ReplaceAll(hear(t, socket), id, "ID"), `"requestId":"REQUEST"`)
				if got != row.hear {
					t.Errorf("heard %q, want %q", got, row.hear)
				}
			}
			waitUntil(t, "the message is handled", func() bool { return len(d.door.connection(id).places) == 0 })
			if err := d.post(t, id, "end"); err != nil {
				t.Fatal(err)
			}
			if got := hear(t, socket); got != "end" {
				t.Errorf("heard %q as well", got)
			}
			if row.route == "" && len(d.events) > 0 {
				t.Errorf("the function was asked: %+v", d.next(t))
			}
		})
	}
}

// TestWebSocketLimits is the third part of the conformance list: what clients may send.
func TestWebSocketLimits(t *testing.T) {
	inFrames := func(sizes ...int) func(*testing.T, *websocket.Conn) {
		return func(t *testing.T, socket *websocket.Conn) {
			t.Helper()
			w, err := socket.Writer(t.Context(), websocket.MessageText)
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range sizes {
				if _, err := w.Write([]byte(strings.Repeat("x", size))); err != nil {
					return // the gateway has closed in the middle
				}
			}
			_ = w.Close()
		}
	}
	for _, row := range []struct {
		name string
		send func(*testing.T, *websocket.Conn)
		code websocket.StatusCode // 0: the function gets the message
		size int
	}{
		{name: "a frame of 32 KB", send: inFrames(maxFrame), size: maxFrame},
		{name: "a frame of more", send: inFrames(maxFrame + 1), code: 1009},
		{name: "the second frame is too long", send: inFrames(10, maxFrame+1), code: 1009},
		{name: "a message of 128 KB in frames", send: inFrames(maxFrame, maxFrame, maxFrame, maxFrame), size: maxMessage},
		{name: "a message of more", send: inFrames(maxFrame, maxFrame, maxFrame, maxFrame, 1), code: 1009},
		{name: "a frame far too long", send: inFrames(1 << 20), code: 1009},
		{name: "an empty message", send: inFrames(0), size: 0},
		{name: "a binary message", send: func(t *testing.T, socket *websocket.Conn) {
			t.Helper()
			_ = socket.Write(t.Context(), websocket.MessageBinary, []byte("x"))
		}, code: 1003},
		{name: "text that is not UTF-8", send: func(t *testing.T, socket *websocket.Conn) {
			t.Helper()
			say(t, socket, "\xff")
		}, code: 1007},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := openWebSocketDoor(t, nil, nil)
			socket, id := d.connected(t)
			say(t, socket, "before")
			if e := d.next(t); *e.Body != "before" {
				t.Fatalf("got %+v", e)
			}
			row.send(t, socket)
			if row.code == 0 {
				if e := d.next(t); len(*e.Body) != row.size {
					t.Errorf("got %d bytes, want %d", len(*e.Body), row.size)
				}
				return
			}
			if end := hearEnd(t, socket); end.Code != row.code {
				t.Errorf("got status %d %q, want %d", end.Code, end.Reason, row.code)
			}
			e := d.next(t)
			if e.RequestContext.EventType != "DISCONNECT" || *e.RequestContext.DisconnectStatusCode != int(row.code) {
				t.Errorf("got %+v, want a DISCONNECT with %d", e.RequestContext, row.code)
			}
			if err := d.post(t, id, "late"); err == nil {
				t.Error("a post to the closed connection was taken")
			}
		})
	}
}

// TestWebSocketEnds is the fourth part of the conformance list: how a connection ends, for the client and for the function.
func TestWebSocketEnds(t *testing.T) {
	soon := 50 * time.Millisecond
	for _, row := range []struct {
		name   string
		opts   WebSocketOptions
		end    func(t *testing.T, d *webSocketDoor, socket *websocket.Conn, id string)
		sees   websocket.CloseError // by the client; code 0: it does not look
		code   int
		reason string
	}{
		{name: "the client closes", end: func(_ *testing.T, _ *webSocketDoor, s *websocket.Conn, _ string) { _ = s.Close(1000, "bye") }, code: 1000, reason: "bye"},
		{name: "a page is left", end: func(_ *testing.T, _ *webSocketDoor, s *websocket.Conn, _ string) { _ = s.Close(1001, "") }, code: 1001, reason: ""},
		{name: "the application's own status", end: func(_ *testing.T, _ *webSocketDoor, s *websocket.Conn, _ string) { _ = s.Close(4321, "so") }, code: 4321, reason: "so"},
		{name: "without a status", end: func(_ *testing.T, _ *webSocketDoor, s *websocket.Conn, _ string) {
			_ = s.Close(websocket.StatusNoStatusRcvd, "")
		}, code: 1005, reason: "Client-side close frame status not set"},
		{name: "without a word", end: func(_ *testing.T, _ *webSocketDoor, s *websocket.Conn, _ string) { _ = s.CloseNow() }, code: 1006, reason: ""},
		{name: "idle", opts: WebSocketOptions{IdleTimeout: soon}, sees: websocket.CloseError{Code: 1001, Reason: "Going away"}, code: 1001, reason: "Going away"},
		{name: "two hours", opts: WebSocketOptions{Lifetime: soon}, sees: websocket.CloseError{Code: 1001, Reason: "Going away"}, code: 1001, reason: "Going away"},
		{name: "DELETE", end: func(t *testing.T, d *webSocketDoor, _ *websocket.Conn, id string) {
			t.Helper()
			d.delete(t, id)
		}, sees: websocket.CloseError{Code: 1000, Reason: "Connection Closed Normally"}, code: 1000, reason: "Connection Closed Normally"},
		{name: "the platform ends", end: func(t *testing.T, d *webSocketDoor, _ *websocket.Conn, _ string) {
			t.Helper()
			go func() { _ = d.door.Close(t.Context()) }()
		}, sees: websocket.CloseError{Code: 1001, Reason: "Going away"}, code: 1001, reason: "Going away"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := openWebSocketDoor(t, &row.opts, nil)
			socket, id := d.connected(t)
			if row.end != nil {
				row.end(t, d, socket, id)
			}
			if row.sees.Code != 0 {
				if saw := hearEnd(t, socket); saw != row.sees {
					t.Errorf("the client saw %v, want %v", saw, row.sees)
				}
			}
			c := d.next(t).RequestContext
			if c.EventType != "DISCONNECT" || *c.DisconnectStatusCode != row.code || *c.DisconnectReason != row.reason || c.ConnectionID != id {
				t.Errorf("got %s %d %q, want %d %q", c.EventType, *c.DisconnectStatusCode, *c.DisconnectReason, row.code, row.reason)
			}
		})
	}
}

// TestWebSocketIdleBegins shows that a message of either side begins the idle time anew.
func TestWebSocketIdleBeginsAnew(t *testing.T) {
	d := openWebSocketDoor(t, &WebSocketOptions{IdleTimeout: time.Second}, nil)
	socket, id := d.connected(t)
	begun := time.Now()
	for i := range 6 {
		time.Sleep(250 * time.Millisecond)
		if i%2 == 0 {
			say(t, socket, "still here")
			d.next(t)
		} else if err := d.post(t, id, "and we are"); err != nil {
			t.Fatal(err)
		}
	}
	_ = hearEnd(t, socket)
	if lasted := time.Since(begun); lasted < 2250*time.Millisecond {
		t.Errorf("it ended after %v, want a second after the last message", lasted)
	}
}

// TestWebSocketBounds fills a door: connections, and messages of one connection that are with the function at once.
func TestWebSocketBounds(t *testing.T) {
	release := make(chan struct{})
	d := openWebSocketDoor(t, &WebSocketOptions{MaxConnections: 2, MaxInFlight: 2}, func(_ context.Context, e *webSocketEvent) (string, error) {
		if e.RequestContext.EventType == "MESSAGE" {
			<-release
		}
		return ok, nil
	})
	first, _ := d.connected(t)
	second, id := d.connected(t)
	if _, answer, err := d.tryDial(t, nil); err == nil || answer.StatusCode != http.StatusTooManyRequests {
		t.Fatalf("third: got %v, %v, want 429", answer, err)
	}
	for i := range 4 {
		say(t, second, fmt.Sprint(i))
	}
	for range 2 {
		d.next(t)
	}
	select {
	case e := <-d.events:
		t.Errorf("a third message is with the function: %s", *e.Body)
	case <-time.After(50 * time.Millisecond):
	}
	if n := len(d.door.connection(id).places); n != 2 {
		t.Errorf("%d messages are with the function, want 2", n)
	}
	close(release)
	d.next(t)
	d.next(t)
	_ = first.Close(1000, "")
	if e := d.next(t); e.RequestContext.EventType != "DISCONNECT" {
		t.Fatalf("got %+v", e)
	}
	waitUntil(t, "there is room again", func() bool {
		socket, _, err := d.tryDial(t, nil)
		return err == nil && socket != nil
	})
}

// waitUntil waits for a condition that comes true soon.
func waitUntil(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func TestParseRouteSelection(t *testing.T) {
	for _, row := range []struct {
		expression string
		path       []string // nil: an error
	}{
		{"$request.body.action", []string{"action"}},
		{"${request.body.action}", []string{"action"}},
		{"$request.body.service.do", []string{"service", "do"}},
		{"", nil},
		{"action", nil},
		{"$request.body", nil},
		{"$request.body.", nil},
		{"$request.body.a..b", nil},
		{"$request.header.x", nil},
		{"${request.body.version}-beta", nil},
		{"$request.body.list[0]", nil},
	} {
		got, err := ParseRouteSelection(row.expression)
		if (err != nil) != (row.path == nil) {
			t.Errorf("%q: got %v", row.expression, err)
		} else if err == nil {
			if diff := cmp.Diff(row.path, got.path); diff != "" {
				t.Errorf("%q (-want +got):\n%s", row.expression, diff)
			}
		}
	}
}
