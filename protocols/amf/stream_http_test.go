package amf

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A streamServer serves streams over real sockets.
type streamServer struct {
	*httptest.Server
	house *streamHouse
	ended chan string // a word for each request that has ended
}

func newStreamServer(t *testing.T, opts *Options) *streamServer {
	t.Helper()
	h := newStreamHouseOn(t, memory.New(nil), opts, &core.Destination{Name: "news"})
	s := &streamServer{house: h, ended: make(chan string, 100)}
	handler := server.NewHandler(h.set, &server.Options{Paths: map[string]string{"/amf": "my-amf"}})
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		s.ended <- r.URL.Query().Get("command")
	}))
	t.Cleanup(func() {
		h.set.Drain() // else the server waits for its streams
		s.Close()
	})
	return s
}

// ask sends a streaming request as Flash Player does.
func (s *streamServer) ask(ctx context.Context, query string, form url.Values) *http.Response {
	s.house.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/amf?"+query, strings.NewReader(form.Encode()))
	if err != nil {
		s.house.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.Client().Do(r)
	if err != nil {
		s.house.t.Fatal(err)
	}
	return resp
}

// nextFrame reads one frame off a stream, and the heartbeats before it.
func nextFrame(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	for {
		b, err := r.ReadByte()
		if err != nil {
			t.Fatalf("the stream has ended: %v", err)
		}
		if b == 0 || b == '\r' || b == '\n' {
			continue
		}
		_ = r.UnreadByte()
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if _, err := fmt.Sscanf(line, "%x\r\n", &n); err != nil {
			t.Fatalf("a frame begins with %q", line)
		}
		content := make([]byte, n)
		if _, err := io.ReadFull(r, content); err != nil {
			t.Fatal(err)
		}
		text, err := readFrameMessage(content)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}

// A stream over a real connection: it comes in pieces as they are sent, ends when its client closes it, and when that is gone.
func TestStreamOverHTTP(t *testing.T) {
	s := newStreamServer(t, &Options{Heartbeat: 20 * time.Millisecond})
	h := s.house
	id := h.ping("1")
	h.subscribe(id, "consumer", "news", "")
	resp := s.ask(t.Context(), "command=open&version=1", url.Values{"DSId": {id}})
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK || fmt.Sprint(resp.TransferEncoding) != "[chunked]" || resp.ContentLength != -1 {
		t.Errorf("got %s, transfer coding %q", resp.Status, resp.TransferEncoding)
	}
	for name, want := range map[string]string{"Content-Type": ContentType, "Cache-Control": "no-cache", "X-Accel-Buffering": "no"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	r := bufio.NewReader(resp.Body)
	first := nextFrame(t, r)
	for _, body := range []string{"one", "two"} {
		h.say("news", body)
		if got := nextFrame(t, r); !strings.Contains(got, `"body": "`+body+`"`) {
			t.Errorf("got %s, want %s", got, body)
		}
	}
	closed := s.ask(t.Context(), "command=close&version=1&streamId="+openBody.FindStringSubmatch(first)[1], url.Values{"DSId": {id}})
	defer func() { _ = closed.Body.Close() }()
	if closed.StatusCode != http.StatusOK {
		t.Errorf("close: got %s", closed.Status)
	}
	if rest, err := io.ReadAll(r); err != nil || strings.Trim(string(rest), "\x00\r\n") != "" {
		t.Errorf("the stream ends with %q, %v", rest, err)
	}
	for range 2 {
		<-s.ended
	}

	ctx, cancel := context.WithCancel(t.Context())
	again := s.ask(ctx, "command=open&version=1", url.Values{"DSId": {id}})
	defer func() { _ = again.Body.Close() }()
	r = bufio.NewReader(again.Body)
	nextFrame(t, r)
	h.say("news", "three")
	if got := nextFrame(t, r); !strings.Contains(got, `"body": "three"`) {
		t.Errorf("got %s", got)
	}
	cancel() // the client is gone
	if got := <-s.ended; got != "open" {
		t.Errorf("%s has ended", got)
	}
}

// HTTP/1.0 has no way to say that an answer goes on.
func TestStreamOverHTTP10(t *testing.T) {
	s := newStreamServer(t, nil)
	form := "DSId=" + s.house.ping("1")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "POST /amf?command=open HTTP/1.0\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", s.Listener.Addr(), len(form), form)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("got %s", resp.Status)
	}
}

// What cannot be served has the statuses that BlazeDS gives it.
func TestStreamStatuses(t *testing.T) {
	s := newStreamServer(t, &Options{MaxStreams: -1})
	id := s.house.ping("1")
	for _, c := range []struct {
		query, id string
		want      int
	}{
		{"command=open", id, http.StatusServiceUnavailable},
		{"command=open", "nobody", http.StatusBadRequest},
		{"command=open", "", http.StatusBadRequest},
		{"command=sing", id, http.StatusBadRequest},
		{"command=close&streamId=x", id, http.StatusOK},
	} {
		resp := s.ask(t.Context(), c.query, url.Values{"DSId": {c.id}})
		_ = resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s %q: got %s, want %d", c.query, c.id, resp.Status, c.want)
		}
	}
}
