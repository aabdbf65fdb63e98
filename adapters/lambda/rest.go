package lambda

import (
	"fmt"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"
)

// fromREST reads a request of a REST API: "Input format of a Lambda function for proxy integration". The path has no stage, unless it is an
// HTTP API's that is configured for this payload format. Query parameters are decoded.
func (a *App) fromREST(e *event, c *requestContext) (*request, error) {
	h, err := readHeaders(e.headers, e.multiHeaders)
	if err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	query, err := readQuery(e.query, e.multiQuery, url.QueryEscape)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	path := text(e.path)
	if text(e.version) == "1.0" { // which REST APIs do not say
		path = stripStage(path, c.stage)
	}
	q := &request{
		method: text(e.method), path: stripSegment(path, a.opts.BasePath), query: query,
		header: h.Header, addr: c.sourceIP, secure: h.isSecure(true),
	}
	if q.claims, err = restClaims(c.authorizer); err != nil {
		return nil, fmt.Errorf("authorizer: %w", err)
	}
	return q, nil
}

// readQuery returns a query as it stands in a URL, in the order of the event. escape is what a name or value needs for that.
func readQuery(single, multi jsontext.Value, escape func(string) string) (string, error) {
	var q []byte
	add := func(name []byte, v jsontext.Value) {
		if len(q) > 0 {
			q = append(q, '&')
		}
		q = append(append(append(q, escape(string(name))...), '='), escape(text(v))...)
	}
	if isAbsent(multi) {
		err := members(single, func(name []byte, v jsontext.Value) error {
			add(name, v)
			return nil
		})
		return string(q), err
	}
	err := members(multi, func(name []byte, list jsontext.Value) error {
		return elements(list, func(v jsontext.Value) error {
			add(name, v)
			return nil
		})
	})
	return string(q), err
}
