package core

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
)

// A Peer is what a transport knows of who sent a unit. Nothing in it but what the transport itself has checked may be trusted:
// headers and cookies are the sender's words.
type Peer struct {
	Transport string               // "http", "websocket", "tcp" ...
	Addr      string               // the network address, with or without a port; empty: not known
	Header    http.Header          // of the request, or of the one that opened the socket; nil where the transport has none
	URL       *url.URL             // that it was sent to, for what clients put there (a session's id); nil where the transport has none
	TLS       *tls.ConnectionState // nil: not encrypted, or ended before us
	Claims    map[string]any       // what the platform's authorizer found out; from the platform's event, never from headers
}

// Host returns the address without its port.
func (p *Peer) Host() string {
	host, _, err := net.SplitHostPort(p.Addr)
	if err != nil {
		return p.Addr
	}
	return host
}

// Network returns what counts as one address where something is counted by address: of IPv6 the part that one subscriber has, 64 bits; of
// IPv4 the whole, however it is written.
func (p *Peer) Network() string {
	host := p.Host()
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return host
	}
	return prefix.String()
}

// Cookie returns the value of the first cookie of that name, or "".
func (p *Peer) Cookie(name string) string {
	c, err := p.request().Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// Cookies returns what the sender's Cookie headers hold.
func (p *Peer) Cookies() []*http.Cookie { return p.request().Cookies() }

// BasicAuth returns what the sender's HTTP Basic authorization holds, not checked.
func (p *Peer) BasicAuth() (Credentials, bool) {
	user, password, ok := p.request().BasicAuth()
	return Credentials{User: user, Password: password}, ok
}

// request lends net/http's reading of headers.
func (p *Peer) request() *http.Request { return &http.Request{Header: p.Header} }
