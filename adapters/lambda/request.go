package lambda

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/adapters/server"
)

// A request is what the sources of HTTP requests have in common, as read from any of their shapes.
type request struct {
	method string
	path   string // as it came: percent-encoded, or not where the source decodes it
	query  string // percent-encoded
	header http.Header
	addr   string // of the caller, from the platform
	secure bool   // it came by HTTPS
	claims map[string]any
	body   []byte
}

// httpRequest returns the same as net/http has it.
func (q *request) httpRequest(ctx context.Context) (*http.Request, error) {
	u, err := parseURL(q.path, q.query)
	if err != nil {
		return nil, err
	}
	if q.claims != nil {
		ctx = server.WithClaims(ctx, q.claims)
	}
	r := &http.Request{
		Method: q.method, URL: u, RequestURI: u.RequestURI(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: q.header, Host: q.header.Get("Host"), RemoteAddr: withPort(q.addr),
		Body: io.NopCloser(bytes.NewReader(q.body)), ContentLength: int64(len(q.body)),
	}
	if len(q.body) == 0 {
		r.Body = http.NoBody
	}
	delete(r.Header, "Host") // as net/http's own server does
	if r.Header["Content-Length"] != nil {
		r.Header["Content-Length"] = []string{strconv.Itoa(len(q.body))}
	}
	if trace := Trace(ctx); trace != "" {
		r.Header["X-Amzn-Trace-Id"] = []string{trace} // the caller's own began before ours
	}
	if q.secure {
		// The platform ends TLS before us and says nothing of it but that it was there.
		r.TLS = &tls.ConnectionState{HandshakeComplete: true, ServerName: r.Host}
	}
	return r.WithContext(ctx), nil
}

// parseURL returns the URL of a path and a query. REST APIs and function URLs give the path as it was sent, HTTP APIs have decoded it; one
// that is no good encoding of anything is taken as it is.
func parseURL(path, query string) (*url.URL, error) {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u := &url.URL{Path: path, RawQuery: query}
	if strings.ContainsRune(path, '%') {
		if decoded, err := url.PathUnescape(path); err == nil {
			u.Path, u.RawPath = decoded, path
		}
	}
	if i := strings.IndexFunc(query, func(r rune) bool { return r < ' ' || r == 0x7f }); i >= 0 {
		return nil, fmt.Errorf("a query with a control character at %d", i)
	}
	return u, nil
}

// withPort returns an address as net/http has it. The platform does not tell the caller's port.
func withPort(addr string) string {
	if addr == "" {
		return ""
	}
	if _, _, err := net.SplitHostPort(addr); err == nil {
		return addr
	}
	return net.JoinHostPort(strings.Trim(addr, "[]"), "0")
}

// body returns the bytes of an event's body.
func (e *event) bodyBytes() ([]byte, error) {
	if isAbsent(e.body) {
		return nil, nil
	}
	if e.body.Kind() != '"' {
		return nil, fmt.Errorf("a body that is no text")
	}
	if !isTrue(e.encoded) {
		return jsontext.AppendUnquote(nil, e.body)
	}
	packed, err := nameIn(e.body)
	if err != nil {
		return nil, err
	}
	body := make([]byte, base64.StdEncoding.DecodedLen(len(packed)))
	n, err := base64.StdEncoding.Decode(body, packed)
	if err != nil {
		return nil, fmt.Errorf("decode the body: %w", err)
	}
	return body[:n], nil
}

// stripStage takes an HTTP API's stage off a path.
func stripStage(path, stage string) string {
	if stage == "" || stage == "$default" {
		return path
	}
	return stripSegment(path, "/"+stage)
}

// stripSegment takes a first part off a path, where it ends with a segment: "/api" is taken off "/api" and "/api/x", and not off "/apiary".
func stripSegment(path, first string) string {
	rest, ok := strings.CutPrefix(path, first)
	switch {
	case !ok || first == "":
		return path
	case rest == "":
		return "/"
	case rest[0] == '/':
		return rest
	}
	return path
}
