package gateway

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// connect asks the function whether a client may connect, and serves the connection to its end.
func (ws *WebSocket) connect(w http.ResponseWriter, r *http.Request) {
	c := ws.newConnection(r)
	var err error
	if c.authorizer, err = takeAuthorizer(r.Header, &ws.options.Options); err != nil {
		refuse(w, http.StatusBadRequest, c.message(err.Error(), ws.options.NewID()))
		return
	}
	if !ws.takePlace() {
		refuse(w, http.StatusTooManyRequests, c.message("Too Many Requests", ws.options.NewID()))
		return
	}
	defer ws.leave()
	ctx := context.WithoutCancel(r.Context()) // a client that leaves does not end what the function does for it
	if ws.options.Authorizer != nil {
		var refused *refusal
		if c.authorizer, refused = ws.authorize(ctx, c, r); refused != nil {
			refuse(w, refused.status, c.message(refused.message, ws.options.NewID()))
			return
		}
	}
	if ws.routes(connectRoute) && !ws.admit(ctx, w, r, c) {
		return
	}
	// From here on the function counts it as connected: $disconnect follows, whatever happens.
	if !ws.enter(c) {
		refuse(w, http.StatusServiceUnavailable, c.message("Service Unavailable", ws.options.NewID()))
		ws.disconnected(ctx, c, goingAway)
		return
	}
	ended := websocket.CloseError{Code: websocket.StatusAbnormalClosure}
	if socket, watched, err := upgrade(w, r); err == nil {
		ended = c.serve(ctx, socket, watched, func(message []byte) { ws.received(ctx, c, message) })
	}
	ws.forget(c)
	c.close()
	ws.disconnected(ctx, c, ended)
}

// wantsUpgrade tells whether a request is a WebSocket handshake, RFC 6455, section 4.1.
func wantsUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// upgrade completes the handshake. Browsers of every origin may connect, as with AWS.
func upgrade(w http.ResponseWriter, r *http.Request) (*websocket.Conn, *watchedWriter, error) {
	watched := &watchedWriter{ResponseWriter: w, frames: &frameWatch{limit: maxFrame}}
	socket, err := websocket.Accept(watched, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return nil, nil, err
	}
	socket.SetReadLimit(maxMessage)
	return socket, watched, nil
}

// newConnection returns a connection for a client that the function has not been asked about.
func (ws *WebSocket) newConnection(r *http.Request) *connection {
	c := &connection{
		id:          ws.options.NewID(),
		connectedAt: ws.options.Now(),
		identity:    identity{SourceIP: hostOf(r.RemoteAddr), UserAgent: r.UserAgent()},
		domain:      ws.options.DomainName,
		settings:    ws.options,
		wake:        make(chan struct{}, 1),
		places:      make(chan struct{}, ws.options.MaxInFlight),
	}
	if c.domain == "" {
		c.domain = r.Host
	}
	c.lastActive = c.connectedAt
	return c
}

// admit asks the function. It answers the client itself where the function does not want it.
func (ws *WebSocket) admit(ctx context.Context, w http.ResponseWriter, r *http.Request, c *connection) bool {
	event := ws.connectEvent(c, r)
	answer, refusal := ws.invoke(ctx, event, nil)
	switch {
	case refusal != nil:
		refuse(w, refusal.status, c.message(refusal.message, event.RequestContext.RequestID))
		return false
	case answer.status < 200 || answer.status > 299:
		// AWS hands on the status and nothing else that the function says.
		refuse(w, answer.status, c.message(http.StatusText(answer.status), event.RequestContext.RequestID))
		return false
	}
	// Whether the client has offered the sub-protocol is the function's affair, and then the client's.
	if protocol := answer.header("Sec-WebSocket-Protocol"); protocol != "" {
		w.Header().Set("Sec-WebSocket-Protocol", protocol)
	}
	return true
}

// received hands a message to the function, and the answer to the client later on. It returns when the function is being asked: messages
// overtake each other on the way to different processes of the function, and on purpose, but not here already.
func (ws *WebSocket) received(ctx context.Context, c *connection, message []byte) {
	route, ok := ws.route(message)
	if !ok {
		c.tell("Forbidden", ws.options.NewID())
		c.handled()
		return
	}
	event := ws.messageEvent(c, route, message)
	asking := make(chan struct{})
	asked := sync.OnceFunc(func() { close(asking) })
	ws.work.Go(func() {
		defer c.handled()
		if ws.options.Faults.Reorder() {
			asked()
			time.Sleep(ws.options.Faults.Moment(ws.options.ReorderWithin))
		}
		answer, refusal := ws.invoke(ctx, event, asked)
		ws.reply(c, event, answer, refusal)
	})
	<-asking
}

// reply tells the client what came of a message.
func (ws *WebSocket) reply(c *connection, event *webSocketEvent, answer *webSocketAnswer, refusal *refusal) {
	switch {
	case refusal != nil:
		c.tell(refusal.message, event.RequestContext.RequestID)
	case ws.options.OneWay || len(answer.body) == 0:
	case len(answer.body) > maxMessage:
		ws.options.Logger.Warn("answer to a WebSocket message is too long", "connection", c.id, "bytes", len(answer.body))
		c.tell(internalError.message, event.RequestContext.RequestID)
	default:
		if err := c.post(answer.body); err != nil {
			ws.options.Logger.Warn("answer to a WebSocket message is lost", "connection", c.id, "reason", err)
		}
	}
}

// disconnected tells the function that a connection has ended. What it answers matters to nobody.
func (ws *WebSocket) disconnected(ctx context.Context, c *connection, end websocket.CloseError) {
	if !ws.routes(disconnectRoute) || ws.options.Faults.DropDisconnect() {
		return
	}
	if _, refusal := ws.invoke(ctx, ws.disconnectEvent(c, end), nil); refusal != nil {
		ws.options.Logger.Warn("$disconnect is lost", "connection", c.id, "reason", refusal.message)
	}
}
