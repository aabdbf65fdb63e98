package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// webSocketEvent is what the function is handed. Which members are there follows events that were recorded on AWS: messages have no
// headers, and $disconnect has four of which three are empty.
type webSocketEvent struct {
	Headers           map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`

	QueryStringParameters           map[string]string   `json:"queryStringParameters,omitempty"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters,omitempty"`

	StageVariables  map[string]string       `json:"stageVariables,omitempty"`
	RequestContext  webSocketRequestContext `json:"requestContext"`
	Body            *string                 `json:"body,omitempty"`
	IsBase64Encoded bool                    `json:"isBase64Encoded"`
}

type webSocketRequestContext struct {
	RouteKey             string          `json:"routeKey"`
	MessageID            string          `json:"messageId,omitempty"`
	DisconnectStatusCode *int            `json:"disconnectStatusCode,omitempty"`
	EventType            string          `json:"eventType"`
	ExtendedRequestID    string          `json:"extendedRequestId"`
	RequestTime          string          `json:"requestTime"`
	MessageDirection     string          `json:"messageDirection"`
	DisconnectReason     *string         `json:"disconnectReason,omitempty"`
	Stage                string          `json:"stage"`
	ConnectedAt          int64           `json:"connectedAt"`
	RequestTimeEpoch     int64           `json:"requestTimeEpoch"`
	Authorizer           json.RawMessage `json:"authorizer,omitempty"`
	Identity             identity        `json:"identity"`
	RequestID            string          `json:"requestId"`
	DomainName           string          `json:"domainName"`
	ConnectionID         string          `json:"connectionId"`
	APIID                string          `json:"apiId"`
}

// identity is what is known of a client. AWS tells the same to the function and to who asks for a connection.
type identity struct {
	UserAgent string `json:"userAgent,omitempty"`
	SourceIP  string `json:"sourceIp"`
}

// clfTime is how events tell the time in words.
const clfTime = "02/Jan/2006:15:04:05 -0700"

// event returns what all events of a connection have in common.
func (ws *WebSocket) event(c *connection, kind, route string) *webSocketEvent {
	now, id := ws.options.Now(), ws.options.NewID()
	return &webSocketEvent{
		StageVariables: ws.options.StageVariables,
		RequestContext: webSocketRequestContext{
			RouteKey:          route,
			EventType:         kind,
			ExtendedRequestID: id,
			RequestID:         id,
			RequestTime:       now.UTC().Format(clfTime),
			RequestTimeEpoch:  now.UnixMilli(),
			MessageDirection:  "IN",
			Stage:             ws.stage(),
			ConnectedAt:       c.connectedAt.UnixMilli(),
			Authorizer:        c.authorizer,
			Identity:          c.identity,
			DomainName:        c.domain,
			ConnectionID:      c.id,
			APIID:             ws.options.APIID,
		},
	}
}

func (ws *WebSocket) connectEvent(c *connection, r *http.Request) *webSocketEvent {
	e := ws.event(c, "CONNECT", connectRoute)
	e.MultiValueHeaders = connectHeaders(r, c)
	e.Headers = lastValues(e.MultiValueHeaders)
	if query := r.URL.Query(); len(query) > 0 {
		e.MultiValueQueryStringParameters = query
		e.QueryStringParameters = lastValues(query)
	}
	return e
}

func (ws *WebSocket) messageEvent(c *connection, route string, message []byte) *webSocketEvent {
	e := ws.event(c, "MESSAGE", route)
	body := string(message)
	e.Body = &body
	e.RequestContext.MessageID = ws.options.NewID()
	return e
}

func (ws *WebSocket) disconnectEvent(c *connection, end websocket.CloseError) *webSocketEvent {
	e := ws.event(c, "DISCONNECT", disconnectRoute)
	e.MultiValueHeaders = map[string][]string{"Host": {c.domain}, "x-api-key": {""}, "X-Forwarded-For": {""}, "x-restapi": {""}}
	e.Headers = lastValues(e.MultiValueHeaders)
	code := int(end.Code)
	e.RequestContext.DisconnectStatusCode = &code
	e.RequestContext.DisconnectReason = &end.Reason
	return e
}

// connectHeaders are the client's headers as the gateway hands them on: without those of the one hop, with those that it adds. Where the
// client says for whom it asks, the gateway adds the address that it sees itself; only that one can be believed.
func connectHeaders(r *http.Request, c *connection) map[string][]string {
	headers := map[string][]string{"Host": {r.Host}}
	for name, values := range r.Header {
		switch name {
		case "Connection", "Upgrade", AuthorizerHeader:
		default:
			headers[clientSpelling(name)] = values
		}
	}
	_, port, _ := net.SplitHostPort(r.Host)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	forwarded := c.identity.SourceIP
	if before := r.Header.Get("X-Forwarded-For"); before != "" {
		forwarded = before + ", " + forwarded
	}
	headers["X-Forwarded-For"] = []string{forwarded}
	headers["X-Forwarded-Port"] = []string{port}
	headers["X-Forwarded-Proto"] = []string{scheme}
	if r.Header.Get("X-Amzn-Trace-Id") == "" {
		headers["X-Amzn-Trace-Id"] = []string{newTraceID(c.connectedAt)}
	}
	return headers
}

// clientSpelling undoes what net/http does to the one family of header names whose usual spelling differs.
func clientSpelling(name string) string {
	const canonical = "Sec-Websocket-"
	if len(name) > len(canonical) && name[:len(canonical)] == canonical {
		return "Sec-WebSocket-" + name[len(canonical):]
	}
	return name
}

// lastValues keeps the last of several values, as API Gateway does where an event has room for one.
func lastValues(all map[string][]string) map[string]string {
	last := make(map[string]string, len(all))
	for name, values := range all {
		if len(values) > 0 {
			last[name] = values[len(values)-1]
		}
	}
	return last
}

// idBytes is how long ids of connections, requests and messages are before they are encoded: "L0SM9cOFvHcCIhw=". Ours are random.
const idBytes = 11

// newGatewayID returns an id in the form of API Gateway's, which nobody can guess.
func newGatewayID() string {
	var b [idBytes]byte
	_, _ = rand.Read(b[:]) // it never fails
	return base64.URLEncoding.EncodeToString(b[:])
}

// newTraceID returns the value of a new X-Amzn-Trace-Id header.
func newTraceID(now time.Time) string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("Root=1-%08x-%x", now.Unix(), b)
}
