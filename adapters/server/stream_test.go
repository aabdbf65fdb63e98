package server

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// streamEndpoint sends what comes in on sends, one unit each, until that is closed or ctx ends, and notes how it ended.
type streamEndpoint struct {
	reads bool
	sends chan string
	ended chan error
}

func (e streamEndpoint) Traits() core.Traits {
	return core.Traits{Protocol: "stream", ContentType: "text/x-stream", Reads: e.reads}
}

func (e streamEndpoint) Serve(ctx context.Context, _ *core.ChannelSet, in *core.Inbound) (err error) {
	stream, ok := in.Reply.(core.Streamer)
	if !ok {
		return in.Reply.Refuse(ctx, core.Invalid.Errorf("no streams here"))
	}
	defer func() { e.ended <- err }()
	if err := stream.Stream(ctx); err != nil {
		return err
	}
	for {
		select {
		case unit, open := <-e.sends:
			if !open {
				return nil
			}
			if err := stream.Send(ctx, []byte(unit)); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pipes is a listener whose connections hold nothing: what is written blocks until it is read. Their deadlines follow the clock of
// synctest.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), ended: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.ended) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- localConn{server}
	return client
}

// A localConn is one that came to a loopback address.
type localConn struct{ net.Conn }

func (localConn) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// A room is a server within synctest.
type room struct {
	*pipes
	t    *testing.T
	log  *lockedBuffer
	stop func() // returns when Serve has
}

func open(t *testing.T, set *core.ChannelSet, opts *Options) *room {
	t.Helper()
	r := &room{pipes: newPipes(), t: t, log: &lockedBuffer{}}
	opts.Logger = slog.New(slog.NewTextHandler(r.log, nil))
	s := New(set, opts)
	s.listeners = []net.Listener{r.pipes}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := s.Serve(ctx); err != nil {
			t.Errorf("Serve: %v", err)
		}
		_ = set.Close()
	}()
	r.stop = func() {
		cancel()
		<-served
	}
	t.Cleanup(r.stop)
	return r
}

// ask writes a request and returns the answer, whose body is still to be read.
func (r *room) ask(t *testing.T, text string) (net.Conn, *http.Response) {
	t.Helper()
	c := r.dial()
	method, _, _ := strings.Cut(text, " ")
	if _, err := io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	return c, resp
}

func newStreamSet(e core.Endpoint) *core.ChannelSet {
	return newSet(memory.New(nil), nil, e)
}

func TestStream(t *testing.T) {
	for name, method := range map[string]string{"posted": "POST", "read": "GET"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := streamEndpoint{reads: method == "GET", sends: make(chan string), ended: make(chan error, 1)}
				r := open(t, newStreamSet(e), &Options{Paths: map[string]string{"/s": "words"}})
				c, resp := r.ask(t, method+" /s HTTP/1.1\nHost: localhost\n\n")
				defer func() { _ = c.Close() }()
				h := resp.Header
				if resp.StatusCode != http.StatusOK || resp.ContentLength != -1 || h.Get("X-Accel-Buffering") != "no" || h.Get("Content-Type") != "text/x-stream" {
					t.Errorf("got %d %v", resp.StatusCode, h)
				}
				buf := make([]byte, 100)
				for _, unit := range []string{"one", "two"} {
					time.Sleep(time.Hour) // longer than any timeout there is
					e.sends <- unit
					if n, err := resp.Body.Read(buf); err != nil || string(buf[:n]) != unit {
						t.Errorf("got %q, %v, want %q at once", buf[:n], err, unit)
					}
				}
				time.Sleep(time.Hour)
				close(e.sends)
				if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
					t.Errorf("the end: got %q, %v", rest, err)
				}
				if err := <-e.ended; err != nil {
					t.Errorf("Serve: %v", err)
				}
			})
		})
	}
}

