package lambda

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// fromHTTPAPI reads a request of payload format 2.0: HTTP APIs and function URLs have it in common. Several values of a header are joined
// already, and only the query as a whole has lost nothing. The path begins with the stage unless that is $default.
func (a *App) fromHTTPAPI(e *event, c *requestContext) (*request, error) {
	h, err := readHeaders(e.headers, nil)
	if err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	if err := h.readCookies(e.cookies); err != nil {
		return nil, fmt.Errorf("cookies: %w", err)
	}
	path := stripStage(text(e.rawPath), c.stage)
	q := &request{
		method: c.method, path: stripSegment(path, a.opts.BasePath), query: text(e.rawQuery),
		header: h.Header, addr: c.sourceIP, secure: h.isSecure(true),
	}
	if q.claims, err = httpClaims(c.authorizer); err != nil {
		return nil, fmt.Errorf("authorizer: %w", err)
	}
	return q, nil
}

// readCookies puts cookies into the one header that they came by: RFC 6265, section 5.4. The platform has both, test events often the
// header alone.
func (h *headers) readCookies(list jsontext.Value) error {
	var cookies []string
	err := elements(list, func(v jsontext.Value) error {
		cookies = append(cookies, text(v))
		return nil
	})
	if len(cookies) > 0 {
		h.Header["Cookie"] = []string{strings.Join(cookies, "; ")}
	}
	return err
}

// isSecure reports whether the request came to the platform by HTTPS, which the platform says in a header that it sets itself; otherwise is
// what it is where there is none.
func (h *headers) isSecure(otherwise bool) bool {
	switch strings.ToLower(last(h.Header["X-Forwarded-Proto"])) {
	case "":
		return otherwise
	case "https", "wss":
		return true
	}
	return false
}
