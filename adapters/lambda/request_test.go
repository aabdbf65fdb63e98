package lambda_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/lambda"
)

// One request reads the same by whichever source it comes, as far as the source lets it.
func TestRequests(t *testing.T) {
	for _, shape := range shapes {
		t.Run(shape, func(t *testing.T) {
			r, body := seen(t, load(t, shape), lambda.Options{})
			if r.Method != http.MethodPost || r.URL.Path != "/a/b" || body != `{"a": 1}` || r.ContentLength != 8 {
				t.Errorf("got %s %s with %q of %d bytes", r.Method, r.URL.Path, body, r.ContentLength)
			}
			if r.RemoteAddr != "203.0.113.7:0" || r.TLS == nil {
				t.Errorf("got address %q, TLS %v", r.RemoteAddr, r.TLS)
			}
			q := r.URL.Query()
			if want := (url.Values{"q": {"a&b", "x y"}, "r": {"2"}, "empty": {""}}); shape != "balancer" && !cmp.Equal(q, want) {
				t.Errorf("query: got %v, want %v", q, want)
			}
			if want := (url.Values{"q": {"x y"}, "r": {"2"}, "empty": {""}}); shape == "balancer" && !cmp.Equal(q, want) {
				t.Errorf("query: got %v, want %v", q, want)
			}
			if a, err := r.Cookie("a"); err != nil || a.Value != "1" || len(r.Cookies()) != 2 || len(r.Header["Cookie"]) != 1 {
				t.Errorf("cookies: got %v", r.Header["Cookie"])
			}
			twice := map[string][]string{"rest": {"one", "two"}, "http": {"one,two"}, "url": {"one,two"}, "balancer": {"two"}, "balancer-multi": {"one", "two"}}
			if got := r.Header["X-Twice"]; !cmp.Equal(got, twice[shape]) {
				t.Errorf("X-Twice: got %q, want %q", got, twice[shape])
			}
			if r.Host == "" || r.Header["Host"] != nil || r.Proto != "HTTP/1.1" || r.RequestURI == "" {
				t.Errorf("got host %q, header %q, %s, %q", r.Host, r.Header["Host"], r.Proto, r.RequestURI)
			}
			if got := lambda.EventFromContext(r.Context()); string(got) != string(load(t, shape)) {
				t.Errorf("event: got %s", got)
			}
		})
	}
}

