package lambda_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// The shapes of requests, by their files in testdata.
var shapes = []string{"rest", "http", "url", "balancer", "balancer-multi"}

// newSet returns a set with nothing in it.
func newSet(t testing.TB) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	t.Cleanup(func() { _ = set.Close() })
	return set
}

// load returns an event of testdata.
func load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// edited returns an event of testdata after a change.
func edited(t testing.TB, name string, change func(e map[string]any)) []byte {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(load(t, name), &e); err != nil {
		t.Fatal(err)
	}
	change(e)
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// setHeader sets a header of an event in all forms that the event has.
func setHeader(e map[string]any, name, v string) {
	if h, ok := e["headers"].(map[string]any); ok {
		h[name] = v
	}
	if h, ok := e["multiValueHeaders"].(map[string]any); ok {
		h[name] = []any{v}
	}
}

// An answer is what any shape of answer says.
type answer struct {
	Status      int                 `json:"statusCode"`
	Description string              `json:"statusDescription"`
	Single      map[string]string   `json:"headers"`
	Multi       map[string][]string `json:"multiValueHeaders"`
	Cookies     []string            `json:"cookies"`
	Body        string              `json:"body"`
	Encoded     bool                `json:"isBase64Encoded"`
}

// body returns the bytes that its receiver would be sent.
func (a *answer) body(t testing.TB) string {
	t.Helper()
	if !a.Encoded {
		return a.Body
	}
	b, err := base64.StdEncoding.DecodeString(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// header returns the headers that its receiver would be sent.
func (a *answer) header() http.Header {
	h := http.Header{}
	for name, v := range a.Single {
		h.Add(name, v)
	}
	for name, list := range a.Multi {
		for _, v := range list {
			h.Add(name, v)
		}
	}
	for _, cookie := range a.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	return h
}

func invoke(t testing.TB, app *lambda.App, event []byte) *answer {
	t.Helper()
	b, err := app.Invoke(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, b)
}

func parse(t testing.TB, b []byte) *answer {
	t.Helper()
	var a answer
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return &a
}

// seen has an event served and returns the request that the handler saw, with its body read.
func seen(t testing.TB, event []byte, opts lambda.Options) (r *http.Request, body string) {
	t.Helper()
	opts.HTTP = http.HandlerFunc(func(_ http.ResponseWriter, got *http.Request) {
		b, err := io.ReadAll(got.Body)
		if err != nil {
			t.Error(err)
		}
		r, body = got, string(b)
	})
	a := invoke(t, lambda.New(newSet(t), &opts), event)
	if r == nil {
		t.Fatalf("no request, but %d %s", a.Status, a.body(t))
	}
	return r, body
}

// answering returns an App whose handler does what f does.
func answering(t testing.TB, f http.HandlerFunc) *lambda.App {
	t.Helper()
	return lambda.New(newSet(t), &lambda.Options{HTTP: f, Logger: slog.New(slog.DiscardHandler)})
}

// logged returns a logger and what it has logged.
func logged() (*slog.Logger, *strings.Builder) {
	var out strings.Builder
	return slog.New(slog.NewTextHandler(&out, nil)), &out
}

// testTime is when everything happens that has a time.
var testTime = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
