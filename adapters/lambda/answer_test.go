package lambda_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/lambda"
)

// An answer says the same in each shape.
func TestAnswers(t *testing.T) {
	app := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/plain")
		h.Add("X-Twice", "one")
		h.Add("X-Twice", "two")
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1", Expires: testTime})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		http.SetCookie(w, &http.Cookie{Name: "c", Value: "3"})
		w.WriteHeader(http.StatusCreated)
		h.Set("X-Late", "not sent")
		_, _ = io.WriteString(w, "“text”\n")
	})
	for _, shape := range shapes {
		t.Run(shape, func(t *testing.T) {
			a := invoke(t, app, load(t, shape))
			if a.Status != http.StatusCreated || a.Encoded || a.Body != "“text”\n" {
				t.Errorf("got %d, %q, base64 %v", a.Status, a.Body, a.Encoded)
			}
			want := http.Header{"Content-Type": {"text/plain"}, "Content-Length": {"11"}, "X-Twice": {"one", "two"},
				"Set-Cookie": {"a=1; Expires=Tue, 24 Nov 2026 12:00:00 GMT", "b=2", "c=3"}}
			if a.Single != nil {
				want["X-Twice"] = []string{"one, two"}
			}
			got := a.header()
			slices.Sort(got["Set-Cookie"]) // in one shape they have no order
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

// The answer has lists of values where the request has, and no others: a balancer takes what its target group says.
func TestAnswerHasShapeOfRequest(t *testing.T) {
	app := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", "x") })
	for _, c := range []struct {
		shape       string
		multi       bool
		description string
	}{
		{"rest", true, ""}, {"http", false, ""}, {"url", false, ""}, {"balancer", false, "200 OK"}, {"balancer-multi", true, "200 OK"},
	} {
		a := invoke(t, app, load(t, c.shape))
		if (a.Multi != nil) != c.multi || (a.Single != nil) == c.multi || a.Description != c.description {
			t.Errorf("%s: got %+v", c.shape, a)
		}
	}
}

// Whether a body is base64 follows from what it is said to be, and not from its bytes.
func TestBase64ByContentType(t *testing.T) {
	const text, latin = "plain text", "caf\xe9"
	for _, c := range []struct {
		contentType, encoding, body string
		want                        bool
	}{
		{"application/x-amf", "", text, true},
		{"application/x-amf", "", latin, true},
		{"application/msgpack", "", text, true},
		{"application/cbor", "", text, true},
		{"application/octet-stream", "", text, true},
		{"image/png", "", text, true},
		{"application/pdf", "", text, true},
		{"application/json", "gzip", text, true},
		{"text/html", "br", text, true},
		{"text/html", "identity", text, false},
		{"application/json", "", text, false},
		{"application/json; charset=utf-8", "", text, false},
		{"Application/JSON", "", text, false},
		{"application/problem+json", "", text, false},
		{"image/svg+xml", "", text, false},
		{"text/event-stream", "", text, false},
		{"text/plain; charset=\"UTF-8\"", "", text, false},
		{"text/plain; charset=iso-8859-1", "", latin, true},
		{"text/plain", "", latin, true}, // a JSON string would change it
		{"application/x-www-form-urlencoded", "", text, false},
		{"", "", text, true},
		{"", "", latin, true},
	} {
		app := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.contentType != "" {
				w.Header().Set("Content-Type", c.contentType)
			}
			if c.encoding != "" {
				w.Header().Set("Content-Encoding", c.encoding)
			}
			_, _ = io.WriteString(w, c.body)
		})
		a := invoke(t, app, load(t, "http"))
		if a.Encoded != c.want || a.body(t) != c.body {
			t.Errorf("%q, %q: got base64 %v, %q; want %v", c.contentType, c.encoding, a.Encoded, a.body(t), c.want)
		}
	}
}

// AMF goes the same way whether its bytes happen to be UTF-8 or not.
func TestAMFDoesNotFlip(t *testing.T) {
	for _, body := range []string{"\x00\x00ascii", "\x00\x03\xff\xfe", ""} {
		a := invoke(t, answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-amf")
			_, _ = io.WriteString(w, body)
		}), load(t, "rest"))
		if !a.Encoded || a.body(t) != body {
			t.Errorf("%q: got base64 %v, %q", body, a.Encoded, a.body(t))
		}
	}
}

