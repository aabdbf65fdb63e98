package amf

import (
	"context"
	"strings"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// describeHeader is what Flash's old debugger sends to hear what a service offers.
const describeHeader = "DescribeService"

// builtinHeaders returns the handlers that are there unless the ServiceMapper has others.
func builtinHeaders() map[string]*core.Target {
	return map[string]*core.Target{"credentials": core.Func(checkCredentials, "credentials")}
}

// runHeaders runs the handlers of all headers before any body. Where one fails no body is run, and each is answered with what it said.
func (s *step) runHeaders(ctx context.Context) {
	for i := range s.packet.Headers {
		if fault := s.runHeader(ctx, &s.packet.Headers[i]); fault != nil {
			s.failed = fault
			return
		}
	}
}

func (s *step) runHeader(ctx context.Context, h *Header) *core.Fault {
	target := s.set.Services().Header(h.Name)
	if target == nil {
		target = s.endpoint.headers[strings.ToLower(h.Name)]
	}
	if target == nil {
		return s.passHeader(ctx, h)
	}
	x := s.newExchange(&body{})
	x.call.Service, x.call.Operation = "header", strings.ToLower(h.Name)
	x.call.Args = &core.Arguments{Positional: []value.Late{h.Value}}
	_, err := s.set.InvokeTarget(ctx, target, &x.call)
	return core.AsFault(err)
}

// identify finds out who the platform's authorizer says that calls, for all bodies. A header with credentials goes before it.
func (s *step) identify(ctx context.Context) {
	principal, err := s.set.Claimed(ctx, &s.in.Peer)
	if err != nil {
		s.failed = core.AsFault(err)
		return
	}
	s.packet.Identify(principal)
}

// passHeader deals with a header that has no handler. BlazeDS and AmFast let pass even what must be understood.
func (s *step) passHeader(ctx context.Context, h *Header) *core.Fault {
	if !h.MustUnderstand || strings.EqualFold(h.Name, describeHeader) {
		return nil
	}
	if s.endpoint.opts.Strict {
		return core.Malformed.Errorf("The header %q must be understood, and is not.", h.Name).WithName("Client.Header.Encoding")
	}
	s.set.Logger().InfoContext(ctx, "packet header that must be understood has no handler", "header", h.Name)
	return nil
}

// packetCredentials are the value of the header Credentials, as NetConnection.setCredentials makes it.
type packetCredentials struct {
	UserID   string `patchbay:"userid"`
	Password string
}

// checkCredentials authenticates the packet that has brought them, and nothing else. Null is what clients send that have taken their
// credentials back.
func checkCredentials(ctx context.Context, c *packetCredentials) (struct{}, error) {
	if c == nil {
		return struct{}{}, nil
	}
	call := core.CallFrom(ctx)
	principal, err := call.ChannelSet().Authenticate(ctx, core.Credentials{User: c.UserID, Password: c.Password}, &call.Peer)
	if err == nil {
		FromCall(call).Packet.Identify(principal)
	}
	return struct{}{}, err
}

// wantsDescription reports whether the packet asks what services offer, in place of their results.
func (s *step) wantsDescription() bool {
	for i := range s.packet.Headers {
		if strings.EqualFold(s.packet.Headers[i].Name, describeHeader) {
			return s.endpoint.opts.Describe
		}
	}
	return false
}
