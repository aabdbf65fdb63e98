package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// echoEndpoint is a protocol whose units are words: it sends back what it gets, but for a few that make it do something else.
type echoEndpoint struct {
	entered chan struct{} // told when "wait" waits
}

func (echoEndpoint) Traits() core.Traits {
	return core.Traits{Protocol: "echo", ContentType: "application/x-echo"}
}

func (e echoEndpoint) Serve(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	switch unit := string(in.Unit); unit {
	case "nothing":
		return nil
	case "two":
		return errors.Join(in.Reply.Send(ctx, []byte("one,")), in.Reply.Send(ctx, []byte("two")))
	case "half":
		return errors.Join(in.Reply.Send(ctx, []byte("half")), errors.New("secret reason"))
	case "panic":
		panic("oops")
	case "who":
		return in.Reply.Send(ctx, []byte(in.Peer.Host()+" "+in.Peer.URL.RequestURI()+" "+in.Peer.Cookie("id")))
	case "cookie":
		in.SetCookie(&http.Cookie{Name: "id", Value: "x"})
		return in.Reply.Send(ctx, []byte("set"))
	case "call":
		_, err := set.Invoke(ctx, &core.Call{Service: "s", Operation: "fail"})
		return in.Reply.Send(ctx, []byte(core.AsFault(err).Message))
	case "wait":
		e.entered <- struct{}{}
		<-ctx.Done()
		return in.Reply.Send(ctx, []byte("canceled"))
	default:
		return e.echo(ctx, in)
	}
}

// echo refuses "refuse CODE" and sends back anything else.
func (echoEndpoint) echo(ctx context.Context, in *core.Inbound) error {
	if name, ok := bytes.CutPrefix(in.Unit, []byte("refuse ")); ok {
		for _, c := range core.Codes() {
			if c.String() == string(name) {
				return in.Reply.Refuse(ctx, c.Errorf("because"))
			}
		}
	}
	return in.Reply.Send(ctx, in.Unit)
}

// brokenStore is a store that answers with err, and counts how often it was asked.
type brokenStore struct {
	core.Store
	mu    sync.Mutex
	err   error
	asked int
}

func (s *brokenStore) Get(context.Context, ...core.Key) ([]core.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return nil, s.err
}

// A site is a server that runs for one test.
type site struct {
	*Server
	url    string
	store  *brokenStore
	log    *lockedBuffer
	waits  chan struct{}
	stop   context.CancelFunc
	served chan error // what Serve has returned
}

const maxUnit = 1000

func newSet(store core.Store, logger *slog.Logger, endpoint core.Endpoint) *core.ChannelSet {
	fail := func(context.Context) (struct{}, error) { return struct{}{}, core.Failed.Errorf("on purpose") }
	services := core.NewServiceMapper(core.NewService("s").Map("fail", core.Func0(fail)))
	set := core.NewChannelSet(services, store, &core.Options{Logger: logger, Observer: Observer(nil)})
	return set.Map(&core.Channel{Name: "words", Endpoint: endpoint, MaxUnit: maxUnit})
}

func start(t *testing.T, opts Options) *site {
	t.Helper()
	st := &site{store: &brokenStore{}, log: &lockedBuffer{}, waits: make(chan struct{}), served: make(chan error, 1)}
	opts.Paths = map[string]string{"/words": "words"}
	st.Server = New(newSet(st.store, slog.New(slog.NewJSONHandler(st.log, nil)), echoEndpoint{st.waits}), &opts)
	addr, err := st.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	st.url = "http://" + addr.String()
	ctx, stop := context.WithCancel(t.Context())
	st.stop = stop
	go func() { st.served <- st.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		_ = st.Shutdown(context.Background())
	})
	return st
}

// A result is what a test looks at of an answer.
type result struct {
	status int
	header http.Header
	body   string
}

func (st *site) do(t *testing.T, method, path, body string, header ...string) result {
	t.Helper()
	return st.send(t, method, path, strings.NewReader(body), header...)
}

func (st *site) send(t *testing.T, method, path string, body io.Reader, header ...string) result {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, st.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	req.Host = req.Header.Get("Host") // empty: that of the URL
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return result{resp.StatusCode, resp.Header, string(b)}
}

// lines returns what was logged, once the server has ended and so logs nothing more.
func (st *site) lines(t *testing.T) []map[string]any {
	t.Helper()
	st.stop()
	if err := <-st.served; err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	for line := range strings.Lines(st.log.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		lines = append(lines, m)
	}
	return lines
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// conversation writes text to the server as it is and returns all it answers until it closes.
func (st *site) conversation(t *testing.T, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(st.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(answer), "\r\n", "\n")
}
