package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/protocols/sse"
	"github.com/patchbay-go/patchbay/stores/memory"
)

const streamType = "application/vnd.awslambda.http-integration-response"

// streamed has an event served as a stream, to its end, and returns the parts of the answer.
func streamed(t testing.TB, app *lambda.App, event []byte) (prelude *answer, body string, err error) {
	t.Helper()
	s, err := app.InvokeStream(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.ContentType(); got != streamType {
		t.Errorf("content type %q", got)
	}
	b, err := io.ReadAll(s)
	if closed := s.Close(); closed != nil {
		t.Errorf("close: %v", closed)
	}
	head, rest, ok := bytes.Cut(b, make([]byte, 8))
	if !ok {
		t.Fatalf("no eight zeros in %q", b)
	}
	return parse(t, head), string(rest), err
}

// A stream begins with status and headers, in the shape that its source wants.
func TestStreamedAnswers(t *testing.T) {
	app := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amf")
		w.Header()["X-Twice"] = []string{"one", "two"}
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "\x00\xff")
		_, _ = io.WriteString(w, "more")
	})
	for shape, want := range map[string]*answer{
		"rest": {Status: 202, Multi: map[string][]string{"Content-Type": {"application/x-amf"}, "X-Twice": {"one", "two"}, "Set-Cookie": {"a=1", "b=2"}}},
		"url":  {Status: 202, Single: map[string]string{"Content-Type": "application/x-amf", "X-Twice": "one, two"}, Cookies: []string{"a=1", "b=2"}},
	} {
		prelude, body, err := streamed(t, app, load(t, shape))
		if err != nil || body != "\x00\xffmore" {
			t.Errorf("%s: got %q, %v", shape, body, err)
		}
		if diff := cmp.Diff(want, prelude); diff != "" {
			t.Errorf("%s: prelude (-want +got):\n%s", shape, diff)
		}
	}
}

// What a handler does besides writing a body, in one table.
func TestStreamedHandlers(t *testing.T) {
	for _, c := range []struct {
		name    string
		method  string
		handler http.HandlerFunc
		status  int
		body    string
		failed  bool
	}{
		{"nothing", "GET", func(http.ResponseWriter, *http.Request) {}, 200, "", false},
		{"status alone", "GET", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, 404, "", false},
		{"no body by 204", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			if _, err := io.WriteString(w, "x"); !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("got %v", err)
			}
		}, 204, "", false},
		{"HEAD", "HEAD", write("hello"), 200, "", false},
		{"no limit", "GET", write(strings.Repeat("x", 7<<20)), 200, strings.Repeat("x", 7<<20), false},
		{"panic before", "GET", func(http.ResponseWriter, *http.Request) { panic("oops") }, 500, "The server could not answer.\n", false},
		{"panic behind a status", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			panic("oops")
		}, 500, "The server could not answer.\n", false},
		{"panic between", "GET", func(w http.ResponseWriter, r *http.Request) {
			write("half")(w, r)
			panic("oops")
		}, 200, "half", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			event := edited(t, "url", func(e map[string]any) {
				e["requestContext"].(map[string]any)["http"].(map[string]any)["method"] = c.method
			})
			prelude, body, err := streamed(t, answering(t, c.handler), event)
			if prelude.Status != c.status || body != c.body || (err != nil) != c.failed {
				t.Errorf("got %d %.40q, %v", prelude.Status, body, err)
			}
			if err != nil && strings.Contains(err.Error(), "oops") {
				t.Errorf("the caller is told %v", err)
			}
		})
	}
}

// Each part is on its way when it is written, and flushing is possible: the headers go out before there is a body.
func TestStreamedPartByPart(t *testing.T) {
	next := make(chan string)
	app := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		for text := range next {
			_, _ = io.WriteString(w, text)
		}
	})
	s, err := app.InvokeStream(t.Context(), load(t, "url"))
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1000)
	n, err := s.Read(b)
	if err != nil || !bytes.HasSuffix(b[:n], make([]byte, 8)) {
		t.Fatalf("got %q, %v", b[:n], err)
	}
	for _, text := range []string{"one", "two"} {
		next <- text
		if n, err := s.Read(b); err != nil || string(b[:n]) != text {
			t.Errorf("got %q, %v; want %q", b[:n], err, text)
		}
	}
	close(next)
	if rest, err := io.ReadAll(s); err != nil || len(rest) > 0 || s.Close() != nil {
		t.Errorf("got %q, %v at the end", rest, err)
	}
}

