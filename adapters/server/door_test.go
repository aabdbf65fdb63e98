package server

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

func TestRequests(t *testing.T) {
	st := start(t, Options{})
	big := strings.Repeat("x", maxUnit)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		answer                   string // what the body holds
	}{
		{"echo", "POST", "/words", "hello", 200, "hello"},
		{"echo of the largest body", "POST", "/words", big, 200, big},
		{"one byte too many", "POST", "/words", big + "x", 413, "more than 1000 bytes"},
		{"empty body and answer", "POST", "/words", "", 200, ""},
		{"no answer", "POST", "/words", "nothing", 204, ""},
		{"several units", "POST", "/words", "two", 200, "one,two"},
		{"a session in the path", "POST", "/words;id=7?a=b", "who", 200, "127.0.0.1 /words;id=7?a=b"},
		{"failure after half an answer", "POST", "/words", "half", 500, "The server could not answer."},
		{"panic", "POST", "/words", "panic", 500, "The server could not answer."},
		{"wrong method", "GET", "/words", "", 405, "by POST"},
		{"another wrong method", "PUT", "/words", "x", 405, "by POST"},
		{"OPTIONS of no page", "OPTIONS", "/words", "", 204, ""},
		{"no such path", "POST", "/nowhere", "x", 404, "not found"},
		{"path below a channel", "POST", "/words/x", "x", 404, "not found"},
		{"live", "GET", "/livez", "", 200, "alive"},
		{"ready", "GET", "/readyz", "", 200, "ready"},
		{"ready by HEAD", "HEAD", "/readyz", "", 200, ""},
		{"ready by POST", "POST", "/readyz", "", 405, "use GET"},
		{"no crossdomain.xml", "GET", "/crossdomain.xml", "", 404, "not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := st.do(t, c.method, c.path, c.body)
			if got.status != c.status || !strings.Contains(got.body, c.answer) || (c.answer == "" && got.body != "") {
				t.Errorf("got %d %q, want %d with %q", got.status, got.body, c.status, c.answer)
			}
			if strings.Contains(got.body, "secret") || strings.Contains(got.body, "oops") {
				t.Errorf("a reason of ours went out: %q", got.body)
			}
			if got.status == 405 && got.header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
			if c.path == "/words" && c.method != "OPTIONS" && got.header.Get("Cache-Control") != "no-cache" {
				t.Error("an answer that caches may keep")
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		name string
		opts Options
		want http.Header // an empty list: not there
	}{
		{"not to be cached", Options{}, http.Header{
			"Content-Type": {"application/x-echo"}, "Content-Length": {"3"}, "Cache-Control": {"no-cache"}, "Pragma": {"no-cache"},
			"Expires": {"Sat, 25 Dec 1999 00:00:00 GMT"}, "Vary": {}, "X-Content-Type-Options": {"nosniff"},
			"Set-Cookie": {"id=x"}, "Access-Control-Allow-Origin": {}}},
		{"cacheable", Options{Cacheable: true}, http.Header{"Content-Length": {"3"}, "Cache-Control": {}, "Pragma": {}, "Expires": {}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := start(t, c.opts).do(t, "POST", "/words", "cookie")
			for name, want := range c.want {
				if g := got.header.Values(name); strings.Join(g, "|") != strings.Join(want, "|") {
					t.Errorf("%s: got %q, want %q", name, g, want)
				}
			}
		})
	}
}

func TestLongAnswerHasItsLength(t *testing.T) {
	body := strings.Repeat("y", 900)
	got := start(t, Options{}).do(t, "POST", "/words", body)
	if n := got.header.Get("Content-Length"); n != strconv.Itoa(len(body)) {
		t.Errorf("Content-Length: got %q, want %d", n, len(body))
	}
}

func TestEveryCodeHasAStatus(t *testing.T) {
	st := start(t, Options{})
	want := map[core.Code]int{
		core.Internal: 500, core.Malformed: 400, core.Invalid: 400, core.NotFound: 404, core.Unauthenticated: 401, core.Denied: 403,
		core.Exists: 409, core.Conflict: 409, core.TooLarge: 413, core.Exhausted: 429, core.Unavailable: 503, core.Timeout: 504,
		core.Canceled: 499, core.Failed: 500,
	}
	for _, code := range core.Codes() {
		t.Run(code.String(), func(t *testing.T) {
			got := st.do(t, "POST", "/words", "refuse "+code.String())
			if got.status != want[code] || got.body != "because\n" {
				t.Errorf("got %d %q, want %d", got.status, got.body, want[code])
			}
			if ct := got.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/plain") {
				t.Errorf("Content-Type: got %q", ct)
			}
			if (got.status == 401) != (got.header.Get("WWW-Authenticate") != "") {
				t.Errorf("WWW-Authenticate: got %q with status %d", got.header.Get("WWW-Authenticate"), got.status)
			}
		})
	}
}