// What net/http promises its handlers holds here.
func TestHandlersAreServedAsByNetHTTP(t *testing.T) {
	for _, c := range []struct {
		name, method string
		handler      http.HandlerFunc
		status       int
		body         string
		header       http.Header
	}{
		{"nothing", "GET", func(http.ResponseWriter, *http.Request) {}, 200, "", http.Header{"Content-Length": {"0"}}},
		{"no type", "GET", write("<html><p>"), 200, "<html><p>", http.Header{"Content-Length": {"9"}, "Content-Type": {"text/html; charset=utf-8"}}},
		{"no type, status first", "GET", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			write("plain")(w, r)
		}, 404, "plain", http.Header{"Content-Length": {"5"}, "Content-Type": {"text/plain; charset=utf-8"}}},
		{"HEAD", "HEAD", write("hello"), 200, "", http.Header{"Content-Type": {"text/plain; charset=utf-8"}}},
		{"HEAD with a length", "HEAD", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5")
			write("hello")(w, r)
		}, 200, "", http.Header{"Content-Length": {"5"}, "Content-Type": {"text/plain; charset=utf-8"}}},
		{"204", "POST", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("writing a body: %v", err)
			}
		}, 204, "", http.Header{}},
		{"304", "GET", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, 304, "", http.Header{}},
		{"early hints", "GET", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			write("x")(w, r)
		}, 200, "x", http.Header{"Content-Length": {"1"}, "Content-Type": {"text/plain; charset=utf-8"}}},
		{"two statuses", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			w.WriteHeader(http.StatusOK)
		}, 202, "", http.Header{"Content-Length": {"0"}}},
		{"panic", "GET", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half an ans")
			panic("oops")
		}, 500, "The server could not answer.\n", http.Header{"Content-Length": {"29"}, "Content-Type": {"text/plain; charset=utf-8"}}},
		{"abort", "GET", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			500, "The server could not answer.\n", http.Header{"Content-Length": {"29"}, "Content-Type": {"text/plain; charset=utf-8"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			event := edited(t, "http", func(e map[string]any) {
				e["requestContext"].(map[string]any)["http"].(map[string]any)["method"] = c.method
			})
			a := invoke(t, answering(t, c.handler), event)
			if a.Status != c.status || a.body(t) != c.body {
				t.Errorf("got %d %q, want %d %q", a.Status, a.body(t), c.status, c.body)
			}
			if diff := cmp.Diff(c.header, a.header()); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

func write(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// An answer that is too large is one that says so, and a line in the log; just below it goes out whole.
func TestAnswersThatAreTooLarge(t *testing.T) {
	for _, c := range []struct {
		name, shape, contentType string
		body                     string
		status                   int
	}{
		{"4.4 MB of AMF", "rest", "application/x-amf", strings.Repeat("\x00", 4_400_000), 200},
		{"4.8 MB of AMF", "rest", "application/x-amf", strings.Repeat("\x00", 4_800_000), 502},
		{"6.2 MB of text", "http", "text/plain", strings.Repeat("x", 6_200_000), 200},
		{"6.3 MB of text", "http", "text/plain", strings.Repeat("x", 6_300_000), 502},
		{"text that grows", "url", "text/plain", strings.Repeat("\"", 3_200_000), 502},
		{"20 MB", "http", "text/plain", strings.Repeat("x", 20_000_000), 502},
		{"1 MB by a balancer", "balancer", "text/plain", strings.Repeat("x", 1_000_000), 200},
		{"a little more", "balancer", "text/plain", strings.Repeat("x", 1<<20), 502},
		{"800 KB of AMF by a balancer", "balancer-multi", "application/x-amf", strings.Repeat("x", 800_000), 502},
	} {
		t.Run(c.name, func(t *testing.T) {
			logger, out := logged()
			app := lambda.New(newSet(t), &lambda.Options{Logger: logger, HTTP: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				for part := range slices.Chunk([]byte(c.body), 1<<20) {
					if _, err := w.Write(part); err != nil {
						return
					}
				}
			})})
			b, err := app.Invoke(t.Context(), load(t, c.shape))
			if err != nil || len(b) > 6<<20 {
				t.Fatalf("got %d bytes, %v", len(b), err)
			}
			a := parse(t, b)
			if a.Status != c.status || (c.status == 200 && a.body(t) != c.body) || (c.status != 200) != strings.Contains(a.body(t), "larger than") {
				t.Errorf("got %d %.40q", a.Status, a.body(t))
			}
			if (c.status != 200) != strings.Contains(out.String(), "answer too large") {
				t.Errorf("logged %q", out)
			}
		})
	}
}

// Whatever the handler has packed arrives as it was packed.
func TestPackedAnswer(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, "hello")
	_ = z.Close()
	a := invoke(t, answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}), load(t, "rest"))
	if !a.Encoded || a.body(t) != packed.String() {
		t.Errorf("got base64 %v, %q", a.Encoded, a.body(t))
	}
}

// More cookies than letters to spell them with are no reason to lose one silently: 2^9 fit.
func TestManyCookiesByBalancer(t *testing.T) {
	a := invoke(t, answering(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			w.Header().Add("Set-Cookie", "x=1")
		}
	}), load(t, "balancer"))
	if got := len(a.header()["Set-Cookie"]); got != 100 {
		t.Errorf("got %d of 100 cookies", got)
	}
}

// Headers about a connection stay here: there is none that they could be about.
func TestHopByHopHeaders(t *testing.T) {
	app := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "X-Kept"} {
			w.Header().Set(name, "x")
		}
	})
	for _, shape := range shapes {
		if diff := cmp.Diff(http.Header{"Content-Length": {"0"}, "X-Kept": {"x"}}, invoke(t, app, load(t, shape)).header()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", shape, diff)
		}
	}
	prelude, _, err := streamed(t, app, load(t, "url"))
	if diff := cmp.Diff(http.Header{"X-Kept": {"x"}}, prelude.header()); diff != "" || err != nil {
		t.Errorf("stream: %v (-want +got):\n%s", err, diff)
	}
}

// Nobody begins a header with what a handler puts into another, and what is no name of one is left out.
func TestHeadersAreNotSplit(t *testing.T) {
	app := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["X-A"] = []string{"a\r\nSet-Cookie: evil=1"}
		h["Set-Cookie"] = []string{"a=1\nX-Evil: 1"}
		h["X B\r\nX-Evil"], h[http.TrailerPrefix+"X"], h[""] = []string{"1"}, []string{"1"}, []string{"1"}
	})
	want := http.Header{"Content-Length": {"0"}, "X-A": {"a  Set-Cookie: evil=1"}, "Set-Cookie": {"a=1 X-Evil: 1"}}
	for _, shape := range shapes {
		if diff := cmp.Diff(want, invoke(t, app, load(t, shape)).header()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", shape, diff)
		}
	}
}