func TestStreamEnds(t *testing.T) {
	for _, c := range []struct {
		name    string
		act     func(e streamEndpoint, c net.Conn)
		want    error
		outcome string
	}{
		{"the peer goes", func(_ streamEndpoint, c net.Conn) { _ = c.Close() }, context.Canceled, "outcome=ok"},
		{"the peer takes nothing", func(e streamEndpoint, _ net.Conn) { e.sends <- strings.Repeat("x", 10_000) }, nil, `outcome="slow consumer"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := streamEndpoint{sends: make(chan string), ended: make(chan error, 1)}
				r := open(t, newStreamSet(e), &Options{Paths: map[string]string{"/s": "words"}, SlowConsumer: 20 * time.Second})
				conn, _ := r.ask(t, "POST /s HTTP/1.1\nHost: localhost\n\n")
				defer func() { _ = conn.Close() }()
				start := time.Now()
				c.act(e, conn)
				err := <-e.ended
				if err == nil || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("Serve: got %v, want %v", err, c.want)
				}
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("it took %v", took)
				}
				r.stop()
				if !strings.Contains(r.log.String(), c.outcome) {
					t.Errorf("log: got %s, want %s", r.log, c.outcome)
				}
			})
		})
	}
}

func TestNoStreams(t *testing.T) {
	for _, c := range []struct {
		name, request string
		status        int
		says          string // in the body
	}{
		{"HTTP/1.0", "GET /s HTTP/1.0\nHost: localhost\n\n", 400, ""},
		{"by POST", "POST /s HTTP/1.1\nHost: localhost\n\n", 405, "by GET"},
		{"of another page", "GET /s HTTP/1.1\nHost: localhost\nOrigin: http://evil.example\n\n", 403, `Pages from "http://evil.example"`},
		{"of a page that hides", "GET /s HTTP/1.1\nHost: localhost\nSec-Fetch-Site: cross-site\n\n", 403, "A page of another site"},
		{"by a rebound name", "GET /s HTTP/1.1\nHost: evil.example\n\n", 403, `no name like "evil.example"`},
		{"headers alone", "HEAD /s HTTP/1.1\nHost: localhost\n\n", 200, ""},
		{"preflight", "OPTIONS /s HTTP/1.1\nHost: localhost\nOrigin: http://shop.example\n\n", 204, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := streamEndpoint{reads: true, sends: make(chan string), ended: make(chan error, 1)}
				r := open(t, newStreamSet(e), &Options{Paths: map[string]string{"/s": "words"}, AllowOrigin: Origins("http://shop.example")})
				conn, resp := r.ask(t, c.request)
				defer func() { _ = conn.Close() }()
				if resp.StatusCode != c.status {
					t.Fatalf("got %d, want %d", resp.StatusCode, c.status)
				}
				if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), c.says) {
					t.Errorf("got body %q, %v, want %q in it", body, err, c.says)
				}
				if m := resp.Header.Get("Access-Control-Allow-Methods"); c.status == 204 && m != "GET" {
					t.Errorf("Access-Control-Allow-Methods: got %q", m)
				}
				if c.status != 204 && c.status != 405 && resp.Header.Get("Vary") == "" {
					t.Error("a GET without Vary")
				}
			})
		})
	}
}

// pollEndpoint polls for the connection that the unit names, and waits for a minute.
type pollEndpoint struct{ entered chan struct{} }

func (pollEndpoint) Traits() core.Traits { return core.Traits{Protocol: "poll"} }

func (e pollEndpoint) Serve(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	_, conn, err := set.LoadConnection(ctx, "words", string(in.Unit))
	if err != nil {
		return err
	}
	e.entered <- struct{}{}
	b, err := set.Poll(ctx, conn, &core.PollRequest{Wait: 2 * time.Minute, Received: in.Received})
	if err != nil {
		return err
	}
	if len(b.Deliveries) > 0 || in.Received.IsZero() {
		return errors.New("something came, or nobody says when it was asked")
	}
	return in.Reply.Send(ctx, []byte("empty"))
}

// A poll may wait for longer than a request may take to be read, and no longer than the server lives.
func TestWaitingPolls(t *testing.T) {
	const polls = 100
	synctest.Test(t, func(t *testing.T) {
		e := pollEndpoint{make(chan struct{}, polls)}
		set := newStreamSet(e)
		set.AddDestination(&core.Destination{Name: "news"})
		r := open(t, set, &Options{Paths: map[string]string{"/s": "words"}, ReadTimeout: 10 * time.Second})
		var answers sync.WaitGroup
		var end time.Time
		for range polls {
			id := subscriber(t, set)
			answers.Go(func() {
				c, resp := r.ask(t, "POST /s HTTP/1.1\nHost: localhost\nContent-Length: 43\n\n"+id)
				defer func() { _ = c.Close() }()
				body, err := io.ReadAll(resp.Body)
				if err != nil || string(body) != "empty" || !resp.Close {
					t.Errorf("got %q, %v, close: %v", body, err, resp.Close)
				}
				if late := time.Since(end); end.IsZero() || late > time.Second {
					t.Errorf("answered %v after the end began", late)
				}
			})
		}
		for range polls {
			<-e.entered
		}
		time.Sleep(time.Minute)
		end = time.Now()
		r.stop()
		answers.Wait()
	})
}

// subscriber connects a client, subscribes it and returns its id.
func subscriber(t *testing.T, set *core.ChannelSet) string {
	t.Helper()
	client, err := set.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := set.Connect(t.Context(), "words", client)
	if err != nil {
		t.Fatal(err)
	}
	r := &core.SubscribeRequest{Subscription: core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}}
	if err := set.Subscribe(t.Context(), nil, conn, r); err != nil {
		t.Fatal(err)
	}
	return client.ID()
}
