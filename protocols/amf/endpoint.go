package amf

import (
	"context"
	"sync"

	"github.com/patchbay-go/patchbay/core"
)

// ContentType is the media type of packets.
const ContentType = "application/x-amf"

// An Endpoint serves packets and streams. It keeps nothing between packets but memory to reuse, of streams a list of those that are
// open, and serves any number at once.
type Endpoint struct {
	opts     Options
	commands map[int]*core.Target    // the handlers that are there from the start; the ServiceMapper's go before them
	headers  map[string]*core.Target // the same, by name in lower case
	steps    sync.Pool               // of *step
	codecs   sync.Pool               // of *codec
	frames   sync.Pool               // of *frameWriter
	streams  streamList
	shared   renderings
}

var _ core.Endpoint = (*Endpoint)(nil)

// New returns an Endpoint.
func New(opts *Options) *Endpoint {
	e := &Endpoint{opts: opts.withDefaults()}
	e.commands = e.builtinCommands()
	e.headers = builtinHeaders()
	e.shared.init()
	return e
}

// Traits implements core.Endpoint.
func (e *Endpoint) Traits() core.Traits {
	return core.Traits{Protocol: "amf", ContentType: ContentType}
}

// Serve implements core.Endpoint. Whatever can be read as a packet is answered by a packet, faults included; anything else is refused.
// What is sent to a URL with a command is a form, and asks for a stream or its end.
func (e *Endpoint) Serve(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	if isStreamRequest(in.Peer.URL) {
		return e.serveStream(ctx, set, in)
	}
	s, ok := e.steps.Get().(*step)
	if !ok {
		s = &step{endpoint: e}
	}
	s.begin(set, in)
	defer s.end()
	if fault := s.readPacket(); fault != nil {
		return in.Reply.Refuse(ctx, fault)
	}
	s.identify(ctx)
	s.runHeaders(ctx)
	for i := range s.bodies {
		s.serveBody(ctx, &s.bodies[i])
	}
	return in.Reply.Send(ctx, s.finishPacket(ctx))
}
