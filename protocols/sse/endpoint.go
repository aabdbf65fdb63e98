package sse

import (
	"context"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/internal/jsonmessage"
)

// Options are what an Endpoint can be told. The zero value is good.
type Options struct {
	// Heartbeat is how long a stream may be silent before a comment is sent, so that nobody on the way takes it for dead.
	// Default 15 s.
	Heartbeat time.Duration
	// Retry is how long a browser waits before it opens a stream again that has ended. Default 2 s.
	Retry time.Duration
}

// withDefaults returns o, or the zero Options for nil, with its zero fields filled.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = 15 * time.Second
	}
	if c.Retry == 0 {
		c.Retry = 2 * time.Second
	}
	return c
}

// An Endpoint gives messages as server-sent events.
type Endpoint struct {
	opts      Options
	subscribe *core.Target
	messages  jsonmessage.Renderer
}

var _ core.Endpoint = (*Endpoint)(nil)

// New returns an Endpoint. Nil options are the defaults.
func New(opts *Options) *Endpoint {
	return &Endpoint{opts: opts.withDefaults(), subscribe: &core.Target{Handler: subscribe, Params: []core.Param{}}}
}

// Traits implements core.Endpoint.
func (e *Endpoint) Traits() core.Traits {
	return core.Traits{Protocol: "sse", ContentType: "text/event-stream", Text: true, Reads: true}
}

// Serve sends events until the peer goes or the server ends. A request that cannot be served is refused.
func (e *Endpoint) Serve(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	reply, ok := in.Reply.(core.Streamer)
	if !ok {
		return in.Reply.Refuse(ctx, core.Invalid.Errorf("There are no streams over this connection: use HTTP/1.1 or later."))
	}
	s := &stream{endpoint: e, set: set, reply: reply, feed: set.NewFeed()}
	defer s.feed.Close(context.WithoutCancel(ctx))
	switch err := s.open(ctx, in); {
	case err == nil:
		return s.run(ctx)
	case core.AsFault(err).Code == core.Internal:
		return err
	default:
		return in.Reply.Refuse(ctx, core.AsFault(err))
	}
}
