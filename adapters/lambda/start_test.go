package lambda

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// The end of the process ends waiting and flushes, for as long as there is time.
func TestTermination(t *testing.T) {
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	var left time.Duration
	app := New(set, &Options{Flush: func(ctx context.Context) {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
	}})
	app.terminate()
	if left <= 0 || left > 300*time.Millisecond {
		t.Errorf("a flush has %v", left)
	}
	conn := set.NewFeed()
	if _, err := conn.Next(t.Context()); err == nil {
		t.Error("who waits goes on waiting")
	}
	New(set, nil).terminate() // nothing to flush
}

// What aws-lambda-go is given is what it streams, or not.
func TestHandlerByMode(t *testing.T) {
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	if _, whole := New(set, nil).handler().(*App); !whole {
		t.Error("whole answers are streamed")
	}
	if _, whole := New(set, &Options{Stream: true}).handler().(*App); whole {
		t.Error("streams are whole")
	}
}

// Any number of invocations may run at once, and each has its own.
func TestInvocationsAtOnce(t *testing.T) {
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	app := New(set, &Options{HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain")
		_, _ = fmt.Fprintf(w, "%s %s", r.URL.Path, b)
	})})
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			want := fmt.Sprintf("/%d %s", i, strings.Repeat("x", i))
			event := fmt.Sprintf(`{"version":"2.0","rawPath":"/%d","body":%q,"requestContext":{"http":{"method":"POST"}}}`, i, strings.Repeat("x", i))
			for range 50 {
				b, err := app.Invoke(t.Context(), []byte(event))
				if err != nil || !strings.Contains(string(b), want) {
					t.Errorf("got %s, %v; want %s", b, err, want)
				}
				s, err := app.InvokeStream(t.Context(), []byte(event))
				if err != nil {
					t.Error(err)
					return
				}
				if b, err := io.ReadAll(s); err != nil || !strings.HasSuffix(string(b), "\x00"+want) || s.Close() != nil {
					t.Errorf("got %q, %v; want %s", b, err, want)
				}
			}
		})
	}
	running.Wait()
}
