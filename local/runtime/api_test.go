package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

const apiPrefix = "/2018-06-01/runtime/"

// elsewhere offers the Runtime API to a function that the test plays itself.
func elsewhere(t *testing.T, opts *Options) (f *Function, url string) {
	t.Helper()
	f = New(opts)
	server := httptest.NewServer(f.Handler())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		f.Close()
	})
	return f, server.URL
}

type outcomeOf struct {
	result *local.Result
	err    error
}

// begin invokes the function beside the test.
func begin(ctx context.Context, f *Function, event string) <-chan outcomeOf {
	done := make(chan outcomeOf, 1)
	go func() {
		result, err := f.Invoke(ctx, []byte(event))
		done <- outcomeOf{result, err}
	}()
	return done
}

// next polls, and returns the request's id and its event.
func next(t *testing.T, url string) (id, event string) {
	t.Helper()
	resp, err := http.Get(url + apiPrefix + "invocation/next")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("next: got %d, %v", resp.StatusCode, err)
	}
	return resp.Header.Get(headerRequestID), string(body)
}

func send(t *testing.T, url, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestConversation is what a runtime may do with one event, and what it is told.
func TestConversation(t *testing.T) {
	f, url := elsewhere(t, nil)
	done := begin(t.Context(), f, `{"a":1}`)
	id, event := next(t, url)
	if event != `{"a":1}` {
		t.Errorf("event: got %s", event)
	}
	at := url + apiPrefix + "invocation/"
	for _, step := range []struct {
		path, body string
		status     int
		want       string // a part of it
	}{
		{"other/response", "x", 400, `"errorType":"InvalidRequestID"`},
		{"other/error", "{}", 400, `"errorType":"InvalidRequestID"`},
		{id + "/response", "answer", 202, `{"status":"OK"}`},
		{id + "/response", "second", 403, `"errorType":"InvalidStateTransition"`},
		{id + "/error", "{}", 403, `"errorType":"InvalidStateTransition"`},
		{"../init/error", "{}", 403, `"errorType":"InvalidStateTransition"`},
	} {
		if status, got := send(t, at+step.path, step.body); status != step.status || !strings.Contains(got, step.want) {
			t.Errorf("%s: got %d %s, want %d %s", step.path, status, got, step.status, step.want)
		}
	}
	if e := <-done; e.err != nil || string(e.result.Payload) != "answer" || e.result.RequestID != id {
		t.Errorf("got %+v", e)
	}
}

func TestReports(t *testing.T) {
	f, url := elsewhere(t, nil)
	for _, row := range []struct {
		report, header        string
		typ, message, payload string
	}{
		{`{"errorType":"E","errorMessage":"m","stackTrace":["s"]}`, "other", "E", "m", `{"errorType":"E","errorMessage":"m","stackTrace":["s"]}`},
		{`{"errorMessage":"m"}`, "Function.Bad", "Function.Bad", "m", `{"errorMessage":"m"}`},
		{`out of paper`, "", "Unhandled", "out of paper", `{"errorType":"Unhandled","errorMessage":"out of paper"}`},
		{``, "E", "E", "", `{"errorType":"E","errorMessage":""}`},
		{`[1]`, "E", "E", "[1]", `{"errorType":"E","errorMessage":"[1]"}`},
	} {
		done := begin(t.Context(), f, "{}")
		id, _ := next(t, url)
		req, _ := http.NewRequest(http.MethodPost, url+apiPrefix+"invocation/"+id+"/error", strings.NewReader(row.report))
		req.Header.Set(headerErrorType, row.header)
		resp, err := http.DefaultClient.Do(req)
		if err != nil || resp.StatusCode != http.StatusAccepted {
			t.Fatalf("%s: got %v, %v", row.report, resp, err)
		}
		_ = resp.Body.Close()
		failure, _ := errors.AsType[*local.Failure]((<-done).err)
		if failure == nil || failure.Kind != local.Unhandled || failure.Type != row.typ || failure.Message != row.message || string(failure.Payload) != row.payload {
			t.Errorf("%s: got %+v", row.report, failure)
		}
	}
}

// A function that was started elsewhere cannot be killed, so only the invocation ends, and what the function answers later is refused.
func TestTimeoutElsewhere(t *testing.T) {
	f, url := elsewhere(t, &Options{Timeout: 50 * time.Millisecond})
	done := begin(t.Context(), f, "{}")
	id, _ := next(t, url)
	if failure, ok := errors.AsType[*local.Failure]((<-done).err); !ok || failure.Kind != local.TimedOut {
		t.Errorf("got %v", failure)
	}
	for range 1000 {
		status, _ := send(t, url+apiPrefix+"invocation/"+id+"/response", "late")
		if status == http.StatusBadRequest {
			return
		}
		if status != http.StatusForbidden { // ended, and about to be forgotten
			t.Fatalf("a late answer: got %d", status)
		}
	}
	t.Error("the invocation was not forgotten")
}

// A poller that has gone away does not swallow the event.
func TestPollerGoes(t *testing.T) {
	f, url := elsewhere(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	gone := make(chan struct{})
	same := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		cancel() // the poller goes as soon as it is here
		f.Handler().ServeHTTP(w, r)
	}))
	defer same.Close()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, same.URL+apiPrefix+"invocation/next", nil)
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Fatal("there was an event")
	}
	<-gone // the server has seen that the connection is closed
	done := begin(t.Context(), f, "{}")
	id, _ := next(t, url)
	send(t, url+apiPrefix+"invocation/"+id+"/response", "1")
	if e := <-done; e.err != nil {
		t.Error(e.err)
	}
}

