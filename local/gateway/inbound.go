package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// An inbound is a request as events tell of it.
type inbound struct {
	id  string
	now time.Time

	method   string
	protocol string // "HTTP/1.1"
	host     string
	sourceIP string
	path     string // decoded
	rawPath  string // as the client wrote it
	rawQuery string

	// header is the client's, without what concerns one hop and what is ours, and with what every front door adds: for whom it asks, and
	// an id to trace by. Names are in Go's spelling.
	header http.Header

	authorizer json.RawMessage // nil: there is none
	body       []byte
}

// readRequest reads a request. Its errors are told to the client.
func readRequest(w http.ResponseWriter, r *http.Request, maxBody int, opts *Options) (*inbound, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(maxBody)))
	if err != nil {
		return nil, err
	}
	authorizer, err := takeAuthorizer(r.Header, opts)
	if err != nil {
		return nil, err
	}
	in := &inbound{
		id: opts.NewID(), now: opts.Now(), method: r.Method, protocol: r.Proto, host: r.Host, sourceIP: hostOf(r.RemoteAddr),
		path: r.URL.Path, rawPath: rawPath(r), rawQuery: r.URL.RawQuery, authorizer: authorizer, body: body,
	}
	in.header = in.forwarded(r)
	return in, nil
}

// takeAuthorizer returns what the header that stands in for an authorizer says, where it is trusted.
func takeAuthorizer(h http.Header, opts *Options) (json.RawMessage, error) {
	text := h.Get(AuthorizerHeader)
	if !opts.TrustAuthorizer || text == "" {
		return nil, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, fmt.Errorf("header %s: want a JSON object: %w", AuthorizerHeader, err)
	}
	if members == nil {
		return nil, errors.New("header " + AuthorizerHeader + ": want a JSON object, got null")
	}
	return json.RawMessage(text), nil
}

// rawPath is the path before it was decoded.
func rawPath(r *http.Request) string {
	if raw, _, _ := strings.Cut(r.RequestURI, "?"); strings.HasPrefix(raw, "/") {
		return raw
	}
	return r.URL.EscapedPath() // the client wrote a whole URL
}

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// forwarded returns the headers that the function is told of. Whoever claims to ask for others has his own address added behind theirs.
func (in *inbound) forwarded(r *http.Request) http.Header {
	h := make(http.Header, len(r.Header)+5)
	for name, values := range r.Header {
		if !ofOneHop(name) && name != AuthorizerHeader {
			h[name] = values
		}
	}
	h.Set("Host", in.host)
	if len(in.body) > 0 {
		h.Set("Content-Length", fmt.Sprint(len(in.body)))
	}
	h.Set("X-Forwarded-For", strings.Join(slices.Concat(h.Values("X-Forwarded-For"), []string{in.sourceIP}), ", "))
	scheme, port := "http", "80"
	if r.TLS != nil {
		scheme, port = "https", "443"
	}
	if _, own, err := net.SplitHostPort(in.host); err == nil {
		port = own
	}
	h.Set("X-Forwarded-Proto", scheme)
	h.Set("X-Forwarded-Port", port)
	if h.Get("X-Amzn-Trace-Id") == "" {
		h.Set("X-Amzn-Trace-Id", newTraceID(in.now))
	}
	return h
}

// joined are the headers in lower case, several of one name joined by commas.
func (in *inbound) joined() map[string]string {
	all := make(map[string]string, len(in.header))
	for name, values := range in.header {
		all[strings.ToLower(name)] = strings.Join(values, ",")
	}
	return all
}

// cookies are the client's, one by one.
func (in *inbound) cookies() []string {
	var all []string
	for _, line := range in.header["Cookie"] {
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				all = append(all, cookie)
			}
		}
	}
	return all
}

// query is the query decoded, and nil where there is none. What cannot be decoded is left out.
func (in *inbound) query() url.Values {
	query, _ := url.ParseQuery(in.rawQuery) // as said
	if len(query) == 0 {
		return nil
	}
	return query
}

// joinedQuery is the query decoded, several of one name joined by commas.
func (in *inbound) joinedQuery() map[string]string {
	query := in.query()
	if query == nil {
		return nil
	}
	all := make(map[string]string, len(query))
	for name, values := range query {
		all[name] = strings.Join(values, ",")
	}
	return all
}

// below returns what stands behind "/STAGE" in a path. A path that is the stage alone is its root.
func below(path, stage string) (rest string, ok bool) {
	if stage == "" {
		return path, true
	}
	rest, ok = strings.CutPrefix(path, "/"+stage)
	switch {
	case !ok || rest != "" && rest[0] != '/':
		return "", false
	case rest == "":
		return "/", true
	}
	return rest, true
}
