package jsonrpc

import (
	"context"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/internal/jsonmessage"
)

// Options are what an Endpoint can be told. The zero value is good.
type Options struct {
	// MaxBatch is how many requests one batch may have. A larger one is refused as a whole. Default 100.
	MaxBatch int
	// NoDiscover switches rpc.discover off, NoMessaging the methods that begin with "patchbay.".
	NoDiscover, NoMessaging bool
	// MaxWait is how long patchbay.poll may wait. Default 60 s.
	MaxWait time.Duration
	// MaxCalls is how many calls of one socket run at once, and how many calls to its peer wait for their answers. One more waits for
	// up to 5 s until one has ended, and then is Exhausted. Default 32.
	MaxCalls int
	// CallTimeout is how long calls to a peer wait for their answers. Default 30 s.
	CallTimeout time.Duration
	// Title and Version are what rpc.discover says of the application. Default "Patchbay" and "1.0.0".
	Title, Version string
}

// withDefaults returns o, or the zero Options for nil, with its zero fields filled.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.MaxBatch == 0 {
		c.MaxBatch = 100
	}
	if c.MaxWait == 0 {
		c.MaxWait = 60 * time.Second
	}
	if c.MaxCalls == 0 {
		c.MaxCalls = 32
	}
	if c.CallTimeout == 0 {
		c.CallTimeout = 30 * time.Second
	}
	if c.Title == "" {
		c.Title = "Patchbay"
	}
	if c.Version == "" {
		c.Version = "1.0.0"
	}
	return c
}

// An Endpoint serves JSON-RPC 2.0.
type Endpoint struct {
	opts     Options
	own      map[string]*core.Target // methods of the endpoint's own
	messages jsonmessage.Renderer
	steps    sync.Pool // of *step, for their buffers
}

var _ core.EventWriter = (*Endpoint)(nil)

// New returns an Endpoint. Nil options are the defaults.
func New(opts *Options) *Endpoint {
	e := &Endpoint{opts: opts.withDefaults(), own: map[string]*core.Target{}}
	if !e.opts.NoMessaging {
		e.own = e.messaging()
	}
	if !e.opts.NoDiscover {
		e.own[discoverMethod] = &core.Target{Handler: e.openRPC, Params: []core.Param{}}
	}
	return e
}

// Traits implements core.Endpoint.
func (e *Endpoint) Traits() core.Traits {
	return core.Traits{Protocol: "jsonrpc", ContentType: "application/json", Subprotocols: []string{"jsonrpc"}, Text: true}
}

// Serve runs the calls of one request or batch and sends their responses as one unit, if there are any. Of a socket, calls may go on
// when it has returned.
func (e *Endpoint) Serve(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	switch {
	case in.Socket != nil:
		return e.peerOf(set, in).serve(ctx, in)
	case in.Outside != nil:
		return e.serveOutside(ctx, set, in)
	}
	s := e.step()
	defer e.release(s)
	s.begin(set, in)
	out := s.answerAll(ctx, s.readRequests())
	if len(out) == 0 {
		return nil
	}
	return in.Reply.Send(ctx, out)
}

func (e *Endpoint) step() *step {
	if s, ok := e.steps.Get().(*step); ok {
		return s
	}
	return newStep(e)
}

// Above these a step's memory is dropped rather than kept for the next unit.
const (
	maxKeptBytes    = 64 << 10
	maxKeptRequests = 16
)

func (e *Endpoint) release(s *step) {
	s.reader.Release()
	s.set, s.in, s.own, s.peer, s.caller, s.beside = nil, nil, nil, nil, caller{}, false
	clear(s.requests)
	if cap(s.out) <= maxKeptBytes && cap(s.requests) <= maxKeptRequests {
		e.steps.Put(s)
	}
}
