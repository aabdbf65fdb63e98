package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func TestRation(t *testing.T) {
	r := newRation(100, 60)
	for _, c := range []struct {
		addr string
		n    int
		ok   bool
	}{
		{"192.0.2.1:1", 50, true},
		{"192.0.2.1:2", 11, false},
		{"192.0.2.1:2", 10, true},
		{"[2001:db8::1]:1", 30, true},
		{"192.0.2.2:1", 11, false},
		{"192.0.2.2:1", 10, true},
	} {
		if err := r.take(c.addr, c.n); (err == nil) != c.ok {
			t.Errorf("%s, %d: got %v, want ok: %v", c.addr, c.n, err, c.ok)
		}
	}
	for addr, n := range map[string]int{"192.0.2.1:9": 60, "[2001:db8::9]:1": 30, "192.0.2.2:9": 10} {
		r.give(addr, n)
	}
	if r.taken != 0 || len(r.addresses) != 0 {
		t.Errorf("when all is given back: %d, %v", r.taken, r.addresses)
	}
}

// What large bodies take is counted until they have been served, and no longer; small ones always pass.
func TestLargeBodiesAreCounted(t *testing.T) {
	e := waitingEndpoint{entered: make(chan struct{}), leave: make(chan struct{})}
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	set.Map(&core.Channel{Name: "large", Endpoint: e, MaxUnit: 1 << 20})
	srv := httptest.NewServer(NewHandler(set, &Options{Paths: map[string]string{"/": "large"}, BodiesPerAddress: 200 << 10}))
	defer srv.Close()
	send := func(size int) *http.Response {
		resp, err := http.Post(srv.URL, "text/plain", strings.NewReader(strings.Repeat("x", size)))
		if err != nil {
			t.Error(err)
			return &http.Response{}
		}
		_ = resp.Body.Close()
		return resp
	}
	const large, small = 150 << 10, 10 << 10 // the large one fits once, without the 64 KiB that are free
	for range 2 {
		var served sync.WaitGroup
		for _, size := range []int{large, small} {
			served.Go(func() {
				if got := send(size).StatusCode; got != http.StatusOK {
					t.Errorf("%d bytes: status %d", size, got)
				}
			})
			<-e.entered
		}
		if got := send(large); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
			t.Errorf("a second large one: got %d", got.StatusCode)
		}
		e.leave <- struct{}{}
		e.leave <- struct{}{}
		served.Wait()
	}
}

// A waitingEndpoint tells that a unit has come, and answers when it is told to.
type waitingEndpoint struct {
	echoEndpoint

	entered, leave chan struct{}
}

func (e waitingEndpoint) Serve(ctx context.Context, _ *core.ChannelSet, in *core.Inbound) error {
	e.entered <- struct{}{}
	<-e.leave
	return in.Reply.Send(ctx, []byte("served"))
}

func TestLargeUnitsOfSocketsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
		set.Map(&core.Channel{Name: "words", Endpoint: newSocketEndpoint(), MaxUnit: 1 << 20})
		r := open(t, set, &Options{Paths: map[string]string{"/s": "words"}, BodiesPerAddress: 100 << 10})
		c := r.socket(t)
		c.SetReadLimit(1 << 20)
		for range 20 { // each is given back
			long := strings.Repeat("x", 100<<10)
			say(t, c, long)
			hear(t, c, long)
		}
		go func() { _ = c.Write(t.Context(), websocket.MessageText, make([]byte, 400<<10)) }()
		hearEnd(t, c, websocket.StatusTryAgainLater)
	})
}

// A few packed bytes do not become many. What is packed well, and not made for this, passes.
func TestExpansionIsBounded(t *testing.T) {
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	set.Map(&core.Channel{Name: "words", Endpoint: echoEndpoint{}, MaxUnit: 8 << 20})
	srv := httptest.NewServer(NewHandler(set, &Options{Paths: map[string]string{"/": "words"}}))
	defer srv.Close()
	for _, c := range []struct {
		name string
		body string
		want int
	}{
		{"one byte again and again", strings.Repeat("x", 4<<20), http.StatusRequestEntityTooLarge},
		{"not large", strings.Repeat("x", freeExpansion), http.StatusOK},
		{"records alike", strings.Repeat(`{"name":"Ann","born":"2001-02-03T04:05:06.000Z","tags":["a","b"],"id":12}`, 4000), http.StatusRequestEntityTooLarge},
		{"records", records(40_000), http.StatusOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			_, _ = io.WriteString(w, c.body)
			_ = w.Close()
			t.Logf("%d bytes become %d", packed.Len(), len(c.body))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, &packed)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Encoding", "gzip")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if answer, _ := io.ReadAll(resp.Body); resp.StatusCode != c.want {
				t.Errorf("got %d %.100q, want %d", resp.StatusCode, answer, c.want)
			}
		})
	}
}

// records are what a program might send: much of each is as in the others, and not all.
func records(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"name":"Ann","born":"2001-02-03T04:05:06.000Z","tags":["a","b"],"id":%d},`, i)
	}
	return b.String()
}

// A request that may wait for long lies in no more memory than it needs.
func TestFit(t *testing.T) {
	for _, c := range []struct{ length, capacity, want int }{
		{100, firstBuffer, firstBuffer}, {100, maxKept, firstBuffer}, {8000, maxKept, 8000}, {maxKept / 8, maxKept, maxKept},
	} {
		b := &buffer{bytes: make([]byte, c.length, c.capacity)}
		if b.fit(); len(b.bytes) != c.length || cap(b.bytes) > c.want*5/4 {
			t.Errorf("%d of %d bytes: got %d of %d, want %d", c.length, c.capacity, len(b.bytes), cap(b.bytes), c.want)
		}
	}
}
