package server

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/core"
)

// socketEndpoint is a protocol of words over sockets: it sends back what it gets, but for a few words that make it do something else.
type socketEndpoint struct {
	entered chan struct{} // told when something waits
	ended   chan error    // told why it does not any more
	release chan struct{} // closed: "work" ends
}

func newSocketEndpoint() *socketEndpoint {
	return &socketEndpoint{make(chan struct{}, 10), make(chan error, 10), make(chan struct{})}
}

func (*socketEndpoint) Traits() core.Traits {
	return core.Traits{Protocol: "words", ContentType: "text/plain", Subprotocols: []string{"words", "speech"}, Text: true}
}

type countKey struct{}

func (e *socketEndpoint) Serve(ctx context.Context, _ *core.ChannelSet, in *core.Inbound) error {
	if in.Socket == nil {
		return in.Reply.Send(ctx, []byte("posted"))
	}
	switch unit := string(in.Unit); unit {
	case "panic":
		panic("oops")
	case "panic later":
		in.Socket.Go(func(context.Context) { panic("oops") })
	case "fail":
		return errors.New("secret reason")
	case "refuse":
		return in.Reply.Refuse(ctx, core.Denied.Errorf("%s", strings.Repeat("ö", 100)))
	case "close":
		in.Socket.Close(nil)
	case "count":
		n, _ := in.Socket.Keep(countKey{}, func() any { return new(int) }).(*int)
		*n++
		return in.Socket.Send(ctx, []byte(strings.Repeat("i", *n)))
	case "wait":
		in.Socket.Go(e.wait)
	case "work":
		in.Socket.Go(func(ctx context.Context) {
			e.entered <- struct{}{}
			<-e.release
			e.ended <- in.Socket.Send(ctx, []byte("done"))
		})
	case "flood":
		in.Socket.Go(func(ctx context.Context) {
			for {
				if err := in.Socket.Send(ctx, make([]byte, 10_000)); err != nil {
					e.ended <- err
					return
				}
			}
		})
	default:
		return in.Reply.Send(ctx, in.Unit)
	}
	return nil
}

func (e *socketEndpoint) wait(ctx context.Context) {
	e.entered <- struct{}{}
	<-ctx.Done()
	e.ended <- ctx.Err()
}

// connect opens a WebSocket to the room.
func (r *room) connect(t *testing.T, opts *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	if opts == nil {
		opts = &websocket.DialOptions{}
	}
	opts.HTTPClient = &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return r.dial(), nil },
	}}
	return websocket.Dial(t.Context(), "ws://localhost/s", opts)
}

func (r *room) socket(t *testing.T) *websocket.Conn {
	t.Helper()
	c, _, err := r.connect(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

func say(t *testing.T, c *websocket.Conn, words string) {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(words)); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, c *websocket.Conn, want string) {
	t.Helper()
	kind, got, err := c.Read(t.Context())
	if err != nil || kind != websocket.MessageText || string(got) != want {
		t.Fatalf("got %v %q, %v, want %q", kind, got, err, want)
	}
}

// hearEnd reads the end of a socket.
func hearEnd(t *testing.T, c *websocket.Conn, want websocket.StatusCode) string {
	t.Helper()
	_, got, err := c.Read(t.Context())
	if code := websocket.CloseStatus(err); code != want {
		t.Fatalf("got %q, %v, want the end with %v", got, err, want)
	}
	e, _ := errors.AsType[websocket.CloseError](err)
	return e.Reason
}

func inRoom(t *testing.T, opts Options, f func(r *room, e *socketEndpoint)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := newSocketEndpoint()
		opts.Paths = map[string]string{"/s": "words"}
		f(open(t, newStreamSet(e), &opts), e)
	})
}

func TestSocket(t *testing.T) {
	inRoom(t, Options{}, func(r *room, _ *socketEndpoint) {
		t := r.t
		c, _, err := r.connect(t, &websocket.DialOptions{Subprotocols: []string{"other", "speech"}})
		if err != nil || c.Subprotocol() != "speech" {
			t.Fatalf("got %v, subprotocol %q", err, c.Subprotocol())
		}
		for _, word := range []string{"hello", "", strings.Repeat("x", maxUnit)} {
			say(t, c, word)
			if word != "" {
				hear(t, c, word)
			} else {
				hear(t, c, "")
			}
		}
		for _, want := range []string{"i", "ii"} {
			say(t, c, "count")
			hear(t, c, want)
		}
		other := r.socket(t)
		say(t, other, "count")
		hear(t, other, "i") // what one socket keeps is not another's
		_, posted := r.ask(t, "POST /s HTTP/1.1\nHost: localhost\nContent-Length: 0\nConnection: close\n\n")
		if body, err := io.ReadAll(posted.Body); err != nil || string(body) != "posted" {
			t.Errorf("beside sockets: got %q, %v", body, err)
		}
		if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Errorf("close: %v", err)
		}
		synctest.Wait()
		if log := r.log.String(); !strings.Contains(log, "msg=socket protocol=words channel=words units=5 in=1015 out=1008 outcome=ok") {
			t.Errorf("log: %s", log)
		}
	})
}

