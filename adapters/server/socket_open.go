package server

import (
	"bufio"
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/core"
)

// isUpgrade reports whether a request asks for a WebSocket (RFC 6455, section 4.1).
func isUpgrade(r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	for _, list := range r.Header.Values("Upgrade") {
		for name := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(name), "websocket") {
				return true
			}
		}
	}
	return false
}

// upgrade opens a socket and serves it until it ends. Pages have to be allowed as for a POST: the browser sends its cookies, and lets
// any page open sockets to anywhere.
func (x *exchange) upgrade() {
	x.Header()["Content-Type"] = textType
	if !x.door.crossOrigin(x.Header(), x.request) {
		x.outcome = core.Denied.String()
		refuse(x, http.StatusForbidden, originRefused(x.request))
		return
	}
	leave, err := x.door.handler.gate.enter(x.door.address(x.request))
	if err != nil {
		x.fail(err)
		return
	}
	defer leave()
	s := x.accept()
	if s == nil {
		x.outcome = "refused"
		return
	}
	if x.door.handler.sockets.add(s) {
		defer x.door.handler.sockets.remove(s)
	} else {
		s.drain() // the server has begun to end
	}
	s.run()
	x.logSocket(s)
}

// accept answers the handshake. Nil: it could not, and has answered why.
func (x *exchange) accept() *socket {
	conn, err := websocket.Accept(x, x.request, &websocket.AcceptOptions{
		Subprotocols:       x.door.subprotocols,
		InsecureSkipVerify: true, // the origin is checked, by rules that the library does not know
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		x.err = err
		return nil
	}
	conn.SetReadLimit(-1) // socket.read has the limit
	s := &socket{door: x.door, conn: conn, wire: x.hijacked, id: rand.Text(), peer: x.door.peer(x.request), kind: x.door.kind,
		start: x.start, kept: map[any]any{}, idle: make(chan struct{})}
	s.peer.Transport = "websocket"
	s.context, s.cancel = context.WithCancel(x.request.Context())
	s.heard.Store(x.start.UnixNano())
	s.late = time.AfterFunc(time.Hour, func() { s.cut("slow sender", nil) })
	s.late.Stop()
	s.ping = time.AfterFunc(time.Hour, s.keepAlive)
	s.ping.Reset(x.door.handler.opts.KeepAlive)
	return s
}

// Hijack implements http.Hijacker for the handshake, and remembers what is below it.
func (x *exchange) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(x.ResponseWriter).Hijack()
	x.hijacked = c
	return c, rw, err
}

func (d *door) wrongKind() string {
	if d.kind == websocket.MessageText {
		return "This protocol takes text frames."
	}
	return "This protocol takes binary frames."
}

// closeCodeOf is the status of a close frame by a fault's code (RFC 6455, section 7.4.1, and the registry of IANA).
func closeCodeOf(c core.Code) websocket.StatusCode {
	switch c {
	case core.TooLarge:
		return websocket.StatusMessageTooBig
	case core.Exhausted, core.Unavailable:
		return websocket.StatusTryAgainLater
	case core.Internal, core.Failed:
		return websocket.StatusInternalError
	}
	return websocket.StatusPolicyViolation
}

// maxCloseReason is how many bytes of text a close frame has room for (RFC 6455, section 5.5).
const maxCloseReason = 123

// closeReason cuts a text to what a close frame can hold, between letters.
func closeReason(text string) string {
	if len(text) <= maxCloseReason {
		return text
	}
	end := maxCloseReason
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
