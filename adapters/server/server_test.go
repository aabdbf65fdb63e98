package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func TestReadinessAsksTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &brokenStore{}
		s := New(newSet(store, nil, echoEndpoint{}), nil)
		rd := newReadiness(s.Handler)
		ask := func(err error, want error, times int) {
			t.Helper()
			store.err = err
			if _, got := rd.ask(t.Context()); !errors.Is(got, want) || store.asked != times {
				t.Errorf("got %v after %d questions, want %v after %d", got, store.asked, want, times)
			}
		}
		broken := errors.New("broken")
		ask(nil, nil, 1)
		ask(broken, nil, 1) // believed for a while
		time.Sleep(readyFor)
		ask(broken, broken, 2)
		ask(nil, broken, 2)
		time.Sleep(readyFor)
		ask(nil, nil, 3)
	})
}

// noting is a store with something to say.
type noting struct {
	core.Store
	note string
	err  error
}

func (n *noting) Note(context.Context) (string, error) { return n.note, n.err }

// TestReadinessShowsTheNote: what the store has to say stands in the second line.
func TestReadinessShowsTheNote(t *testing.T) {
	for _, c := range []struct {
		name   string
		store  *noting
		status int
		body   string
	}{
		{"a note", &noting{note: "kept since yesterday"}, 200, "ready\nkept since yesterday\n"},
		{"none", &noting{}, 200, "ready\n"},
		{"a store that cannot say it", &noting{err: errors.New("secret reason")}, 503, "The store does not answer."},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.store.Store = memory.New(nil)
			answer := httptest.NewRecorder()
			newReadiness(NewHandler(newSet(c.store, nil, echoEndpoint{}), nil)).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			if got := answer.Body.String(); answer.Code != c.status || !strings.Contains(got, c.body) || strings.Contains(got, "secret") {
				t.Errorf("got %d %q, want %d %q", answer.Code, got, c.status, c.body)
			}
		})
	}
}

func TestNotReady(t *testing.T) {
	st := start(t, Options{})
	st.store.err = errors.New("secret reason")
	if got := st.do(t, "GET", "/readyz", ""); got.status != 503 || strings.Contains(got.body, "secret") {
		t.Errorf("got %d %q, want 503 without the reason", got.status, got.body)
	}
	if got := st.do(t, "GET", "/livez", ""); got.status != 200 {
		t.Errorf("livez: got %d, want 200", got.status)
	}
}

// At the end readyz says so first, calls in flight go on, and those that take too long are canceled and still answered.
func TestShutdownCancelsWhatTakesTooLong(t *testing.T) {
	st := start(t, Options{Grace: 50 * time.Millisecond})
	answered := make(chan result, 1)
	go func() { answered <- st.do(t, "POST", "/words", "wait") }()
	<-st.waits
	st.stop()
	if err := <-st.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if got := <-answered; got.body != "canceled" {
		t.Errorf("got %d %q, want the answer of a canceled call", got.status, got.body)
	}
	if err := st.Shutdown(t.Context()); err != nil {
		t.Errorf("second Shutdown: %v", err)
	}
	if _, err := http.Get(st.url + "/livez"); err == nil {
		t.Error("the server still answers")
	}
}

