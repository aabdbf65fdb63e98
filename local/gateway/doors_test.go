package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/patchbay-go/patchbay/local"
)

// A scripted function keeps the events that it is handed, and answers what it is told to.
type scripted struct {
	answer      []byte
	failure     error
	contentType string           // of a stream
	stream      func() io.Reader // nil: the answer

	mu     sync.Mutex
	events [][]byte
}

func (f *scripted) note(event []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, bytes.Clone(event))
}

// last is the event that it was handed last, or nil.
func (f *scripted) last() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.events) == 0 {
		return nil
	}
	return f.events[len(f.events)-1]
}

func (f *scripted) Invoke(_ context.Context, event []byte) (*local.Result, error) {
	f.note(event)
	if f.failure != nil {
		return nil, f.failure
	}
	return &local.Result{RequestID: "1", Payload: f.answer}, nil
}

func (f *scripted) InvokeStream(_ context.Context, event []byte) (*local.Stream, error) {
	f.note(event)
	if f.failure != nil {
		return nil, f.failure
	}
	body := io.Reader(bytes.NewReader(f.answer))
	if f.stream != nil {
		body = f.stream()
	}
	return &local.Stream{RequestID: "1", ContentType: f.contentType, Body: io.NopCloser(body)}, nil
}

// The moment and the first id of all tests.
var noon = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func fixedOptions() *Options {
	return &Options{Now: func() time.Time { return noon }, NewID: func() string { return "id-1" }}
}

// openDoorOf makes the door that a transcript asks for: its name and settings.
func openDoorOf(t *testing.T, line string, f StreamInvoker) http.Handler {
	t.Helper()
	words := strings.Fields(line)
	opts := fixedOptions()
	for _, word := range words[1:] {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "stage":
			opts.Stage = value
		case "variable":
			opts.StageVariables = map[string]string{"variable": value}
		case "trust":
			opts.TrustAuthorizer = true
		default:
			t.Fatalf("no setting %q", word)
		}
	}
	switch words[0] {
	case "rest":
		return NewREST(f, opts)
	case "rest-stream":
		return NewStreamingREST(f, opts)
	case "http":
		return NewHTTP(f, opts)
	case "url":
		return NewURL(f, opts)
	case "url-stream":
		return NewStreamingURL(f, opts)
	case "alb":
		return NewALB(f, opts)
	case "alb-multi":
		return NewMultiValueALB(f, opts)
	}
	t.Fatalf("no door %q", words[0])
	return nil
}

// ask sends a request as it is written, and returns the response with its body read.
func ask(t *testing.T, door http.Handler, request string) (*http.Response, []byte) {
	t.Helper()
	server := httptest.NewServer(door)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

// raw is a request of a transcript as it goes out.
func raw(text string) string {
	head, body, _ := strings.Cut(text, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	if body != "" {
		head += fmt.Sprintf("\nContent-Length: %d", len(body))
	}
	return strings.ReplaceAll(strings.TrimSuffix(head, "\n"), "\n", "\r\n") + "\r\n\r\n" + body
}

// TestDoors is the conformance list of the doors for HTTP: each transcript is a request, the event that AWS makes of it, the function's
// answer, and the response that AWS makes of that.
func TestDoors(t *testing.T) {
	files, err := filepath.Glob("testdata/doors/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			parts := sections(t, file)
			f := &scripted{answer: []byte(strings.TrimSuffix(parts["answer"], "\n"))}
			resp, body := ask(t, openDoorOf(t, parts["door"], f), raw(parts["request"]))
			checkEvent(t, f.last(), []byte(parts["event"]))
			checkDecodes(t, strings.Fields(parts["door"])[0], f.last())
			checkResponse(t, resp, body, parts["response"])
		})
	}
}

func sections(t *testing.T, file string) map[string]string {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := make(map[string]string)
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	return parts
}