// What API Gateway has joined stays so: other adapters split at commas, which dates and quoted tags have too.
func TestJoinedHeadersAreNotSplit(t *testing.T) {
	r, _ := seen(t, load(t, "http"), lambda.Options{})
	for name, want := range map[string]string{"Date": "Tue, 24 Nov 2026 12:00:00 GMT", "If-None-Match": `"a,b", "c"`} {
		if got := r.Header[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// A balancer's parameters come percent-encoded, and a REST API's decoded: either is decoded once.
func TestQueryIsDecodedOnce(t *testing.T) {
	for _, c := range []struct {
		name, shape string
		change      func(e map[string]any)
		want        url.Values
	}{
		{"balancer, a percent sign", "balancer", query("queryStringParameters", map[string]any{"p": "100%2525"}), url.Values{"p": {"100%25"}}},
		{"balancer, a plus", "balancer", query("queryStringParameters", map[string]any{"p": "a+b%2Bc"}), url.Values{"p": {"a b+c"}}},
		{"balancer, an encoded name", "balancer", query("queryStringParameters", map[string]any{"a%5B%5D": "1"}), url.Values{"a[]": {"1"}}},
		{"balancer, a test event", "balancer", query("queryStringParameters", map[string]any{"p": "x ü#&"}), url.Values{"p": {"x ü#&"}}},
		{"balancer with lists, a percent sign", "balancer-multi", query("multiValueQueryStringParameters", map[string]any{"p": []any{"%25", "b"}}), url.Values{"p": {"%", "b"}}},
		{"REST API, a percent sign", "rest", query("multiValueQueryStringParameters", map[string]any{"p": []any{"100%25"}}), url.Values{"p": {"100%25"}}},
		{"REST API, a plus", "rest", query("multiValueQueryStringParameters", map[string]any{"p": []any{"a+b"}}), url.Values{"p": {"a+b"}}},
		{"REST API, without lists", "rest", func(e map[string]any) { e["multiValueQueryStringParameters"] = nil }, url.Values{"q": {"x y"}, "r": {"2"}}},
		{"HTTP API, as it is", "http", func(e map[string]any) { e["rawQueryString"] = "p=100%2525&a+b=%2B" }, url.Values{"p": {"100%25"}, "a b": {"+"}}},
		{"none", "rest", func(e map[string]any) { delete(e, "multiValueQueryStringParameters"); e["queryStringParameters"] = nil }, url.Values{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := seen(t, edited(t, c.shape, c.change), lambda.Options{})
			if got := r.URL.Query(); !cmp.Equal(got, c.want) {
				t.Errorf("got %v, want %v (%s)", got, c.want, r.URL.RawQuery)
			}
		})
	}
}

func query(member string, params map[string]any) func(e map[string]any) {
	return func(e map[string]any) { e[member] = params }
}

// A query keeps what only the whole of it has.
func TestQueryIsLossless(t *testing.T) {
	const raw = "b=2&a=1&b=%7e&flag&x=a;b"
	for _, shape := range []string{"http", "url"} {
		r, _ := seen(t, edited(t, shape, func(e map[string]any) { e["rawQueryString"] = raw }), lambda.Options{})
		if r.URL.RawQuery != raw {
			t.Errorf("%s: got %q, want %q", shape, r.URL.RawQuery, raw)
		}
	}
}

// Stage and base path are taken off by whole segments.
func TestPaths(t *testing.T) {
	for _, c := range []struct{ name, shape, path, stage, base, want string }{
		{"no base path", "rest", "/api/x", "prod", "", "/api/x"},
		{"base path", "rest", "/api/x", "prod", "/api", "/x"},
		{"base path alone", "rest", "/api", "prod", "/api", "/"},
		{"base path, with a slash", "rest", "/api/", "prod", "/api/", "/"},
		{"another that begins so", "rest", "/apiary", "prod", "/api", "/apiary"},
		{"a path without it", "rest", "/x", "prod", "/api", "/x"},
		{"a REST API's path has no stage", "rest", "/prod/x", "prod", "", "/prod/x"},
		{"HTTP API's stage", "http", "/prod/x", "prod", "", "/x"},
		{"HTTP API's stage alone", "http", "/prod", "prod", "", "/"},
		{"another that begins with the stage", "http", "/production/x", "prod", "", "/production/x"},
		{"stage and base path", "http", "/prod/api/x", "prod", "/api", "/x"},
		{"no stage", "http", "/x", "$default", "", "/x"},
		{"function URL", "url", "/x", "$default", "", "/x"},
		{"balancer", "balancer", "/api/x", "", "/api", "/x"},
		{"encoded", "url", "/a%2Fb/%C3%BC", "$default", "", "/a/b/ü"},
		{"decoded already", "http", "/prod/ü b/100%", "prod", "", "/ü b/100%"},
		{"empty", "url", "", "$default", "", "/"},
		{"two slashes", "url", "//evil.example/x", "$default", "", "//evil.example/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			event := edited(t, c.shape, func(e map[string]any) {
				e["path"], e["rawPath"] = c.path, c.path
				e["requestContext"].(map[string]any)["stage"] = c.stage
			})
			r, _ := seen(t, event, lambda.Options{BasePath: c.base})
			if r.URL.Path != c.want || r.URL.Host != "" {
				t.Errorf("got path %q, host %q; want %q", r.URL.Path, r.URL.Host, c.want)
			}
		})
	}
}

// An HTTP API with payload format 1.0 is read like a REST API, but for the stage.
func TestPayloadFormat1OfHTTPAPI(t *testing.T) {
	r, _ := seen(t, edited(t, "rest", func(e map[string]any) { e["version"], e["path"] = "1.0", "/prod/a" }), lambda.Options{})
	if r.URL.Path != "/a" {
		t.Errorf("got %s", r.URL.Path)
	}
}

// An encoded slash in a path stays one for whoever looks.
func TestEncodedPath(t *testing.T) {
	r, _ := seen(t, edited(t, "url", func(e map[string]any) { e["rawPath"] = "/a%2Fb/c" }), lambda.Options{})
	if r.URL.EscapedPath() != "/a%2Fb/c" || r.URL.Path != "/a/b/c" {
		t.Errorf("got %q, %q", r.URL.EscapedPath(), r.URL.Path)
	}
}

