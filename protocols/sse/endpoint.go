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

// Serve sends events until the peer goes or the server ends; where an answer is given whole, as by a function, those that there are. A request
// that cannot be served is refused.
func (e *Endpoint) Serve(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	s := &stream{endpoint: e, set: set, reply: in.Reply, feed: set.NewFeed()}
	defer s.feed.Close(context.WithoutCancel(ctx))
	err := s.open(ctx, in)
	streamer, streams := in.Reply.(core.Streamer)
	if err == nil && streams {
		err = streamer.Stream(ctx)
	}
	switch {
	case err != nil && core.AsFault(err).Code == core.Internal:
		return err
	case err != nil:
		return in.Reply.Refuse(ctx, core.AsFault(err))
	case streams:
		return s.run(ctx)
	}
	return s.answer(ctx)
}