// checkEvent compares an event with what AWS sends. Of the one member that is random it asks only that it is there.
func checkEvent(t *testing.T, got, want []byte) {
	t.Helper()
	var gotValue, wantValue map[string]any
	if err := json.Unmarshal(got, &gotValue); err != nil {
		t.Fatalf("event %s: %v", got, err)
	}
	if err := json.Unmarshal(want, &wantValue); err != nil {
		t.Fatalf("the transcript's event: %v", err)
	}
	if c, ok := gotValue["requestContext"].(map[string]any); ok && gotValue["resource"] != nil {
		if id, _ := c["extendedRequestId"].(string); id == "" {
			t.Error("no extendedRequestId")
		}
		delete(c, "extendedRequestId")
	}
	if diff := cmp.Diff(wantValue, gotValue); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// checkDecodes sees whether AWS's own types for Go take the event.
func checkDecodes(t *testing.T, door string, event []byte) {
	t.Helper()
	var method, path string
	var err error
	switch door {
	case "rest":
		var e events.APIGatewayProxyRequest
		err = json.Unmarshal(event, &e)
		method, path = e.RequestContext.HTTPMethod, e.RequestContext.Path
	case "http":
		var e events.APIGatewayV2HTTPRequest
		err = json.Unmarshal(event, &e)
		method, path = e.RequestContext.HTTP.Method, e.RawPath
	case "url":
		var e events.LambdaFunctionURLRequest
		err = json.Unmarshal(event, &e)
		method, path = e.RequestContext.HTTP.Method, e.RawPath
	case "alb", "alb-multi":
		var e events.ALBTargetGroupRequest
		err = json.Unmarshal(event, &e)
		method, path = e.HTTPMethod, e.Path
	}
	if err != nil || method == "" || !strings.HasPrefix(path, "/") {
		t.Errorf("aws-lambda-go reads %q, %q, %v", method, path, err)
	}
}

// checkResponse compares status, the headers that are listed ("-" is for none), and the body.
func checkResponse(t *testing.T, resp *http.Response, body []byte, want string) {
	t.Helper()
	head, wantBody, _ := strings.Cut(want, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	if got := fmt.Sprint(resp.StatusCode); got != lines[0] {
		t.Errorf("status: got %s, want %s; body %s", got, lines[0], body)
	}
	wanted := http.Header{}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		wanted.Add(name, value)
	}
	for name, values := range wanted {
		if got := resp.Header.Values(name); values[0] == "-" && len(got) > 0 || values[0] != "-" && !cmp.Equal(got, values) {
			t.Errorf("%s: got %q, want %q", name, got, values)
		}
	}
	wantBody = strings.TrimSuffix(wantBody, "\n")
	if digits, ok := strings.CutPrefix(wantBody, "hex:"); ok {
		wantBytes, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		wantBody = string(wantBytes)
	}
	if string(body) != wantBody {
		t.Errorf("body: got %q, want %q", body, wantBody)
	}
}

// TestRefusals is what clients are told when there is no answer: for each door and failure AWS's status and words.
func TestRefusals(t *testing.T) {
	failed := local.NewFailure(local.Unhandled, "errorString", "cannot")
	late := local.NewFailure(local.TimedOut, "Sandbox.Timedout", "Task timed out")
	throttled := local.NewFailure(local.Throttled, "TooManyRequestsException", "Rate Exceeded.")
	tooLarge := local.NewFailure(local.TooLarge, "RequestTooLargeException", "too large")
	gone := context.DeadlineExceeded // as the door's own patience ends
	large := strings.Repeat("x", maxALBReply)
	for _, row := range []struct {
		door, name string
		failure    error
		answer     string
		request    string
		status     int
		body       string // a part of it
	}{
		{door: "rest", name: "failed", failure: failed, status: 502, body: `{"message":"Internal server error"}`},
		{door: "rest", name: "the function's timeout", failure: late, status: 502, body: `{"message":"Internal server error"}`},
		{door: "rest", name: "the door's patience", failure: gone, status: 504, body: `{"message":"Endpoint request timed out"}`},
		{door: "rest", name: "throttled", failure: throttled, status: 429, body: `{"message":"Too Many Requests"}`},
		{door: "rest", name: "event too large", failure: tooLarge, status: 413, body: `{"message":"Request Too Long"}`},
		{door: "rest", name: "no status code", answer: `{"body":"x"}`, status: 502, body: `{"message":"Internal server error"}`},
		{door: "rest", name: "a member of another format", answer: `{"statusCode":200,"cookies":[]}`, status: 502},
		{door: "rest", name: "a body that is no text", answer: `{"statusCode":200,"body":{"a":1}}`, status: 502},
		{door: "rest", name: "no base64", answer: `{"statusCode":200,"body":"%%","isBase64Encoded":true}`, status: 502},
		{door: "rest", name: "a header that is a list", answer: `{"statusCode":200,"headers":{"A":["b"]}}`, status: 502},
		{door: "rest", name: "text", answer: `"hello"`, status: 502},
		{door: "rest", name: "null", answer: `null`, status: 502},
		{door: "rest", name: "a status that is none", answer: `{"statusCode":101}`, status: 502},
		{door: "rest", name: "two answers", answer: `{"statusCode":200}{"statusCode":200}`, status: 502},
		{door: "rest stage=prod", name: "beside the stage", request: "/production/a", status: 403, body: `{"message":"Forbidden"}`},
		{door: "http", name: "failed", failure: failed, status: 500, body: `{"message":"Internal Server Error"}`},
		{door: "http", name: "the door's patience", failure: gone, status: 503, body: `{"message":"Service Unavailable"}`},
		{door: "http", name: "throttled", failure: throttled, status: 429, body: `{"message":"Too Many Requests"}`},
		{door: "http", name: "event too large", failure: tooLarge, status: 413, body: `{"message":"Request Entity Too Large"}`},
		{door: "http", name: "no JSON", answer: `hello`, status: 500},
		{door: "http", name: "a body that is no text", answer: `{"statusCode":200,"body":1}`, status: 500},
		{door: "http stage=dev", name: "beside the stage", request: "/development", status: 404, body: `{"message":"Not Found"}`},
		{door: "url", name: "failed", failure: failed, status: 502, body: "Internal Server Error"},
		{door: "url", name: "the function's timeout", failure: late, status: 502, body: "Internal Server Error"},
		{door: "url", name: "throttled", failure: throttled, status: 429, body: `"ReservedFunctionConcurrentInvocationLimitExceeded"`},
		{door: "url", name: "event too large", failure: tooLarge, status: 413, body: "6291456"},
		{door: "url-stream", name: "failed before it began", failure: failed, status: 502, body: "Internal Server Error"},
		{door: "rest-stream", name: "without prelude", answer: `{"statusCode":200,"body":"x"}`, status: 502, body: `{"message":"Internal server error"}`},
		{door: "rest-stream", name: "a prelude without end", answer: strings.Repeat(" ", maxPrelude+1), status: 502},
		{door: "rest-stream", name: "a prelude that is no JSON", answer: "hello" + preludeEnd, status: 502},
		{door: "alb", name: "failed", failure: failed, status: 502, body: "<h1>502 Bad Gateway</h1>"},
		{door: "alb", name: "the door's patience", failure: gone, status: 504, body: "<h1>504 Gateway Timeout</h1>"},
		{door: "alb", name: "throttled", failure: throttled, status: 502},
		{door: "alb", name: "null", answer: `null`, status: 502},
		{door: "alb", name: "no status code", answer: `{}`, status: 502},
		{door: "alb", name: "answer too large", answer: `{"statusCode":200,"body":"` + large + `"}`, status: 502},
	} {
		t.Run(row.door+": "+row.name, func(t *testing.T) {
			if row.request == "" {
				row.request = "/"
			}
			f := &scripted{answer: []byte(row.answer), failure: row.failure, contentType: local.PreludeType}
			resp, body := ask(t, openDoorOf(t, row.door, f), "GET "+row.request+" HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")
			if resp.StatusCode != row.status || !strings.Contains(string(body), row.body) {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, row.status, row.body)
			}
		})
	}
}