// Who stops to read ends the handler, and who stops to read without a word lets go of it when the time is over.
func TestUnreadStreamEnds(t *testing.T) {
	t.Run("closed", func(t *testing.T) {
		ended := make(chan error, 2)
		app := answering(t, func(w http.ResponseWriter, r *http.Request) {
			_, err := io.WriteString(w, "x")
			ended <- err
			<-r.Context().Done()
			ended <- r.Context().Err()
		})
		s, err := app.InvokeStream(t.Context(), load(t, "url"))
		if err != nil || s.Close() != nil {
			t.Fatal(err)
		}
		if err, why := <-ended, <-ended; err == nil || !errors.Is(why, context.Canceled) {
			t.Errorf("write: %v; context: %v", err, why)
		}
	})
	t.Run("out of time", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		ended := make(chan error, 1)
		app := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			_, err := io.WriteString(w, "x")
			ended <- err
		})
		s, err := app.InvokeStream(ctx, load(t, "url"))
		if err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil {
			t.Error("what nobody reads was written")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Events that are no requests, and those of sources that know no streams, are answered whole, as plain JSON.
func TestStreamOfOtherEvents(t *testing.T) {
	app := lambda.New(newSet(t), &lambda.Options{Stream: true, HTTP: write("x")})
	for _, name := range []string{"balancer", "schedule"} {
		s, err := app.InvokeStream(t.Context(), load(t, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(s)
		if err != nil || s.ContentType() != "application/json" || !json.Valid(b) || s.Close() != nil {
			t.Errorf("%s: got %q as %s, %v", name, b, s.ContentType(), err)
		}
	}
	if s, err := app.InvokeStream(t.Context(), []byte(`{"unknown": 1}`)); err == nil {
		t.Errorf("got %v for an event of no kind", s)
	}
	prelude, body, err := streamed(t, app, edited(t, "rest", func(e map[string]any) { e["body"] = "*" }))
	if err != nil || prelude.Status != http.StatusBadRequest {
		t.Errorf("got %d %q, %v for a request that cannot be read", prelude.Status, body, err)
	}
}

// streamingSet offers what can be subscribed to by streams.
func streamingSet(t *testing.T) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	set.AddDestination(&core.Destination{Name: "news"})
	set.Map(&core.Channel{Name: "events", Endpoint: sse.New(nil)})
	set.Map(&core.Channel{Name: "amf", Endpoint: amf.New(nil)})
	t.Cleanup(func() { _ = set.Close() })
	return set
}

var streamingPaths = map[string]string{"/events": "events", "/amf": "amf"}

// Server-sent events come through a stream, and end in order when the function's time does; a whole answer has
// what there is.
func TestServerSentEvents(t *testing.T) {
	set := streamingSet(t)
	web := server.NewRequestHandler(set, &server.Options{Paths: streamingPaths})
	app := lambda.New(set, &lambda.Options{HTTP: web, Reserve: 100 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	event := edited(t, "url", func(e map[string]any) {
		e["rawPath"], e["rawQueryString"], e["body"] = "/events", "topic=news", ""
		e["requestContext"].(map[string]any)["http"].(map[string]any)["method"] = "GET"
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	s, err := app.InvokeStream(ctx, event)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	b := make([]byte, 4096)
	published := false
	for err == nil {
		var n int
		n, err = s.Read(b)
		got.Write(b[:n])
		if !published && strings.Contains(got.String(), "retry:") {
			published = true
			p := &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "hello"}
			if _, err := set.Publish(t.Context(), nil, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !errors.Is(err, io.EOF) || ctx.Err() != nil || s.Close() != nil {
		t.Errorf("ended with %v, before the deadline: %v", err, ctx.Err() == nil)
	}
	if !strings.Contains(got.String(), `"text/event-stream`) || !strings.Contains(got.String(), `"body":"hello"`) {
		t.Errorf("got %q", got.String())
	}
	if a := invoke(t, app, event); a.Status != http.StatusOK || a.Encoded || !strings.HasPrefix(a.Body, "retry:") {
		t.Errorf("whole: got %d %s", a.Status, a.body(t))
	}
}
