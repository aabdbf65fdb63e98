package server

import (
	"log/slog"
	"net/http"
	"time"
)

// Options are what a Server can be told. The zero value serves health alone.
type Options struct {
	// Paths says which channel answers where: "/amf": "amf". What clients append behind a semicolon ("/amf;session=...") is part
	// of the URL and not of the path.
	Paths map[string]string

	// Other serves every path that is none of ours. Default: 404.
	Other http.Handler

	// Logger gets one line per request to a channel, and what goes wrong in the process. Default: the ChannelSet's.
	Logger *slog.Logger

	// AllowOrigin says which pages of other origins ("https://shop.example", or "null" for a page that has none) may call, with
	// cookies. Default: none. See Origins and LoopbackOrigin.
	AllowOrigin func(origin string) bool

	// CrossDomain is what /crossdomain.xml says to Flash Player. Default: there is no such file.
	CrossDomain *CrossDomain

	// Cacheable leaves out the headers that keep answers out of caches. Old browsers could not read such answers over HTTPS.
	Cacheable bool

	// TrustedProxies is how many proxies stand before this server and append to X-Forwarded-For. The caller's address is what
	// the outermost of them saw. Default 0: the header is anybody's word and is ignored. On a loopback address, pages of other
	// names than the loopback's own are then refused too: without a proxy there, they have no good reason to be.
	TrustedProxies int

	// ReadTimeout bounds reading a whole request, and a unit of a socket; HeaderTimeout a request's header, and IdleTimeout the wait for
	// the next one on the same connection. What is called may take as long as it takes. Defaults 60 s, 10 s and 120 s.
	ReadTimeout, HeaderTimeout, IdleTimeout time.Duration

	// SlowConsumer is how long a peer may take to accept what goes out to it on a stream or a socket, or 256 KiB of an answer, before
	// that ends. Default 30 s.
	SlowConsumer time.Duration

	// KeepAlive is how often a silent peer of a socket is asked whether it is still there, by a ping that it has to answer within
	// SlowConsumer. Default 30 s.
	KeepAlive time.Duration

	// Streams is how many streams and sockets may be open at once, and StreamsPerAddress how many from one address (of IPv6: one
	// network of 64 bits). Behind proxies that TrustedProxies does not tell of, all come from one. Defaults 20,000 and 1,000.
	Streams, StreamsPerAddress int

	// Bodies is how many bytes the bodies of all requests may take that are being read or served, and units of sockets, and
	// BodiesPerAddress those from one address, as above; 64 KiB of each are free. What is more is answered by 503, or closes the socket.
	// A body takes up to about 40 times its size while it is served. Defaults 256 MiB and 64 MiB.
	Bodies, BodiesPerAddress int

	// Grace is how long calls may go on when the server ends; then they are canceled. Default 8 s.
	Grace time.Duration

	// Sweep is how often Serve ends the connections that have expired: core.ChannelSet.Sweep. Default 1 minute; negative: never, since
	// somebody else does. Whoever mounts the Handler and does not Serve calls it as well.
	Sweep time.Duration

	// Wrap is put around what answers the requests, health included: to note in their contexts, which the Logger gets, what a platform says of
	// them. What it hands on in place of the http.ResponseWriter must have an Unwrap method. Default: nothing is.
	Wrap func(http.Handler) http.Handler

	// PlainHTTP2 takes HTTP/2 without TLS too, from proxies that know beforehand that they may (RFC 9113, section 3.3). WebSockets go by
	// HTTP/1.1 in any case.
	PlainHTTP2 bool

	// Notice is how long /readyz says 503 before the server stops to take connections, for a load balancer to notice. Default 0.
	Notice time.Duration
}

// withDefaults returns o, or the zero Options for nil, with its zero fields filled.
func (o *Options) withDefaults(logger *slog.Logger) Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Logger == nil {
		c.Logger = logger
	}
	if c.Other == nil {
		c.Other = http.NotFoundHandler()
	}
	if c.AllowOrigin == nil {
		c.AllowOrigin = Origins()
	}
	setDefault(&c.Streams, 20_000)
	setDefault(&c.StreamsPerAddress, 1_000)
	setDefault(&c.Bodies, 256<<20)
	setDefault(&c.BodiesPerAddress, 64<<20)
	setDefault(&c.KeepAlive, 30*time.Second)
	setDefault(&c.ReadTimeout, 60*time.Second)
	setDefault(&c.HeaderTimeout, 10*time.Second)
	setDefault(&c.IdleTimeout, 120*time.Second)
	setDefault(&c.SlowConsumer, 30*time.Second)
	setDefault(&c.Grace, 8*time.Second)
	setDefault(&c.Sweep, time.Minute)
	return c
}

// protocols returns what is spoken on connections; nil: what net/http does by itself.
func (o *Options) protocols() *http.Protocols {
	if !o.PlainHTTP2 {
		return nil
	}
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

func setDefault[T int | time.Duration](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}