func TestExtension(t *testing.T) {
	_, url := elsewhere(t, nil)
	for _, row := range []struct {
		name, body string
		status     int
	}{
		{"sigterm", `{"events":[]}`, 200},
		{"", `{"events":[]}`, 400},
		{"telemetry", `{"events":["INVOKE"]}`, 400},
		{"broken", `{`, 400},
	} {
		req, _ := http.NewRequest(http.MethodPost, url+"/2020-01-01/extension/register", strings.NewReader(row.body))
		req.Header.Set("Lambda-Extension-Name", row.name)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != row.status || row.status == 200 && resp.Header.Get("Lambda-Extension-Identifier") == "" {
			t.Errorf("%q %s: got %d %v, want %d", row.name, row.body, resp.StatusCode, resp.Header, row.status)
		}
	}
}

// FuzzRuntimeAPI: whatever a process answers or reports, its invocation ends, and a failure of it is JSON.
func FuzzRuntimeAPI(f *testing.F) {
	f.Add([]byte(`{"errorType":"E","errorMessage":"m"}`), "E", true)
	f.Add([]byte("\xff"), "", true)
	f.Add([]byte(`null`), "a\nb", false)
	f.Fuzz(func(t *testing.T, body []byte, errorType string, failed bool) {
		function := New(nil)
		defer function.Close()
		inv := newInvocation([]byte("{}"), false)
		function.alien.take(inv)
		path, want := "/response", http.StatusAccepted
		if failed {
			path = "/error"
		}
		r := httptest.NewRequest(http.MethodPost, apiPrefix+"invocation/"+inv.id+path, strings.NewReader(string(body)))
		r.Header[headerErrorType] = []string{errorType}
		w := httptest.NewRecorder()
		function.Handler().ServeHTTP(w, r)
		function.alien.poll()
		out := <-inv.settled
		switch {
		case w.Code != want || (out.failure != nil) != failed:
			t.Errorf("got %d, %+v", w.Code, out)
		case failed && !json.Valid(out.failure.Payload):
			t.Errorf("failure: got %q", out.failure.Payload)
		case !failed && string(out.payload) != string(body):
			t.Errorf("payload: got %q", out.payload)
		}
	})
}

// BenchmarkInvoke is what the platform itself adds to an invocation: two requests of the function and what is between.
func BenchmarkInvoke(b *testing.B) {
	f := New(nil)
	server := httptest.NewServer(f.Handler())
	defer server.Close()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+apiPrefix+"invocation/next", nil)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return
			}
			event, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			answer := fmt.Sprintf("%s%sinvocation/%s/response", server.URL, apiPrefix, resp.Header.Get(headerRequestID))
			if resp, err = http.Post(answer, "application/json", strings.NewReader(string(event))); err == nil {
				_ = resp.Body.Close()
			}
		}
	}()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Invoke(b.Context(), []byte("{}")); err != nil {
			b.Fatal(err)
		}
	}
}

// Whoever waits in vain learns why from the log, once.
func TestHint(t *testing.T) {
	for name, row := range map[string]struct {
		opts *Options
		want string
	}{
		"elsewhere": {&Options{}, "AWS_LAMBDA_RUNTIME_API"},
		"here":      {&Options{Bootstrap: "any"}, "processes=1"},
	} {
		log := &buffer{}
		row.opts.Logger = slog.New(slog.NewTextHandler(log, nil))
		f := New(row.opts)
		f.hint()
		f.hint()
		if strings.Count(log.String(), row.want) != 1 {
			t.Errorf("%s: got %s, want %s once", name, log, row.want)
		}
	}
}