// TestRequestsRefused is what the doors refuse without asking the function.
func TestRequestsRefused(t *testing.T) {
	post := func(n int) string {
		return fmt.Sprintf("POST / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", n, strings.Repeat("x", n))
	}
	for _, row := range []struct {
		door, name, request string
		status              int
	}{
		{"rest", "10 MB and one byte", post(maxAPIBody + 1), 413},
		{"http", "10 MB and one byte", post(maxAPIBody + 1), 413},
		{"url", "6 MB and one byte", post(local.MaxPayload + 1), 413},
		{"alb", "1 MB and one byte", post(maxALBBody + 1), 413},
		{"alb", "a WebSocket", "GET / HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 400},
		{"http trust=yes", "an authorizer that is none", "GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\nPatchbay-Local-Authorizer: [1]\r\n\r\n", 400},
		{"http trust=yes", "null for an authorizer", "GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\nPatchbay-Local-Authorizer: null\r\n\r\n", 400},
	} {
		t.Run(row.door+": "+row.name, func(t *testing.T) {
			f := &scripted{answer: []byte(`{"statusCode":200}`)}
			resp, body := ask(t, openDoorOf(t, row.door, f), row.request)
			if resp.StatusCode != row.status || f.last() != nil {
				t.Errorf("got %d %s (event %.40s), want %d", resp.StatusCode, body, f.last(), row.status)
			}
		})
	}
}

func TestThrottle(t *testing.T) {
	opts := fixedOptions()
	opts.Faults = local.NewFaults(local.Probabilities{Throttle: 1}, 1)
	for name, row := range map[string]struct {
		door   func(Invoker, *Options) http.Handler
		status int
	}{"rest": {NewREST, 429}, "http": {NewHTTP, 429}, "url": {NewURL, 429}, "alb": {NewALB, 502}, "invoke": {NewInvoke, 429}} {
		f := &scripted{}
		resp, body := ask(t, row.door(f, opts), "POST / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
		if resp.StatusCode != row.status || f.last() != nil {
			t.Errorf("%s: got %d %s", name, resp.StatusCode, body)
		}
	}
}

func TestStreams(t *testing.T) {
	prelude := `{"statusCode":206,"headers":{"Content-Type":"text/event-stream"},"cookies":["a=1","b=2"]}` + preludeEnd
	for _, row := range []struct {
		door, contentType, answer string
		status                    int
		gotType, body             string
		cookies                   int
	}{
		{"url-stream", local.PreludeType, prelude + "data: 1", 206, "text/event-stream", "data: 1", 2},
		{"rest-stream", "", prelude + "data: 1", 206, "text/event-stream", "data: 1", 2},
		{"rest-stream", local.PreludeType, `{"multiValueHeaders":{"Set-Cookie":["x"]}}` + preludeEnd + "\x00\x01", 200, "application/json", "\x00\x01", 1},
		{"url-stream", "text/plain", prelude, 200, "text/plain", prelude, 0},
		{"url-stream", "", "bytes", 200, "application/octet-stream", "bytes", 0},
		{"url-stream", local.PreludeType, preludeEnd, 200, "application/json", "", 0},
	} {
		f := &scripted{answer: []byte(row.answer), contentType: row.contentType}
		f.stream = func() io.Reader { return byteByByte{strings.NewReader(row.answer)} }
		resp, body := ask(t, openDoorOf(t, row.door, f), "GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")
		if resp.StatusCode != row.status || string(body) != row.body || resp.Header.Get("Content-Type") != row.gotType || len(resp.Header.Values("Set-Cookie")) != row.cookies {
			t.Errorf("%s, %s, %q: got %d %v %q", row.door, row.contentType, row.answer, resp.StatusCode, resp.Header, body)
		}
	}
}

// byteByByte reads byte by byte, so that a prelude's end comes in parts.
type byteByByte struct{ r io.Reader }

func (o byteByByte) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return o.r.Read(p[:1])
}

// What a function has written reaches the client before it goes on, and a failure in the middle shows as a response that is not whole.
func TestStreamComesAtOnce(t *testing.T) {
	r, w := io.Pipe()
	f := &scripted{contentType: "text/plain", stream: func() io.Reader { return r }}
	server := httptest.NewServer(NewStreamingURL(f, nil))
	defer server.Close()
	go func() { _, _ = io.WriteString(w, "first") }()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	first := make([]byte, 5)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "first" {
		t.Fatalf("got %q, %v", first, err)
	}
	_ = w.CloseWithError(local.NewFailure(local.TimedOut, "Sandbox.Timedout", "Task timed out"))
	if rest, err := io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("after a failure: got %q, %v, want an unexpected end", rest, err)
	}
}