// The cookies of an event, or else the header, as in many test events.
func TestCookiesOfEvent(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(e map[string]any)
		want   []string
	}{
		{"both", func(map[string]any) {}, []string{"a=1; b=2"}},
		{"the list alone", func(e map[string]any) { delete(e["headers"].(map[string]any), "cookie") }, []string{"a=1; b=2"}},
		{"the header alone", func(e map[string]any) { delete(e, "cookies"); setHeader(e, "cookie", "c=3") }, []string{"c=3"}},
		{"none", func(e map[string]any) { delete(e, "cookies"); delete(e["headers"].(map[string]any), "cookie") }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := seen(t, edited(t, "url", c.change), lambda.Options{})
			if got := r.Header["Cookie"]; !cmp.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Whether the caller came by HTTPS is what the platform says, and what it is where the platform knows only that.
func TestSecure(t *testing.T) {
	for _, c := range []struct {
		shape, proto string
		want         bool
	}{
		{"rest", "https", true}, {"rest", "", true}, {"url", "", true}, {"http", "http", false},
		{"balancer", "https", true}, {"balancer", "http", false}, {"balancer", "", false}, {"balancer", "https, http", false},
	} {
		r, _ := seen(t, edited(t, c.shape, func(e map[string]any) { setHeader(e, headerName(c.shape, "X-Forwarded-Proto"), c.proto) }), lambda.Options{})
		if got := r.TLS != nil; got != c.want {
			t.Errorf("%s %q: got %v, want %v", c.shape, c.proto, got, c.want)
		}
	}
}

// headerName is how a source spells a header.
func headerName(shape, name string) string {
	if shape == "rest" {
		return name
	}
	return strings.ToLower(name)
}

// Bodies that cannot be, and other requests that cannot be read, are answered: a failed invocation would be a riddle.
func TestBadRequests(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(e map[string]any)
	}{
		{"no base64", func(e map[string]any) { e["body"], e["isBase64Encoded"] = "*", true }},
		{"a body that is no text", func(e map[string]any) { e["body"] = map[string]any{} }},
		{"headers that are none", func(e map[string]any) { e["headers"], e["multiValueHeaders"] = "x", "x" }},
		{"a query that is none", func(e map[string]any) {
			e["rawQueryString"], e["queryStringParameters"], e["multiValueQueryStringParameters"] = "\x01", "x", "x"
		}},
	} {
		for _, shape := range []string{"rest", "http", "balancer-multi"} {
			t.Run(c.name+" "+shape, func(t *testing.T) {
				a := invoke(t, answering(t, func(http.ResponseWriter, *http.Request) { t.Error("it was served") }), edited(t, shape, c.change))
				if a.Status != http.StatusBadRequest || !strings.Contains(a.body(t), "could not be read") {
					t.Errorf("got %d %s", a.Status, a.body(t))
				}
			})
		}
	}
}

// A request's time is over before the function's, by the reserve or, where there is little, a quarter.
func TestDeadline(t *testing.T) {
	for _, c := range []struct{ left, reserve, want time.Duration }{
		{10 * time.Second, 0, 9500 * time.Millisecond},
		{10 * time.Second, 2 * time.Second, 8 * time.Second},
		{time.Second, 0, 750 * time.Millisecond},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), c.left)
		var left time.Duration
		app := lambda.New(newSet(t), &lambda.Options{Reserve: c.reserve, HTTP: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			deadline, _ := r.Context().Deadline()
			left = time.Until(deadline)
		})})
		if _, err := app.Invoke(ctx, load(t, "http")); err != nil {
			t.Fatal(err)
		}
		cancel()
		if left > c.want || left < c.want-200*time.Millisecond {
			t.Errorf("of %v with %v: got %v, want %v", c.left, c.reserve, left, c.want)
		}
	}
}

// The trace of the invocation goes with the request, and the caller's own does not.
func TestTrace(t *testing.T) {
	//lint:ignore SA1029 the key is aws-lambda-go's
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", "Root=1-ours") //nolint:staticcheck // as above: each linter has its own way to be told
	var got, header string
	app := answering(t, func(_ http.ResponseWriter, r *http.Request) {
		got, header = lambda.Trace(r.Context()), r.Header.Get("X-Amzn-Trace-Id")
	})
	event := edited(t, "http", func(e map[string]any) { setHeader(e, "x-amzn-trace-id", "Root=1-theirs") })
	if _, err := app.Invoke(ctx, event); err != nil || got != "Root=1-ours" || header != got {
		t.Errorf("got %q and header %q, %v", got, header, err)
	}
}
