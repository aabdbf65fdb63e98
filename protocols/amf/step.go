package amf

import (
	"context"
	"errors"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A step serves one packet. It is taken from a pool and goes back to it, so nothing that a target may hold is part of it.
type step struct {
	*codec // nil while a poll waits

	endpoint *Endpoint
	set      *core.ChannelSet
	in       *core.Inbound
	packet   *Packet
	bodies   []body
	failed   *core.Fault // why no body is run: what a header's handler said
	caller   caller

	answers  int // bodies written
	served   int // bodies run
	received time.Time
}

func (s *step) begin(set *core.ChannelSet, in *core.Inbound) {
	s.set, s.in = set, in
	s.codec = s.endpoint.takeCodec(set, in.Unit)
	s.packet = &Packet{}
	s.served, s.received = 0, in.Received
	if s.received.IsZero() {
		s.received = set.Now()
	}
}

// end lets go of everything that belongs to the packet and gives the step back.
func (s *step) end() {
	if s.codec != nil {
		s.endpoint.giveCodec(s.codec, s.in.Unit)
	}
	clear(s.bodies)
	s.bodies, s.answers = s.bodies[:0], 0
	s.codec, s.set, s.in, s.packet, s.failed = nil, nil, nil, nil, nil
	s.caller = caller{}
	s.endpoint.steps.Put(s)
}

// park gives codec and unit back while a call waits. What was not read of the packet cannot be read any more.
func (s *step) park(x *exchange) {
	if s.codec == nil {
		return // an interceptor polls twice
	}
	x.args.Value, x.message.Body = value.Late{}, value.Late{}
	for i := range s.packet.Headers {
		s.packet.Headers[i].Value = value.Late{}
	}
	s.endpoint.giveCodec(s.codec, s.in.Unit)
	s.codec = nil
	s.in.Release()
}

// unpark takes a codec for the answer, if it was given back.
func (s *step) unpark() {
	if s.codec == nil {
		s.codec = s.endpoint.takeCodec(s.set, nil)
	}
}

// serveBody runs one body and answers it.
func (s *step) serveBody(ctx context.Context, b *body) {
	if b.isMessage() {
		s.serveMessage(ctx, b)
	} else {
		s.serveCall(ctx, b)
	}
}

// unreadable is the fault for bytes that cannot be read. Its text says where.
func unreadable(err error) *core.Fault {
	if errors.Is(err, value.ErrLimit) {
		return core.TooLarge.Errorf("%s", err).WithCause(err)
	}
	return core.Malformed.Errorf("%s", err).WithCause(err)
}
