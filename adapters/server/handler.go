package server

import (
	"net/http"
	"sync/atomic"

	"github.com/patchbay-go/patchbay/core"
)

// A Handler answers HTTP requests from a ChannelSet, for a server of someone else's, or a function: who runs it looks after the options
// that are about connections (Grace, Notice and the times of whole requests), and calls core.ChannelSet.Sweep and Drain.
type Handler struct {
	set      *core.ChannelSet
	opts     Options
	answers  http.Handler
	draining atomic.Bool
	serving  atomic.Int64 // requests that a channel serves: their bodies have come
	gate     *gate
	ration   *ration
	sockets  *sockets
	upgrade  func(*exchange) // makes a request a socket; nil: none are taken
}

// NewHandler returns a Handler for set. It panics as New does.
func NewHandler(set *core.ChannelSet, opts *Options) *Handler {
	return newHandler(set, opts, (*exchange).upgrade)
}

// NewRequestHandler is NewHandler for a platform that has no WebSockets for an http.Handler, as functions have none: it takes none, and so
// does not link them.
func NewRequestHandler(set *core.ChannelSet, opts *Options) *Handler {
	return newHandler(set, opts, nil)
}

func newHandler(set *core.ChannelSet, opts *Options, upgrade func(*exchange)) *Handler {
	h := &Handler{set: set, opts: opts.withDefaults(set.Logger()), sockets: newSockets(), upgrade: upgrade}
	h.gate = newGate(h.opts.Streams, h.opts.StreamsPerAddress)
	h.ration = newRation(h.opts.Bodies, h.opts.BodiesPerAddress)
	h.answers = h.routes()
	if h.opts.Wrap != nil {
		h.answers = h.opts.Wrap(h.answers)
	}
	return h
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.answers.ServeHTTP(w, r) }
