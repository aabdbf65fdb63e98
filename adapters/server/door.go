package server

import (
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/core"
)

// A door is where one channel's requests come in.
type door struct {
	handler  *Handler
	channel  *core.Channel
	protocol string
	reads    bool   // its units are plain GETs
	method   string // by which a page sends them
	methods  string // all that are taken, as the header Allow has it

	subprotocols []string // of WebSockets; none: there are no sockets here
	kind         websocket.MessageType
	contentType  []string // as a header's value
	max          int      // bytes of a body, unpacked
	buffers      *buffers
	log          slog.Handler // knows protocol and channel
}

func newDoor(h *Handler, c *core.Channel) *door {
	traits := c.Endpoint.Traits()
	d := &door{handler: h, channel: c, protocol: traits.Protocol, reads: traits.Reads, method: http.MethodPost, methods: "POST, OPTIONS",
		contentType: []string{traits.ContentType}, max: h.set.MaxUnit(c), buffers: new(buffers),
		log: h.opts.Logger.With("protocol", traits.Protocol, "channel", c.Name).Handler()}
	if d.reads {
		d.method, d.methods = http.MethodGet, "GET, HEAD, OPTIONS"
	}
	if d.subprotocols, d.kind = traits.Subprotocols, websocket.MessageBinary; traits.Text {
		d.kind = websocket.MessageText
	}
	return d
}

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(d, w, r)
	defer x.finish()
	switch {
	case len(d.subprotocols) > 0 && d.handler.upgrade != nil && isUpgrade(r):
		d.handler.upgrade(x)
	case r.Method == d.method, d.reads && r.Method == http.MethodHead:
		x.serve()
	case r.Method == http.MethodOptions:
		d.preflight(x, r)
	default:
		d.refuseMethod(x)
	}
}

func (d *door) refuseMethod(x *exchange) {
	x.prepare(x.Header())
	x.Header().Set("Allow", d.methods)
	text := "This address takes " + d.protocol + " messages: send them by POST."
	if d.reads {
		text = "This address gives " + d.protocol + ": ask for it by GET."
	}
	refuse(x, http.StatusMethodNotAllowed, text)
}

// peer is what HTTP knows of the caller.
func (d *door) peer(r *http.Request) core.Peer {
	return core.Peer{Transport: "http", Addr: d.address(r), Header: r.Header, URL: r.URL, TLS: r.TLS, Claims: claimsOf(r)}
}

// address returns where the request came from: the other end of the connection, or what the outermost of our own proxies has seen.
// Each appends one address, so what stands before theirs is the caller's own invention.
func (d *door) address(r *http.Request) string {
	if d.handler.opts.TrustedProxies <= 0 {
		return r.RemoteAddr
	}
	seen := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	addr := strings.TrimSpace(seen[max(0, len(seen)-d.handler.opts.TrustedProxies)])
	if host, _, err := net.SplitHostPort(addr); err == nil && net.ParseIP(host) != nil || net.ParseIP(addr) != nil {
		return addr
	}
	return r.RemoteAddr
}