func TestHandshakes(t *testing.T) {
	inRoom(t, Options{AllowOrigin: Origins("https://shop.example"), StreamsPerAddress: 2}, func(r *room, _ *socketEndpoint) {
		t := r.t
		for _, c := range []struct {
			name, header, value string
			status              int
		}{
			{"no page", "X", "y", 101},
			{"our own page", "Origin", "http://localhost", 101},
			{"an allowed page", "Origin", "https://shop.example", 101},
			{"another page", "Origin", "https://evil.example", 403},
			{"a page without an origin", "Origin", "null", 403},
			{"another version", "Sec-WebSocket-Version", "8", 400},
		} {
			conn, resp, err := r.connect(t, &websocket.DialOptions{HTTPHeader: http.Header{c.header: {c.value}}})
			if resp == nil || resp.StatusCode != c.status {
				t.Errorf("%s: got %v, %v, want %d", c.name, resp, err, c.status)
			}
			if conn != nil {
				_ = conn.CloseNow()
				synctest.Wait()
			}
		}
		r.socket(t)
		r.socket(t)
		if _, resp, err := r.connect(t, nil); resp == nil || resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("a third one from one address: got %v, %v, want 429", resp, err)
		}
	})
}

func TestSocketEnds(t *testing.T) {
	for _, c := range []struct {
		word   string
		code   websocket.StatusCode
		reason string
	}{
		{"panic", websocket.StatusInternalError, "The server could not answer."},
		{"panic later", websocket.StatusInternalError, "The server could not answer."},
		{"fail", websocket.StatusInternalError, "The server could not answer."},
		{"refuse", websocket.StatusPolicyViolation, strings.Repeat("ö", 61)},
		{"close", websocket.StatusNormalClosure, ""},
		{strings.Repeat("x", maxUnit+1), websocket.StatusMessageTooBig, "The message is too large."},
		{strings.Repeat("x", 1000*maxUnit), websocket.StatusMessageTooBig, "The message is too large."},
	} {
		t.Run(c.word[:min(len(c.word), 20)], func(t *testing.T) {
			inRoom(t, Options{}, func(r *room, e *socketEndpoint) {
				t := r.t
				conn := r.socket(t)
				say(t, conn, "wait")
				<-e.entered
				go func() { _ = conn.Write(t.Context(), websocket.MessageText, []byte(c.word)) }() // it may be cut in the middle
				if got := hearEnd(t, conn, c.code); got != c.reason {
					t.Errorf("got reason %q, want %q", got, c.reason)
				}
				if err := <-e.ended; !errors.Is(err, context.Canceled) {
					t.Errorf("what waited: got %v, want the end of its ctx", err)
				}
			})
		})
	}
}

// Frames that are none of ours, as bytes: opcode, mask bit and length, mask, data.
func TestBrokenFrames(t *testing.T) {
	for _, c := range []struct {
		name, frame string
		code        websocket.StatusCode
	}{
		{"binary", "\x82\x81abcdx", websocket.StatusUnsupportedData},
		{"without a mask", "\x81\x01x", websocket.StatusProtocolError},
		{"a reserved bit", "\xC1\x81abcdx", websocket.StatusProtocolError},
		{"an unknown opcode", "\x83\x81abcdx", websocket.StatusProtocolError},
		{"a continuation of nothing", "\x80\x81abcdx", websocket.StatusProtocolError},
		{"a second beginning", "\x01\x81abcdx\x81\x81abcdx", websocket.StatusProtocolError},
		{"a ping in parts", "\x09\x80abcd", websocket.StatusProtocolError},
		{"a length beyond all", "\x81\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFabcd" + strings.Repeat("x", 5000), websocket.StatusMessageTooBig},
	} {
		t.Run(c.name, func(t *testing.T) {
			inRoom(t, Options{}, func(r *room, _ *socketEndpoint) {
				t := r.t
				conn, frames := r.shakeHands(t)
				go func() { _, _ = io.WriteString(conn, c.frame) }()
				head := make([]byte, 4)
				if _, err := io.ReadFull(frames, head); err != nil || head[0] != 0x88 {
					t.Fatalf("got % x, %v, want a close frame", head, err)
				}
				if code := websocket.StatusCode(int(head[2])<<8 | int(head[3])); code != c.code {
					t.Errorf("got %v, want %v", code, c.code)
				}
				if rest, err := io.ReadAll(frames); len(rest) > 123 || err != nil {
					t.Errorf("then: got %d bytes, %v", len(rest), err)
				}
			})
		})
	}
}

