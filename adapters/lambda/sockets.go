package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// A SocketHandler serves the events of a WebSocket API: each frame of a client is an event of its own. Its methods may be called by any
// number of goroutines, also for one connection, in any order.
type SocketHandler interface {
	// ServeSocket serves one event. The status of the answer to a connect says whether it is taken, and its headers may choose a
	// subprotocol; of other answers the platform sends the body to the client where the route has a response. Nil is an empty answer
	// with status 200. An error fails the invocation.
	ServeSocket(ctx context.Context, e *WebSocketEvent) (*Response, error)
}

// A WebSocketEvent is what happens to one connection of a WebSocket API.
type WebSocketEvent struct {
	EventType    string // CONNECT, MESSAGE or DISCONNECT
	ConnectionID string
	RouteKey     string // "$connect", "$disconnect", "$default" or a route of the application's
	MessageID    string // of the frame
	RequestID    string
	Domain       string // with Stage: where the client is connected to
	Stage        string
	RemoteAddr   string // of the client, with a port
	ConnectedAt  time.Time
	RequestTime  time.Time
	Header       http.Header // of the request that connects: CONNECT and, as far as the platform has kept them, DISCONNECT
	Query        url.Values  // of the request that connects: CONNECT
	Secure       bool        // the client came by WSS
	Claims       map[string]any
	Body         []byte // of the frame: MESSAGE

	DisconnectStatus int // DISCONNECT: the status that the connection was closed with, and why
	DisconnectReason string
}

// serveSocket has an event of a WebSocket API served.
func (a *App) serveSocket(ctx context.Context, e *event, c *requestContext) ([]byte, error) {
	s := shape{socket: true, most: maxPayload}
	if a.opts.Sockets == nil {
		return s.encode(refusal(http.StatusForbidden, "There are no sockets here."))
	}
	ws, err := readSocket(e, c)
	if err != nil {
		return nil, fmt.Errorf("read an event of a socket: %w", err)
	}
	r, err := a.opts.Sockets.ServeSocket(ctx, ws)
	if err != nil {
		return nil, err
	}
	if r == nil {
		r = new(Response)
	}
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	return s.encode(r)
}

func readSocket(e *event, c *requestContext) (*WebSocketEvent, error) {
	h, err := readHeaders(e.headers, e.multiHeaders)
	if err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	ws := &WebSocketEvent{
		EventType: c.eventType, ConnectionID: c.connectionID, RouteKey: c.routeKey, MessageID: c.messageID, RequestID: c.requestID,
		Domain: c.domain, Stage: c.stage, RemoteAddr: withPort(c.sourceIP), ConnectedAt: fromMilliseconds(c.connectedAt),
		RequestTime: fromMilliseconds(c.requestTime), Header: h.Header, Secure: h.isSecure(true),
		DisconnectStatus: int(whole(c.disconnectStatusCode)), DisconnectReason: c.disconnectReason,
	}
	query, err := readQuery(e.query, e.multiQuery, url.QueryEscape)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if ws.Query, err = url.ParseQuery(query); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if ws.Claims, err = restClaims(c.authorizer); err != nil {
		return nil, fmt.Errorf("authorizer: %w", err)
	}
	ws.Body, err = e.bodyBytes()
	return ws, err
}

// fromMilliseconds returns the time of a number of milliseconds since 1970; zero where there is none.
func fromMilliseconds(v jsontext.Value) time.Time {
	if isAbsent(v) {
		return time.Time{}
	}
	return time.UnixMilli(whole(v)).UTC()
}

// whole returns a JSON number without its fraction; of anything else 0.
func whole(v jsontext.Value) int64 {
	if len(v) == 0 || v.Kind() != '0' {
		return 0
	}
	if n, err := json.Number(v).Int64(); err == nil {
		return n
	}
	return 0
}