// Whoever never ends a request's body is cut off, and the end is an orderly one all the same.
func TestShutdownDoesNotWaitForBodies(t *testing.T) {
	st := start(t, Options{Grace: 50 * time.Millisecond})
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(st.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	// The server says "continue" when it reads the body: so it is reading.
	if _, err := io.WriteString(c, "POST /words HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	st.stop()
	if err := <-st.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestNoticeBeforeTheEnd(t *testing.T) {
	st := start(t, Options{Notice: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- st.Shutdown(ctx) }()
	for st.do(t, "GET", "/readyz", "").status != 503 { // until Shutdown has begun
		t.Log("not yet")
	}
	if got := st.do(t, "POST", "/words", "hello"); got.body != "hello" {
		t.Errorf("a call during the notice: got %d %q", got.status, got.body)
	}
	cancel() // ends the notice
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCallsSeeTheirCallerGo(t *testing.T) {
	st := start(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, st.url+"/words", strings.NewReader("wait"))
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if _, err := http.DefaultTransport.RoundTrip(req); err == nil {
			t.Error("an answer came")
		}
	}()
	<-st.waits
	cancel()
	<-gone
	st.stop()
	if err := <-st.served; err != nil { // the call has ended, or Grace would be over
		t.Error(err)
	}
}

func TestListenOnATakenPort(t *testing.T) {
	st := start(t, Options{})
	taken := strings.TrimPrefix(st.url, "http://")
	if _, err := New(st.set, nil).Listen(taken); err == nil || !strings.Contains(err.Error(), taken) {
		t.Errorf("got %v, want an error that names %s", err, taken)
	}
}

func TestMountedBesideOthers(t *testing.T) {
	other := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("other " + r.URL.Path)) })
	st := start(t, Options{Other: other})
	if got := st.do(t, "GET", "/page", ""); got.body != "other /page" {
		t.Errorf("got %q", got.body)
	}
	if got := st.do(t, "POST", "/words", "hello"); got.body != "hello" {
		t.Errorf("got %q", got.body)
	}
}

func TestLogLine(t *testing.T) {
	st := start(t, Options{})
	for _, body := range []string{"secret words", "call", "refuse not found", "half"} {
		st.do(t, "POST", "/words", body, "Authorization", "Basic c2VjcmV0")
	}
	st.do(t, "GET", "/words", "")
	want := []map[string]any{
		{"msg": "request", "level": "INFO", "protocol": "echo", "channel": "words", "in": 12.0, "out": 12.0, "status": 200.0, "outcome": "ok"},
		{"msg": "request", "service": "s", "operation": "fail", "status": 200.0, "outcome": "failed", "session": nil},
		{"msg": "request", "status": 404.0, "outcome": "not found", "out": 8.0},
		{"msg": "request", "level": "ERROR", "status": 500.0, "outcome": "internal", "error": `serve on channel "words": secret reason`},
		{"msg": "request", "status": 405.0, "outcome": "refused"},
	}
	got := st.lines(t)
	if len(got) != len(want) {
		t.Fatalf("got %d lines, want %d: %v", len(got), len(want), got)
	}
	for i, line := range want {
		for name, v := range line {
			if got[i][name] != v {
				t.Errorf("line %d, %s: got %v, want %v", i, name, got[i][name], v)
			}
		}
	}
	if log := st.log.String(); strings.Contains(log, "secret words") || strings.Contains(log, "c2VjcmV0") {
		t.Errorf("bodies or credentials in the log:\n%s", log)
	}
}

func TestSetUpMistakesPanic(t *testing.T) {
	for name, paths := range map[string]map[string]string{
		"no such channel": {"/x": "nobody"},
		"our own path":    {"/livez": "words"},
		"no slash":        {"x": "words"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			New(newSet(&brokenStore{}, nil, echoEndpoint{}), &Options{Paths: paths})
		})
	}
}

func TestObserverTellsTheNextOne(t *testing.T) {
	next := &countingObserver{}
	o := Observer(next)
	ctx, done := o.CallStarted(withTrace(t.Context(), &trace{}), &core.Call{Service: "s", Operation: "o"})
	o.StoreUsed(ctx, "get", 1, 0, nil)
	done(nil)
	if next.calls != 1 || next.ended != 1 || next.stored != 1 {
		t.Errorf("got %+v, want one of each", next)
	}
}

type countingObserver struct{ calls, ended, stored int }

func (c *countingObserver) CallStarted(ctx context.Context, _ *core.Call) (context.Context, func(*core.Fault)) {
	c.calls++
	return ctx, func(*core.Fault) { c.ended++ }
}

func (c *countingObserver) StoreUsed(context.Context, string, int, time.Duration, error) { c.stored++ }

// BenchmarkRequest compares a short echo with what net/http alone takes for it.
func BenchmarkRequest(b *testing.B) {
	s := New(newSet(&brokenStore{}, slog.New(slog.DiscardHandler), echoEndpoint{}), &Options{Paths: map[string]string{"/words": "words"}})
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body [64]byte
		n, _ := r.Body.Read(body[:])
		w.Header().Set("Content-Type", "application/x-echo")
		_, _ = w.Write(body[:n])
	})
	for name, h := range map[string]http.Handler{"patchbay": s.Handler, "bare": bare} {
		b.Run(name, func(b *testing.B) { benchmarkHandler(b, h) })
	}
}

func benchmarkHandler(b *testing.B, h http.Handler) {
	b.ReportAllocs()
	w := &discarded{header: http.Header{}}
	body := strings.NewReader("")
	req, err := http.NewRequest(http.MethodPost, "/words", body)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		body.Reset("hello, benchmark")
		req.ContentLength = int64(body.Len())
		clear(w.header)
		h.ServeHTTP(w, req)
	}
}

type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d *discarded) WriteHeader(int)             {}

// SetWriteDeadline is what connections have.
func (d *discarded) SetWriteDeadline(time.Time) error { return nil }