func TestPatience(t *testing.T) {
	opts := fixedOptions()
	d := newREST(waiting{}, opts)
	d.patience = time.Millisecond
	resp, body := ask(t, d, "GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")
	if resp.StatusCode != http.StatusGatewayTimeout {
		t.Errorf("got %d %s, want 504", resp.StatusCode, body)
	}
}

// waiting is a function that does not answer.
type waiting struct{}

func (waiting) Invoke(ctx context.Context, _ []byte) (*local.Result, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestInvokeDoor(t *testing.T) {
	for _, row := range []struct {
		name, path string
		header     string
		body       string
		answer     string
		failure    error
		status     int
		want       string
		gotError   string
	}{
		{name: "an SDK's", path: "/2015-03-31/functions/any/invocations", body: `{"a":1}`, answer: `"b"`, status: 200, want: `"b"`},
		{name: "by hand, without an event", path: "/", answer: `null`, status: 200, want: `null`},
		{name: "failed", path: "/", failure: local.NewFailure(local.Unhandled, "T", "m"), status: 200, want: `{"errorType":"T","errorMessage":"m"}`, gotError: "Unhandled"},
		{name: "throttled", path: "/", failure: local.NewFailure(local.Throttled, "TooManyRequestsException", "m"), status: 429, want: `{"Type":"User","message":"m"}`},
		{name: "nowhere", path: "/other", status: 404},
		{name: "not waited for", path: "/", header: "X-Amz-Invocation-Type: Event\r\n", status: 202},
		{name: "not waited for, too large", path: "/", header: "X-Amz-Invocation-Type: Event\r\n", body: strings.Repeat(" ", maxAsyncPayload+1), status: 413},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := &scripted{answer: []byte(row.answer), failure: row.failure}
			request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: api.test\r\n%sConnection: close\r\nContent-Length: %d\r\n\r\n%s", row.path, row.header, len(row.body), row.body)
			resp, body := ask(t, NewInvoke(f, nil), request)
			if resp.StatusCode != row.status || row.want != "" && string(body) != row.want || resp.Header.Get("X-Amz-Function-Error") != row.gotError {
				t.Errorf("got %d %v %s", resp.StatusCode, resp.Header, body)
			}
			if row.answer == "null" && string(f.last()) != "{}" {
				t.Errorf("event: got %s, want {}", f.last())
			}
		})
	}
}
