package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// The route keys that every WebSocket API knows.
const (
	connectRoute    = "$connect"
	disconnectRoute = "$disconnect"
	defaultRoute    = "$default"
)

// WebSocketOptions are the settings of a WebSocket API. The zero value is an API with the three predefined routes, whose answers go back
// to the client, and with AWS's quotas; nil works as well.
type WebSocketOptions struct {
	Options

	// Routes are the route keys that lead to the function; nil: "$connect", "$disconnect" and "$default". Without "$connect" everybody
	// may connect, without "$disconnect" nobody is told, and without "$default" a message that no other key fits is answered "Forbidden".
	Routes []string

	// RouteSelection is the route selection expression; "": "$request.body.action". [ParseRouteSelection] says what is understood.
	RouteSelection *RouteSelection

	// Authorizer is a function that is asked who may connect, before $connect, as a REQUEST authorizer is; nil: nobody is. Its principal and
	// context are requestContext.authorizer in all events of the connection.
	Authorizer Invoker

	// OneWay drops what the function answers to messages, as an API does that has no route response.
	OneWay bool

	// DomainName is the domain in events; "": the Host that the client asked for.
	DomainName string

	// APIID is the id of the API in events; "": "local".
	APIID string

	// IntegrationTimeout is how long the function may take; 0: 29 seconds. IdleTimeout is how long a connection may be without a message
	// either way; 0: 10 minutes. Lifetime is how long it may be at all; 0: 2 hours.
	IntegrationTimeout, IdleTimeout, Lifetime time.Duration

	// MaxConnections is how many there may be at once, those that the function is still being asked about included; 0: 10,000. One more
	// is answered 429.
	MaxConnections int

	// MaxInFlight is how many messages of one connection are with the function at once; 0: 100. The next waits, and so do those behind it.
	MaxInFlight int

	// SendBuffer is how many bytes may wait for a client that reads slower than it is written to; 0: 1 MiB. Whatever is posted beyond
	// that is refused with LimitExceededException.
	SendBuffer int

	// ReorderWithin bounds for how long a frame is held back that [local.Faults] chose to reorder; 0: 300 ms.
	ReorderWithin time.Duration
}

// AWS's quotas for WebSocket APIs, which nobody can raise.
const (
	maxFrame   = 32 << 10
	maxMessage = 128 << 10
)

// withDefaults returns the options with all fields set. It takes nil.
func (o *WebSocketOptions) withDefaults() *WebSocketOptions {
	var filled WebSocketOptions
	if o != nil {
		filled = *o
	}
	if filled.NewID == nil {
		filled.NewID = newGatewayID
	}
	filled.Options = *filled.Options.withDefaults()
	if filled.Routes == nil {
		filled.Routes = []string{connectRoute, disconnectRoute, defaultRoute}
	}
	if filled.RouteSelection == nil {
		filled.RouteSelection = &RouteSelection{path: []string{"action"}}
	}
	if filled.APIID == "" {
		filled.APIID = "local"
	}
	filled.IntegrationTimeout = orDefault(filled.IntegrationTimeout, 29*time.Second)
	filled.IdleTimeout = orDefault(filled.IdleTimeout, 10*time.Minute)
	filled.Lifetime = orDefault(filled.Lifetime, 2*time.Hour)
	filled.MaxConnections = orDefault(filled.MaxConnections, 10_000)
	filled.MaxInFlight = orDefault(filled.MaxInFlight, 100)
	filled.SendBuffer = orDefault(filled.SendBuffer, 1<<20)
	filled.ReorderWithin = orDefault(filled.ReorderWithin, 300*time.Millisecond)
	return &filled
}

// orDefault returns value, or what takes its place where it is not above zero.
func orDefault[T int | time.Duration](value, otherwise T) T {
	if value <= 0 {
		return otherwise
	}
	return value
}

