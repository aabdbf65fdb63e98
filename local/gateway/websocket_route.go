package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A RouteSelection finds the route key in a message. Messages that are no JSON have none.
type RouteSelection struct {
	path []string // the members to descend by
}

// ParseRouteSelection reads a route selection expression, "$request.body.NAME.NAME" or the same within "${...}". AWS's other forms, with
// text around a variable and with more than one of them, and list indexes are errors.
// Specification: "WebSocket selection expressions" in API Gateway's developer guide.
func ParseRouteSelection(expression string) (*RouteSelection, error) {
	inner := expression
	if braced, ok := strings.CutPrefix(inner, "${"); ok && strings.HasSuffix(braced, "}") {
		inner = "$" + strings.TrimSuffix(braced, "}")
	}
	names, ok := strings.CutPrefix(inner, "$request.body.")
	if !ok {
		return nil, fmt.Errorf("route selection expression %q: it does not begin with $request.body", expression)
	}
	path := strings.Split(names, ".")
	for _, name := range path {
		if name == "" || strings.ContainsAny(name, "${}[]\\ ") {
			return nil, fmt.Errorf("route selection expression %q: %q is no name of a member", expression, name)
		}
	}
	return &RouteSelection{path: path}, nil
}

// key returns the route key that a message names, or "".
func (s *RouteSelection) key(message []byte) string {
	value := json.RawMessage(message)
	for _, name := range s.path {
		var object map[string]json.RawMessage
		if json.Unmarshal(value, &object) != nil {
			return ""
		}
		value = object[name]
	}
	var key string
	if json.Unmarshal(value, &key) != nil {
		return ""
	}
	return key
}

// route returns the key of the route that a message takes. Keys with a dollar sign are the gateway's own: a client that names one is
// sent to "$default". It is false when no route fits.
func (ws *WebSocket) route(message []byte) (key string, ok bool) {
	key = ws.options.RouteSelection.key(message)
	if key != "" && !strings.HasPrefix(key, "$") && ws.routes(key) {
		return key, true
	}
	return defaultRoute, ws.routes(defaultRoute)
}
