package jsonrpc

import (
	"context"
	"errors"
	"strings"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/json"
)

// A step serves one unit: it reads all requests, then runs and answers one after the other.
type step struct {
	endpoint *Endpoint
	set      *core.ChannelSet
	in       *core.Inbound
	caller   caller

	reader   json.Reader
	decoder  *value.Decoder // one for all requests, bound to reader
	writer   json.Writer
	encoder  *value.Encoder
	requests []request
	batch    bool
	out      []byte
}

func newStep(e *Endpoint) *step {
	return &step{endpoint: e, decoder: new(value.Decoder), encoder: new(value.Encoder)}
}

func (s *step) begin(set *core.ChannelSet, in *core.Inbound) {
	s.set, s.in = set, in
	s.requests, s.batch, s.out = s.requests[:0], false, s.out[:0]
	limits := set.Limits().Value
	s.reader.Reset(in.Unit, limits)
	s.decoder.Reset(&s.reader, set.Registry(), limits)
}

// serve returns what is to be sent; nothing where all was notifications.
func (s *step) serve(ctx context.Context) []byte {
	if fault := s.readRequests(); fault != nil {
		s.batch = false // a single answer for all of it (specification, section 6)
		s.respondFault(ctx, nullID, fault)
		return s.out
	}
	if err := s.caller.identify(ctx, s.set, &s.in.Peer); err != nil && core.AsFault(err).Code == core.Internal {
		s.set.Logger().ErrorContext(ctx, "caller cannot be identified", "error", err)
	}
	for i := range s.requests {
		s.answer(ctx, &s.requests[i])
	}
	if s.batch && len(s.out) > 0 {
		s.out = append(s.out, ']')
	}
	if s.caller.minted {
		s.in.SetCookie(s.set.SessionCookie(s.caller.client.ID(), &s.in.Peer))
	}
	return s.out
}

// answer runs one request and writes its response.
func (s *step) answer(ctx context.Context, req *request) {
	if req.fault != nil && req.fault.Code == core.Malformed {
		s.respondFault(ctx, req.idOrNull(), req.fault)
		return
	}
	result, err := s.call(ctx, req)
	switch {
	case req.isNotification():
	case err != nil:
		s.respondFault(ctx, req.id, core.AsFault(err))
	default:
		s.respond(ctx, req, result)
	}
}

// call runs one request's method, unless it is known already that this makes no sense.
func (s *step) call(ctx context.Context, req *request) (any, error) {
	if req.fault != nil {
		return nil, req.fault
	}
	if err := ctx.Err(); err != nil {
		return nil, err // a batch whose time is over, or whose sender has gone
	}
	call := &core.Call{Args: req.args, Peer: s.in.Peer}
	call.Service, call.Operation = split(req.method)
	if err := s.caller.introduce(call); err != nil {
		return nil, err
	}
	v, err := s.invoke(ctx, req.method, call)
	s.caller.remember(call)
	return v, methodNotFound(req.method, err)
}

func (s *step) invoke(ctx context.Context, method string, call *core.Call) (any, error) {
	switch {
	case method == discoverMethod && !s.endpoint.opts.NoDiscover:
		return s.set.InvokeTarget(ctx, s.endpoint.discover, call)
	case strings.HasPrefix(method, reservedPrefix):
		return nil, core.NotFound.Errorf("%q is reserved for the protocol", method).WithCause(core.ErrNoOperation)
	}
	return s.set.Invoke(ctx, call)
}

// reservedPrefix begins the names that the specification keeps for itself (section 4).
const reservedPrefix = "rpc."

// split cuts a method at its last dot, since services may have dots in their names.
func split(method string) (service, operation string) {
	if dot := strings.LastIndexByte(method, '.'); dot >= 0 {
		return method[:dot], method[dot+1:]
	}
	return "", method
}

// methodNotFound puts the specification's text in place of core's, and says in the data what was not found.
func methodNotFound(method string, err error) error {
	if !errors.Is(err, core.ErrNoService) && !errors.Is(err, core.ErrNoOperation) {
		return err
	}
	return core.NotFound.Errorf("Method not found").WithDetail("there is no method " + method).WithCause(err)
}