func TestPackedBodies(t *testing.T) {
	st := start(t, Options{})
	pack := func(to func(io.Writer) io.WriteCloser, text string) string {
		var b bytes.Buffer
		w := to(&b)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
		return b.String()
	}
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	zl := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	bare := func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f }
	bomb := strings.Repeat("0", 50*maxUnit)
	for _, c := range []struct {
		name, encoding, body string
		status               int
		answer               string
	}{
		{"gzip", "gzip", pack(gz, "hello"), 200, "hello"},
		{"x-gzip in capitals", "X-GZIP", pack(gz, "hello"), 200, "hello"},
		{"deflate", "deflate", pack(zl, "hello"), 200, "hello"},
		{"deflate without zlib's frame", "deflate", pack(bare, "hello"), 200, "hello"},
		{"identity", "identity", "hello", 200, "hello"},
		{"gzip of the largest body", "gzip", pack(gz, bomb[:maxUnit]), 200, bomb[:maxUnit]},
		{"gzip of one byte too many", "gzip", pack(gz, bomb[:maxUnit+1]), 413, "more than 1000 bytes"},
		{"gzip bomb", "gzip", pack(gz, bomb), 413, "more than 1000 bytes"},
		{"deflate bomb", "deflate", pack(zl, bomb), 413, "more than 1000 bytes"},
		{"packed data that gives nothing", "gzip", strings.Repeat(pack(gz, ""), 100), 413, "more than 1000 bytes"},
		{"no gzip", "gzip", "hello hello hello", 400, "Content-Encoding"},
		{"half of a gzip", "gzip", pack(gz, "hello")[:12], 400, "Content-Encoding"},
		{"empty gzip", "gzip", "", 400, "read to its end"},
		{"empty deflate", "deflate", "", 400, "ends early"},
		{"unknown encoding", "br", "hello", 415, `"br" is not known`},
		{"two encodings", "gzip, gzip", pack(gz, "hello"), 415, "not known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Without a known length, as packed requests come.
			got := st.send(t, "POST", "/words", io.MultiReader(strings.NewReader(c.body)), "Content-Encoding", c.encoding)
			if got.status != c.status || !strings.Contains(got.body, c.answer) {
				t.Errorf("got %d %q, want %d with %q", got.status, got.body, c.status, c.answer)
			}
		})
	}
}

// A length is only a claim: one that is too large is refused before a byte of the body, and one that is never kept costs little.
func TestClaimedLengths(t *testing.T) {
	st := start(t, Options{})
	const head = "POST /words HTTP/1.1\nHost: x\nConnection: close\nContent-Length: "
	if got := st.conversation(t, head+"1000000000000\n\n"); !strings.HasPrefix(got, "HTTP/1.1 413 ") {
		t.Errorf("absurd length: got %q", got)
	}
	var b buffer
	b.grow(1 << 40)
	if cap(b.bytes) > maxTrusted+1 {
		t.Errorf("a claim of 1 TiB took %d bytes", cap(b.bytes))
	}
}

// A client that sends all of its body before it reads anything gets the answer, too.
func TestBodyTooLargeIsTaken(t *testing.T) {
	const length = 8 << 20 // more than sockets buffer
	got := start(t, Options{}).conversation(t, fmt.Sprintf("POST /words HTTP/1.1\nHost: x\nContent-Length: %d\n\n", length)+strings.Repeat("x", length))
	if !strings.HasPrefix(got, "HTTP/1.1 413 ") || !strings.HasSuffix(got, "\n\nThe body has more than 1000 bytes.\n") {
		t.Errorf("got %q", got)
	}
}

func TestAddress(t *testing.T) {
	for _, c := range []struct {
		name    string
		proxies int
		header  string
		want    string
	}{
		{"header of anybody", 0, "1.2.3.4", "127.0.0.1"},
		{"one proxy", 1, "9.9.9.9, 1.2.3.4", "1.2.3.4"},
		{"two proxies", 2, "9.9.9.9, 1.2.3.4, 10.0.0.1", "1.2.3.4"},
		{"with a port", 1, "1.2.3.4:567", "1.2.3.4"},
		{"IPv6", 1, "2001:db8::1", "2001:db8::1"},
		{"fewer than there should be", 3, "1.2.3.4", "1.2.3.4"},
		{"no header", 1, "", "127.0.0.1"},
		{"no address", 1, "unknown", "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := start(t, Options{TrustedProxies: c.proxies})
			got := st.do(t, "POST", "/words", "who", "X-Forwarded-For", c.header, "Cookie", "id=7")
			if want := c.want + " /words 7"; got.body != want {
				t.Errorf("got %q, want %q", got.body, want)
			}
		})
	}
}
