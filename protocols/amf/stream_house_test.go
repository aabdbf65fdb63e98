package amf

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
	wire "github.com/patchbay-go/patchbay/wire/amf"
)

// A streamHouse is a set with destinations on the channels my-amf and other-amf, for tests of streams. Its clock is that of the bubble.
type streamHouse struct {
	t        testing.TB
	set      *core.ChannelSet
	endpoint *Endpoint
	channel  string // that requests are sent to
}

func newStreamHouse(t testing.TB, opts *Options, destinations ...*core.Destination) *streamHouse {
	t.Helper()
	return newStreamHouseOn(t, memory.New(nil), opts, destinations...)
}

func newStreamHouseOn(t testing.TB, store core.Store, opts *Options, destinations ...*core.Destination) *streamHouse {
	t.Helper()
	set := core.NewChannelSet(testServices(), store, &core.Options{Secret: []byte("a secret for tests, 32 bytes long")})
	h := &streamHouse{t: t, set: set, endpoint: New(opts), channel: "my-amf"}
	set.Map(&core.Channel{Name: "my-amf", Endpoint: h.endpoint})
	set.Map(&core.Channel{Name: "other-amf", Endpoint: New(opts)})
	for _, d := range destinations {
		set.AddDestination(d)
	}
	t.Cleanup(set.Drain)
	return h
}

var dsID = regexp.MustCompile(`"DSId": "([^"]+)"`)

// ping connects a client without an id, with small messages or without, and returns its id.
func (h *streamHouse) ping(version string) string {
	h.t.Helper()
	reply := call(h.t, h.set, "null", `[{"$class": "flex.messaging.messages.CommandMessage", "operation": 5, "messageId": "m",
		"headers": {"DSId": "nil", "DSMessagingVersion": `+version+`}}]`)
	found := dsID.FindStringSubmatch(reply)
	if found == nil {
		h.t.Fatalf("ping: got %s", reply)
	}
	return found[1]
}

// conn returns the connection of a client on my-amf, as it is stored now.
func (h *streamHouse) conn(id string) *core.Connection {
	h.t.Helper()
	_, conn, err := h.set.Load(h.t.Context(), "my-amf", id)
	if err != nil || conn == nil {
		h.t.Fatalf("no connection: %v", err)
	}
	return conn
}

func (h *streamHouse) subscribe(id, consumer, destination, subtopic string) {
	h.t.Helper()
	err := h.set.Subscribe(h.t.Context(), nil, h.conn(id), &core.SubscribeRequest{
		Subscription: core.Subscription{ID: consumer, Topic: core.Topic{Destination: destination, Subtopic: subtopic}}})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *streamHouse) publish(p *core.Publication) {
	h.t.Helper()
	if _, err := h.set.Publish(h.t.Context(), nil, p); err != nil {
		h.t.Fatal(err)
	}
}

func (h *streamHouse) say(destination string, body any) {
	h.t.Helper()
	h.publish(&core.Publication{Topic: core.Topic{Destination: destination}, Body: body})
}

// A liveReply is a Streamer that keeps what was sent.
type liveReply struct {
	header  http.Header
	refused *core.Fault

	mu        sync.Mutex
	streaming bool
	out       []byte
	sends     int
	slow      time.Duration // that each Send takes
	broken    error         // what Send fails with
}

func (r *liveReply) Header() http.Header { return r.header }

func (r *liveReply) Refuse(_ context.Context, f *core.Fault) error {
	r.refused = f
	return nil
}

func (r *liveReply) Stream(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.streaming = true
	return nil
}

func (r *liveReply) Send(_ context.Context, unit []byte) error {
	r.mu.Lock()
	slow := r.slow
	r.mu.Unlock()
	time.Sleep(slow)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken == nil && !r.streaming && len(unit) == 0 {
		return nil // the answer to a close
	}
	if r.broken != nil || !r.streaming {
		return errors.Join(r.broken, errors.New("not sent"))
	}
	r.out = append(r.out, unit...)
	r.sends++
	return nil
}

func (r *liveReply) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// An openStream is a request for a stream that is being served.
type openStream struct {
	*liveReply
	t      testing.TB
	id     string // the stream's
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
	read   int // bytes of out that were looked at
	unread []string
}

