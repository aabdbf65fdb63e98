package cloudrun

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
)

// Options are what New can be told. The zero value serves health alone.
type Options struct {
	// Server are the settings of the server. Those that the platform decides have other defaults here: see New.
	Server server.Options

	// Project is the id of the Google Cloud project, by which log lines find their requests. Default: they do not.
	Project string

	// Push says at which paths Pub/Sub and Eventarc deliver: "/push/orders".
	Push map[string]*Push
}

// These add up to seven of the ten seconds between SIGTERM and SIGKILL: a second more is what adapters/server gives calls that were canceled.
// The rest is for what a Bus has still to send, and for closing it and the store.
const grace = 6 * time.Second

// New returns a server for set as Cloud Run needs it. HTTP/1.1 and HTTP/2 without TLS are taken, as the platform ends TLS; the caller's
// address is the last one of X-Forwarded-For, which Google's front end has appended (Options.Server.TrustedProxies tells of more); and what
// has not ended six seconds after the server was told to is canceled. It panics as server.New does, and where a path of Push is taken.
func New(set *core.ChannelSet, opts *Options) *server.Server {
	var o Options
	if opts != nil {
		o = *opts
	}
	s := o.Server
	s.PlainHTTP2 = true
	if s.TrustedProxies == 0 {
		s.TrustedProxies = 1
	}
	if s.Grace == 0 {
		s.Grace = grace
	}
	s.Other = o.other()
	inner := s.Wrap
	s.Wrap = func(h http.Handler) http.Handler {
		if inner != nil {
			h = inner(h)
		}
		return traced(o.Project, h)
	}
	return server.New(set, &s)
}

// other returns what answers where no channel does.
func (o *Options) other() http.Handler {
	rest := o.Server.Other
	if rest == nil {
		rest = http.NotFoundHandler()
	}
	for path := range o.Push {
		if _, taken := o.Server.Paths[path]; taken || path == "" || path[0] != '/' {
			panic(fmt.Sprintf("cloudrun: path %q is taken or does not begin with a slash", path))
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := o.Push[r.URL.Path]; p != nil {
			p.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}

// Address returns what to listen on, all addresses of the container, for what the variable PORT says; 8080 where it is empty.
func Address(port string) (string, error) {
	if port == "" {
		port = "8080"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("PORT is %q, not the number of a port", port)
	}
	return net.JoinHostPort("0.0.0.0", port), nil
}
