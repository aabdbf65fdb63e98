package jsonrpc

import (
	"context"
	"sync"

	"github.com/patchbay-go/patchbay/core"
)

// Options are what an Endpoint can be told. The zero value is good.
type Options struct {
	// MaxBatch is how many requests one batch may have. A larger one is refused as a whole. Default 100.
	MaxBatch int
	// NoDiscover switches rpc.discover off.
	NoDiscover bool
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
	discover *core.Target
	steps    sync.Pool // of *step, for their buffers
}

var _ core.Endpoint = (*Endpoint)(nil)

// New returns an Endpoint. Nil options are the defaults.
func New(opts *Options) *Endpoint {
	e := &Endpoint{opts: opts.withDefaults()}
	e.discover = &core.Target{Handler: e.openRPC, Params: []core.Param{}}
	return e
}

// Traits implements core.Endpoint.
func (e *Endpoint) Traits() core.Traits {
	return core.Traits{Protocol: "jsonrpc", ContentType: "application/json", Subprotocols: []string{"jsonrpc"}, Text: true}
}

// Serve runs the calls of one request or batch and sends their responses as one unit, if there are any.
func (e *Endpoint) Serve(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	s, ok := e.steps.Get().(*step)
	if !ok {
		s = newStep(e)
	}
	defer e.release(s)
	s.begin(set, in)
	out := s.serve(ctx)
	if len(out) == 0 {
		return nil
	}
	return in.Reply.Send(ctx, out)
}

// Above these a step's memory is dropped rather than kept for the next unit.
const (
	maxKeptBytes    = 64 << 10
	maxKeptRequests = 16
)

func (e *Endpoint) release(s *step) {
	s.reader.Release()
	s.set, s.in, s.caller = nil, nil, caller{}
	clear(s.requests)
	if cap(s.out) <= maxKeptBytes && cap(s.requests) <= maxKeptRequests {
		e.steps.Put(s)
	}
}
