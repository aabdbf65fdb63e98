//go:build peers

package offline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

// TestFlow has a client do the same with both emulators. Ours must do what AWS does; where serverless-offline does something else, the row
// says so, and fails when it no longer does: then the page wants a new look.
func TestFlow(t *testing.T) {
	ours, offline := startOurs(t), startOffline(t)
	for _, row := range []struct {
		name    string
		do      func(*testing.T, *emulator) string
		aws     string
		offline string // "": the same
	}{
		{"connect", dial("", nil), `101, protocol ""`, ""},
		{"refused by the function", dial("?deny=1", nil), "401", ""},
		{"refused by the authorizer", dial("?token=wrong", nil), "403", ""},
		{"unknown to the authorizer", dial("?token=none", nil), "401", "500"},
		{"sub-protocol of the function's choice", dial("?protocol=b", []string{"a", "b"}), `101, protocol "b"`, `101, protocol "a"`},
		{"sub-protocol that the function did not take", dial("", []string{"a", "b"}), `101, protocol ""`, `101, protocol "a"`},
		{"post before $connect has returned is 410", dial("?post=1", nil), `101, protocol ""`, ""},
		{"the function's body comes back", say("echo hello"), `"hello"`, ""},
		{"the function fails", say("fail"), `{"message":"Internal server error","connectionId":"ID","requestId":"ID"}`, `{"connectionId":"ID","message":"Internal server error","requestId":"1234567890"}`},
		{"the function returns nothing", say("nothing"), `{"message":"Internal server error","connectionId":"ID","requestId":"ID"}`, `{"connectionId":"ID","message":"Internal server error","requestId":"1234567890"}`},
		{"the function posts to its client", say("post news"), `"news", "POST: 200"`, `"news", "POST: 204"`},
		{"a frame of 40 KB", say("echo " + strings.Repeat("x", 40<<10)), "closed 1009", "40962 bytes"},
		{"a binary message", binary, "closed 1003", "the function is given it"},
		{"route of a message with an action", route(`{"action":"join"}`), "join", ""},
		{"route of a message without", route(`{"verb":"join"}`), "$default", ""},
		{"route of a message with an unknown action", route(`{"action":"jump"}`), "$default", "jump"},
		{"GET of a connection", callback(http.MethodGet, true, true), "200 application/json", "426 "},
		{"DELETE of a connection", callback(http.MethodDelete, true, true), "204 ", ""},
		{"a deleted client sees", deleted, "closed 1000", "closed 1005"},
		{"POST to a connection that is gone", callback(http.MethodPost, false, true), "410 GoneException", "410 "},
		{"POST without a signature", callback(http.MethodPost, true, false), "403 ForbiddenException", "204 "},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.do(t, ours); got != row.aws {
				t.Errorf("%s: got %s, want %s", ours.name, got, row.aws)
			}
			want := row.offline
			if want == "" {
				want = row.aws
			}
			if got := row.do(t, offline); got != want {
				t.Errorf("%s: got %s, want %s as in 13.9.0", offline.name, got, want)
			}
		})
	}
	compareEvents(t, ours, offline)
}

