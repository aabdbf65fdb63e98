package lambda

import (
	"fmt"
	"net/url"
	"strings"
)

// fromBalancer reads a request of an Application Load Balancer: "Lambda functions as targets". Query parameters are as they were sent,
// percent-encoded. The answer has lists of values where the request has, as the target group's attribute says. The caller's address is
// what the balancer itself has added to X-Forwarded-For.
func (a *App) fromBalancer(e *event, _ *requestContext) (*request, error) {
	h, err := readHeaders(e.headers, e.multiHeaders)
	if err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	query, err := readQuery(e.query, e.multiQuery, asSent)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	q := &request{
		method: text(e.method), path: stripSegment(text(e.path), a.opts.BasePath), query: query,
		header: h.Header, addr: last(h.forwarded), secure: h.isSecure(false),
	}
	return q, nil
}

// asSent leaves what is percent-encoded already as it is, and encodes what cannot stand in a query, as test events have it.
func asSent(s string) string {
	if !strings.ContainsFunc(s, isNoQuery) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isNoQuery(r) {
			b.WriteString(url.QueryEscape(string(r)))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isNoQuery(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' || r == '&' }