// request sends a streaming request and returns without waiting for its end.
func (h *streamHouse) request(query, form string, header http.Header) *openStream {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	s := &openStream{liveReply: &liveReply{header: http.Header{}}, t: h.t, cancel: cancel, ended: make(chan struct{})}
	in := &core.Inbound{Unit: []byte(form), Reply: s.liveReply,
		Peer: core.Peer{Transport: "http", Header: header, URL: &url.URL{Path: "/amf", RawQuery: query}}}
	channel := h.channel
	go func() {
		defer close(s.ended)
		s.err = h.set.Serve(ctx, channel, in)
	}()
	return s
}

// open opens a stream and reads its first message.
func (h *streamHouse) open(id string) *openStream {
	h.t.Helper()
	s := h.request("command=open&version=1", "DSId="+id, http.Header{})
	synctest.Wait()
	frames := s.next()
	if len(frames) == 0 || !strings.Contains(frames[0], `"correlationId": "open"`) {
		h.t.Fatalf("the stream begins with %q, refused %v, error %v", frames, s.refused, s.err)
	}
	s.id, s.unread = openBody.FindStringSubmatch(frames[0])[1], frames[1:]
	return s
}

var openBody = regexp.MustCompile(`"body": "([^"]+)"`)

// do sends a streaming request and waits for its end. It returns the fault it was refused with, "" for none.
func (h *streamHouse) do(query, form string) string {
	h.t.Helper()
	s := h.request(query, form, http.Header{})
	<-s.ended
	switch {
	case s.err != nil:
		h.t.Fatalf("%s: %v", query, s.err)
	case s.refused != nil:
		return s.refused.Code.String() + ": " + s.refused.Message
	case len(s.out) != 0:
		h.t.Errorf("%s: got %x", query, s.out)
	}
	return ""
}

// next returns what has been sent since it was last asked, in words: a message, "beat", or "padding N".
func (s *openStream) next() []string {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	frames, err := readFrames(s.out[s.read:])
	if err != nil {
		s.t.Fatalf("frames %x: %v", s.out[s.read:], err)
	}
	frames = append(s.unread, frames...)
	s.read, s.unread = len(s.out), nil
	return frames
}

// wantBodies checks the bodies of the messages that were sent since it was last asked; heartbeats do not count.
func (s *openStream) wantBodies(want ...string) {
	s.t.Helper()
	var got []string
	for _, f := range s.next() {
		if f != "beat" {
			got = append(got, openBody.FindStringSubmatch(f + `"body": "?"`)[1])
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		s.t.Errorf("bodies (-want +got):\n%s", d)
	}
}

// wantEnd checks that the stream has ended, and whether the client was told to disconnect.
func (s *openStream) wantEnd(told bool) {
	s.t.Helper()
	synctest.Wait()
	select {
	case <-s.ended:
	default:
		s.t.Error("the stream has not ended")
		s.cancel()
		<-s.ended
	}
	if s.err != nil {
		s.t.Errorf("Serve: %v", s.err)
	}
	last := ""
	for _, f := range s.next() {
		if f != "beat" {
			last = f
		}
	}
	if got := strings.Contains(last, "CommandMessage") && strings.Contains(last, `"operation": 12`); got != told {
		s.t.Errorf("the stream ends with %q; told to disconnect is %v, want %v", last, got, told)
	}
}

// readFrames reads what a stream has sent as a Flex client does, in words: see openStream.next.
func readFrames(b []byte) (frames []string, err error) {
	for len(b) > 0 {
		if b[0] == 0 {
			frames, b = append(frames, "beat"), b[1:]
			continue
		}
		digits, rest, _ := strings.Cut(string(b), "\r\n")
		n, err := strconv.ParseUint(digits, 16, 31)
		if err != nil || int(n) > len(rest) || n == 0 {
			return frames, errors.Join(err, errors.New("a frame of "+strconv.Quote(digits)+" bytes that is none"))
		}
		content := rest[:n]
		if b = []byte(strings.TrimPrefix(rest[n:], "\r\n")); content[0] == 0 {
			frames = append(frames, "padding "+strconv.Itoa(len(content)))
			continue
		}
		text, err := readFrameMessage([]byte(content))
		if err != nil {
			return frames, err
		}
		frames = append(frames, text)
	}
	return frames, nil
}

// readFrameMessage describes the message of a frame, which has to fill it.
func readFrameMessage(content []byte) (string, error) {
	r := wire.NewReader(content, &wire.ReaderOptions{Version: wire.AMF3})
	var v any
	if err := value.NewDecoder(r, transcriptClasses(), value.Limits{}).Bind(&v); err != nil {
		return "", err
	}
	if r.Offset() != len(content) {
		return "", errors.New("bytes behind the message of a frame")
	}
	return describe(v), nil
}
