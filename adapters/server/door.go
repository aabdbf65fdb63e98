package server

import (
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

const allowedMethods = "POST, OPTIONS"

// A door is where one channel's requests come in.
type door struct {
	server      *Server
	channel     *core.Channel
	protocol    string
	contentType []string // as a header's value
	max         int      // bytes of a body, unpacked
	buffers     *buffers
	log         slog.Handler // knows protocol and channel
}

func newDoor(s *Server, c *core.Channel) *door {
	traits := c.Endpoint.Traits()
	return &door{server: s, channel: c, protocol: traits.Protocol, contentType: []string{traits.ContentType},
		max: s.set.MaxUnit(c), buffers: new(buffers), log: s.opts.Logger.With("protocol", traits.Protocol, "channel", c.Name).Handler()}
}

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(d, w, r)
	defer x.finish()
	switch r.Method {
	case http.MethodPost:
		x.serve()
	case http.MethodOptions:
		d.preflight(x, r)
	default:
		x.prepare(w.Header())
		w.Header().Set("Allow", allowedMethods)
		refuse(x, http.StatusMethodNotAllowed, "This address takes "+d.protocol+" messages: send them by POST.")
	}
}

// peer is what HTTP knows of the caller.
func (d *door) peer(r *http.Request) core.Peer {
	return core.Peer{Transport: "http", Addr: d.address(r), Header: r.Header, URL: r.URL, TLS: r.TLS}
}

// address returns where the request came from: the other end of the connection, or what the outermost of our own proxies has seen.
// Each appends one address, so what stands before theirs is the caller's own invention.
func (d *door) address(r *http.Request) string {
	if d.server.opts.TrustedProxies <= 0 {
		return r.RemoteAddr
	}
	seen := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	addr := strings.TrimSpace(seen[max(0, len(seen)-d.server.opts.TrustedProxies)])
	if host, _, err := net.SplitHostPort(addr); err == nil && net.ParseIP(host) != nil || net.ParseIP(addr) != nil {
		return addr
	}
	return r.RemoteAddr
}