// A WebSocket is the front door of a WebSocket API of Amazon API Gateway, and its callback: clients connect at "/STAGE", functions and
// others that hold credentials ask for "/STAGE/@connections/ID". Every connect, message and disconnect becomes an event for the function.
// Messages of one connection are invoked at once and in no promised order, as on the real platform.
type WebSocket struct {
	invoker Invoker
	options *WebSocketOptions

	mu          sync.Mutex
	closed      bool
	places      int // of MaxConnections that are taken
	connections map[string]*connection

	work sync.WaitGroup // connections and the invocations that they started
}

// NewWebSocket returns a door to the function behind invoker.
func NewWebSocket(invoker Invoker, opts *WebSocketOptions) *WebSocket {
	return &WebSocket{invoker: invoker, options: opts.withDefaults(), connections: map[string]*connection{}}
}

// ServeHTTP takes WebSocket handshakes and requests for @connections.
func (ws *WebSocket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := ws.belowStage(r)
	switch {
	case ok && strings.HasPrefix(path, "/@connections/"):
		ws.manage(w, r, strings.TrimPrefix(path, "/@connections/"))
	case !wantsUpgrade(r):
		refuse(w, http.StatusUpgradeRequired, gatewayMessage{Message: "Upgrade Required"})
	case !ok || path != "/":
		refuse(w, http.StatusForbidden, gatewayMessage{Message: "Forbidden", RequestID: ws.options.NewID()})
	default:
		ws.connect(w, r)
	}
}

// Close says goodbye to all connections, with status 1001, and returns when they and their invocations have ended or when ctx has. No
// connection is taken after that.
func (ws *WebSocket) Close(ctx context.Context) error {
	ws.mu.Lock()
	ws.closed = true
	for _, c := range ws.connections {
		c.end(goingAway)
	}
	ws.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		ws.work.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// belowStage returns the path below the stage, still escaped, with a slash in front.
func (ws *WebSocket) belowStage(r *http.Request) (path string, ok bool) {
	path = strings.Replace(r.URL.EscapedPath(), "/%40connections/", "/@connections/", 1)
	if below, ok := strings.CutPrefix(path, "/"+ws.stage()); ok && (below == "" || below[0] == '/') {
		return "/" + strings.TrimPrefix(below, "/"), true
	}
	return "/" + strings.TrimPrefix(path, "/"), ws.options.Stage == ""
}

// stage is the name of the stage in events.
func (ws *WebSocket) stage() string {
	if ws.options.Stage == "" {
		return "local"
	}
	return ws.options.Stage
}

// routes tells whether the API has a route.
func (ws *WebSocket) routes(key string) bool { return slices.Contains(ws.options.Routes, key) }

// connection finds one by its id; nil: there is none, or no longer.
func (ws *WebSocket) connection(id string) *connection {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return ws.connections[id]
}

// takePlace reserves room for a connection, until leave is called.
func (ws *WebSocket) takePlace() bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed || ws.places >= ws.options.MaxConnections {
		return false
	}
	ws.places++
	ws.work.Add(1)
	return true
}

func (ws *WebSocket) leave() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.places--
	ws.work.Done()
}

// enter lets a connection be found. It is false when the door has closed.
func (ws *WebSocket) enter(c *connection) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed {
		return false
	}
	ws.connections[c.id] = c
	return true
}

func (ws *WebSocket) forget(c *connection) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.connections, c.id)
}

// How the gateway itself ends connections. What clients see as reason is what $disconnect is told.
var (
	goingAway        = websocket.CloseError{Code: websocket.StatusGoingAway, Reason: "Going away"}
	closedNormally   = websocket.CloseError{Code: websocket.StatusNormalClosure, Reason: "Connection Closed Normally"}
	binaryMessage    = websocket.CloseError{Code: websocket.StatusUnsupportedData, Reason: "Binary messages are not supported"}
	messageTooLong   = websocket.CloseError{Code: websocket.StatusMessageTooBig, Reason: "Message too long"}
	textIsNotUnicode = websocket.CloseError{Code: websocket.StatusInvalidFramePayloadData, Reason: "Invalid UTF-8"}
)