// compareEvents compares which members events have. Names of headers are compared in lower case: ours come in Go's spelling.
func compareEvents(t *testing.T, ours, offline *emulator) {
	t.Helper()
	_ = say("echo last")(t, ours)
	_ = say("echo last")(t, offline)
	for kind, want := range map[string][]string{
		"CONNECT": {
			"+headers.x-amzn-trace-id", "+headers.x-forwarded-for", "+headers.x-forwarded-port", "+headers.x-forwarded-proto",
			"+multivalueheaders.x-amzn-trace-id", "+multivalueheaders.x-forwarded-for", "+multivalueheaders.x-forwarded-port", "+multivalueheaders.x-forwarded-proto",
			"-headers.connection", "-headers.upgrade", "-multivalueheaders.connection", "-multivalueheaders.upgrade",
			"-requestContext.messageId",
		},
		"MESSAGE": nil,
		"DISCONNECT": {
			"+headers.x-forwarded-for", "+multivalueheaders.x-forwarded-for",
			"+requestContext.disconnectReason", "+requestContext.disconnectStatusCode", "-requestContext.messageId",
		},
	} {
		want = append(want, "+requestContext.identity.sourceIp") // theirs gets lost with an authorizer; without one it has ten members that are null
		a, b := members("", last(ours.recorded(t, kind))), members("", last(offline.recorded(t, kind)))
		var got []string
		for name := range a {
			if _, ok := b[name]; !ok {
				got = append(got, "+"+name)
			}
		}
		for name := range b {
			if _, ok := a[name]; !ok {
				got = append(got, "-"+name)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: members that only we have (+) and only they (-), (-want +got):\n%s", kind, diff)
		}
	}
}

func last(events []map[string]any) map[string]any {
	if len(events) == 0 {
		return nil
	}
	return events[len(events)-1]
}

// members returns what an event has, by path.
func members(path string, value any) map[string]any {
	object, ok := value.(map[string]any)
	if !ok {
		path = strings.TrimPrefix(path, ".")
		if strings.Contains(path, "eaders.") {
			path = strings.ToLower(path)
		}
		return map[string]any{path: value}
	}
	all := map[string]any{}
	for name, inner := range object {
		maps.Copy(all, members(path+"."+name, inner))
	}
	return all
}

// open connects, and returns the connection's id, which the function was told last.
func (e *emulator) open(t *testing.T) (*websocket.Conn, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	socket, _, err := websocket.Dial(ctx, strings.Replace(e.http, "http", "ws", 1), nil)
	if err != nil {
		t.Fatalf("%s: %v", e.name, err)
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	socket.SetReadLimit(1 << 20)
	return socket, last(e.recorded(t, "CONNECT"))["requestContext"].(map[string]any)["connectionId"].(string)
}

// dial tells how a handshake ends.
func dial(query string, offer []string) func(*testing.T, *emulator) string {
	return func(t *testing.T, e *emulator) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		socket, answer, err := websocket.Dial(ctx, strings.Replace(e.http, "http", "ws", 1)+"/"+query, &websocket.DialOptions{Subprotocols: offer})
		if answer == nil {
			return err.Error()
		}
		if err != nil {
			return fmt.Sprint(answer.StatusCode)
		}
		defer func() { _ = socket.Close(websocket.StatusNormalClosure, "") }()
		return fmt.Sprintf("%d, protocol %q", answer.StatusCode, answer.Header.Get("Sec-WebSocket-Protocol"))
	}
}

var ids = regexp.MustCompile(`"(connectionId|requestId)":"([A-Za-z0-9_-]{15}=|[0-9a-f-]{36})"`)

// say tells what a client hears after a message, until nothing more comes.
func say(text string) func(*testing.T, *emulator) string {
	return func(t *testing.T, e *emulator) string {
		t.Helper()
		socket, _ := e.open(t)
		defer func() { _ = socket.Close(websocket.StatusNormalClosure, "") }()
		if err := socket.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
		heard := []string{hear(t, socket)}
		if strings.HasPrefix(text, "post ") {
			heard = append(heard, hear(t, socket))
		}
		return strings.Join(heard, ", ")
	}
}

// hear returns the next message, or how the connection has ended.
func hear(t *testing.T, socket *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, message, err := socket.Read(ctx)
	end, closed := errors.AsType[websocket.CloseError](err)
	switch {
	case closed:
		return fmt.Sprintf("closed %d", end.Code)
	case err != nil:
		return err.Error()
	case len(message) > 1000:
		return fmt.Sprintf("%d bytes", len(message)+2)
	case json.Valid(message):
		return ids.ReplaceAllString(string(message), `"$1":"ID"`)
	}
	return fmt.Sprintf("%q", message)
}

// binary tells what becomes of a binary message.
func binary(t *testing.T, e *emulator) string {
	t.Helper()
	socket, _ := e.open(t)
	before := len(e.recorded(t, "MESSAGE"))
	if err := socket.Write(t.Context(), websocket.MessageBinary, []byte("echo x")); err != nil {
		t.Fatal(err)
	}
	heard := hear(t, socket)
	if len(e.recorded(t, "MESSAGE")) > before {
		return "the function is given it"
	}
	return heard
}

// route tells which route a message takes.
func route(message string) func(*testing.T, *emulator) string {
	return func(t *testing.T, e *emulator) string {
		t.Helper()
		socket, _ := e.open(t)
		before := len(e.recorded(t, "MESSAGE"))
		if err := socket.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(5 * time.Second); len(e.recorded(t, "MESSAGE")) == before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				return "none"
			}
		}
		return last(e.recorded(t, "MESSAGE"))["requestContext"].(map[string]any)["routeKey"].(string)
	}
}

// callback asks for a connection, and tells status and error type, or type of the answer.
func callback(method string, open, signed bool) func(*testing.T, *emulator) string {
	return func(t *testing.T, e *emulator) string {
		t.Helper()
		socket, id := e.open(t)
		if !open {
			_ = socket.Close(websocket.StatusNormalClosure, "")
			time.Sleep(100 * time.Millisecond) // serverless-offline forgets it in its own time
		}
		answer := e.ask(t, method, id, signed)
		kind := answer.Header.Get("X-Amzn-Errortype")
		if kind == "" && answer.StatusCode == http.StatusOK && method == http.MethodGet {
			kind = answer.Header.Get("Content-Type")
		}
		return fmt.Sprintf("%d %s", answer.StatusCode, kind)
	}
}

// deleted tells what a client sees that the function has closed.
func deleted(t *testing.T, e *emulator) string {
	t.Helper()
	socket, id := e.open(t)
	e.ask(t, http.MethodDelete, id, true)
	return hear(t, socket)
}

func (e *emulator) ask(t *testing.T, method, id string, signed bool) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, e.http+"/@connections/"+id, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if signed {
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer
}
