package client

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// failure subscribes by a protocol to a server and returns what it fails with.
func failure(t *testing.T, protocol, url string) string {
	t.Helper()
	c, err := NewSubscriber(url, protocol)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, err := range c.Messages(ctx, &Subscription{Destination: "d"}) {
		if err != nil {
			return err.Error()
		}
	}
	return "nothing"
}

func TestStrangeEvents(t *testing.T) {
	for name, c := range map[string]struct {
		status      int
		contentType string
		body        string
		want        string // in the error
	}{
		"not found":          {404, "text/plain", "nothing here", "404 Not Found: nothing here"},
		"a page":             {200, "text/html", "<html>", `"text/html", which is no stream of events`},
		"no type":            {200, "nothing;;", "", "no stream of events"},
		"no more, for ever":  {204, "", "", "204 No Content"},
		"a redirection":      {302, "text/plain", "", "302 Found and points to"},
		"an event of no one": {200, "text/event-stream", "data: hello\n\n", "read a server-sent event as a message"},
		"half an event":      {200, "text/event-stream", "data: {\"id\":\n\n", "read a server-sent event as a message"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				w.Header().Set("Location", "http://elsewhere.example/")
				w.WriteHeader(c.status)
				_, _ = fmt.Fprint(w, c.body)
			}))
			defer server.Close()
			if got := failure(t, Events, server.URL); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What is asked of a server, and what it says of a stream that has ended.
func TestEventsGoOn(t *testing.T) {
	streams := []string{
		"retry: 1\nid: 1\n\n", // where the subscription begins, and nothing more
		"id: 2\ndata: {\"id\":\"a\",\"body\":1}\n\nid: 3\ndata: {\"id\":\"b\",\ndata: \"body\":2}\n\nevent: other\ndata: x\n\nid: 4\ndata: {\"id\":",
		"data: {\"id\":\"c\",\"body\":3}\n\n",
	}
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, fmt.Sprintf("%s %s %s", r.URL.RawQuery, r.Header.Get("Accept"), r.Header.Get("Last-Event-ID")))
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		_, _ = fmt.Fprint(w, streams[len(asked)-1])
	}))
	defer server.Close()
	c, err := NewSubscriber(server.URL+"/events?key=1", "")
	if err != nil {
		t.Fatal(err)
	}
	l := c.link(&Subscription{Destination: "d e", Subtopic: "a.*", Selector: "x = 1"})
	var got []string
	for range streams {
		err := l.open(t.Context())
		for err == nil {
			var messages []*Message
			messages, err = l.next(t.Context())
			for _, m := range messages {
				got = append(got, m.ID+" "+string(m.Body))
			}
		}
		if !isLoss(err) {
			t.Errorf("the stream ended with %v, want a loss", err)
		}
	}
	l.close(t.Context())
	if want := "a 1,b 2,c 3"; strings.Join(got, ",") != want {
		t.Errorf("got %q, want %s", got, want)
	}
	const query = "key=1&selector=x+%3D+1&subtopic=a.%2A&topic=d+e text/event-stream "
	if want := query + "," + query + "1," + query + "3"; strings.Join(asked, ",") != want {
		t.Errorf("asked\n %q\nwant %s", asked, want)
	}
}

func TestStrangeSockets(t *testing.T) {
	for name, c := range map[string]struct {
		frames []string
		want   string
	}{
		"no JSON":           {[]string{"hello"}, "read a frame as JSON-RPC"},
		"another's answer":  {[]string{`{"jsonrpc":"2.0","id":7,"result":1}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}`}, "fault -32601: no"},
		"neither":           {[]string{`{"jsonrpc":"2.0","id":1}`}, "no JSON-RPC response"},
		"a call of its own": {[]string{`{"jsonrpc":"2.0","id":1,"method":"x"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}`}, "fault -32000: no"},
		"a strange event":   {[]string{`{"jsonrpc":"2.0","method":"patchbay.event","params":{"message":1}}`}, "read a frame as a message"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"jsonrpc"}})
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = conn.CloseNow() }()
				for _, f := range c.frames {
					_ = conn.Write(r.Context(), websocket.MessageText, []byte(f))
				}
				_, _, _ = conn.Read(conn.CloseRead(r.Context())) // until the client ends it
			}))
			defer server.Close()
			if got := failure(t, WebSocket, server.URL); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestStrangePolls(t *testing.T) {
	connected := `{"jsonrpc":"2.0","id":1,"result":{"connection":"c","subscription":"s"}}`
	for name, c := range map[string]struct{ poll, want string }{
		"no JSON":       {"hello", "read the answer as JSON-RPC"},
		"a number":      {`{"jsonrpc":"2.0","id":1,"result":1}`, "read the result of patchbay.poll"},
		"no permission": {`{"jsonrpc":"2.0","id":1,"error":{"code":-32003,"message":"no"}}`, "fault -32003: no"},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if n++; n <= 2 {
					_, _ = fmt.Fprint(w, connected)
					return
				}
				_, _ = fmt.Fprint(w, c.poll)
			}))
			defer server.Close()
			if got := failure(t, JSONRPC, server.URL); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		make              func(string, string) (*Client, error)
		address, protocol string
		want              string // or in the error
	}{
		{NewPublisher, "http://h/rpc", "", JSONRPC},
		{NewPublisher, "ws://h/rpc", "", WebSocket},
		{NewPublisher, "WSS://h/anything", "", WebSocket},
		{NewPublisher, "http://h/rpc", WebSocket, WebSocket},
		{NewPublisher, "http://h/messagebroker/amf", "", AMF},
		{NewPublisher, "http://h", "", AMF},
		{NewPublisher, "http://h/events", "", "events only bring messages"},
		{NewPublisher, "http://h/rpc", Events, "amf, jsonrpc, websocket"},
		{NewPublisher, "http://h/rpc", "soap", "amf, jsonrpc, websocket"},
		{NewSubscriber, "http://h/rpc", "", WebSocket},
		{NewSubscriber, "http://h/rpc", JSONRPC, JSONRPC},
		{NewSubscriber, "http://h/events?topic=x/y", "", Events},
		{NewSubscriber, "http://h/amf", "", AMF},
		{NewSubscriber, "http://h/amf", "remoting", "amf, "},
	} {
		got, err := c.make(c.address, c.protocol)
		if err != nil && strings.Contains(err.Error(), c.want) {
			continue
		}
		if err != nil || got.Protocol != c.want {
			t.Errorf("%s %s: got %v, %v, want %s", c.address, c.protocol, got, err, c.want)
		}
	}
}