// shakeHands opens a WebSocket and leaves the frames to the test.
func (r *room) shakeHands(t *testing.T) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn := r.dial()
	t.Cleanup(func() { _ = conn.Close() })
	request := "GET /s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	frames := bufio.NewReader(conn)
	resp, err := http.ReadResponse(frames, &http.Request{Method: http.MethodGet})
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %v, %v", resp, err)
	}
	return conn, frames
}

func TestSlowPeers(t *testing.T) {
	const limit = 20 * time.Second
	for _, c := range []struct {
		name, send, outcome string
	}{
		{"takes nothing", "\x81\x85\x00\x00\x00\x00flood", `outcome="slow consumer"`},
		{"does not end its unit", "\x01\x81\x00\x00\x00\x00x", `outcome="slow sender"`},
		{"does not answer pings", "", `outcome="no answer to a ping"`},
		{"goes without a word", "GO", "outcome=gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inRoom(t, Options{SlowConsumer: limit, ReadTimeout: limit, KeepAlive: limit}, func(r *room, e *socketEndpoint) {
				t := r.t
				conn, frames := r.shakeHands(t)
				if _, err := io.WriteString(conn, "\x81\x84\x00\x00\x00\x00wait"); err != nil {
					t.Fatal(err)
				}
				<-e.entered
				start := time.Now()
				switch c.send {
				case "GO":
					_ = conn.Close()
				case "":
					go func() { _, _ = io.Copy(io.Discard, frames) }()
				default:
					if _, err := io.WriteString(conn, c.send); err != nil {
						t.Fatal(err)
					}
				}
				if err := <-e.ended; err == nil {
					t.Error("it goes on")
				}
				if took := time.Since(start); took > 3*limit {
					t.Errorf("it took %v", took)
				}
				synctest.Wait()
				if log := r.log.String(); !strings.Contains(log, c.outcome) {
					t.Errorf("log: got %s, want %s", log, c.outcome)
				}
			})
		})
	}
}

// Who says nothing, but answers pings, stays.
func TestQuietPeerStays(t *testing.T) {
	inRoom(t, Options{}, func(r *room, _ *socketEndpoint) {
		t := r.t
		c := r.socket(t)
		go func() {
			time.Sleep(24*time.Hour + time.Second) // not at the instant of a ping: pipes hold nothing, and both would write
			say(t, c, "hello")
		}()
		hear(t, c, "hello")
	})
}

func TestSocketsDrain(t *testing.T) {
	inRoom(t, Options{Grace: time.Minute, KeepAlive: time.Hour}, func(r *room, e *socketEndpoint) {
		t := r.t
		quiet, busy, silent := r.socket(t), r.socket(t), r.dialSilently(t)
		say(t, busy, "work")
		<-e.entered
		start := time.Now()
		var ends sync.WaitGroup
		ends.Go(r.stop)
		if reason := hearEnd(t, quiet, websocket.StatusGoingAway); reason != "The server ends." || time.Since(start) > time.Second {
			t.Errorf("the quiet one: got %q after %v", reason, time.Since(start))
		}
		time.Sleep(30 * time.Second)
		say(t, busy, "still here") // served while the call goes on
		hear(t, busy, "still here")
		close(e.release)
		hear(t, busy, "done")
		hearEnd(t, busy, websocket.StatusGoingAway)
		ends.Wait()
		if took := time.Since(start); took > 31*time.Second {
			t.Errorf("the end took %v", took)
		}
		_ = silent.Close()
	})
}

// dialSilently opens a socket whose peer never reads a frame.
func (r *room) dialSilently(t *testing.T) net.Conn {
	t.Helper()
	conn, _ := r.shakeHands(t)
	return conn
}

// What does not end within Options.Grace is canceled, and its socket closed.
func TestSocketsAreCut(t *testing.T) {
	inRoom(t, Options{Grace: 5 * time.Second}, func(r *room, e *socketEndpoint) {
		t := r.t
		waits := r.socket(t)
		say(t, waits, "wait")
		<-e.entered
		silent, _ := r.shakeHands(t) // its peer does not even answer that it is closed
		if _, err := io.WriteString(silent, "\x81\x84\x00\x00\x00\x00wait"); err != nil {
			t.Fatal(err)
		}
		<-e.entered
		start := time.Now()
		var ends sync.WaitGroup
		ends.Go(r.stop)
		hearEnd(t, waits, websocket.StatusGoingAway)
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it was canceled after %v", took)
		}
		ends.Wait()
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("the end took %v", took)
		}
	})
}
