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
	own      ownSocket // what the unit came over; nil for a plain request
	peer     *peer     // the same, where it is a socket of this process
	caller   caller
	beside   bool // other units of the socket run at the same time

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

// answerAll runs the requests and returns what is to be sent; nothing where all was notifications. A fault is why they were not read.
func (s *step) answerAll(ctx context.Context, fault *core.Fault) []byte {
	if fault != nil {
		s.batch = false // a single answer for all of it (specification, section 6)
		s.respondFault(ctx, nullID, fault)
		return s.out
	}
	session := s.sessionID()
	if err := s.caller.identify(ctx, s.set, session, &s.in.Peer); err != nil && core.AsFault(err).Code == core.Internal {
		s.set.Logger().ErrorContext(ctx, "caller cannot be identified", "error", err)
	}
	for i := range s.requests {
		s.answer(ctx, &s.requests[i])
	}
	if s.batch && len(s.out) > 0 {
		s.out = append(s.out, ']')
	}
	if s.caller.minted {
		s.announce(ctx, session)
	}
	return s.out
}

// sessionID returns the id that the unit brings for its session, not checked; "" where there is none.
func (s *step) sessionID() string {
	if s.own != nil {
		return s.own.sessionID()
	}
	return s.set.SessionID(&s.in.Peer)
}

// announce tells of a new session that takes the place of old.
func (s *step) announce(ctx context.Context, old string) {
	id := s.caller.client.ID()
	if s.own != nil {
		s.own.remember(ctx, old, id)
		return
	}
	s.in.SetCookie(s.set.SessionCookie(id, &s.in.Peer))
}

// refuseAll has all requests answered with a fault, but for those that have one already.
func (s *step) refuseAll(fault *core.Fault) {
	for i := range s.requests {
		s.requests[i].refuse(fault)
	}
}

// isInOrder reports whether all requests of a unit run before the next unit is read.
func (s *step) isInOrder() bool {
	for i := range s.requests {
		if r := &s.requests[i]; r.fault == nil && !r.isAnswer() && !s.endpoint.isQuick(r.method) {
			return false
		}
	}
	return true
}

// isQuick reports whether a method is one of messaging that does not wait.
func (e *Endpoint) isQuick(method string) bool {
	return strings.HasPrefix(method, messagingPrefix) && method != pollMethod && e.own[method] != nil
}

// answer runs one request and writes its response.
func (s *step) answer(ctx context.Context, req *request) {
	if req.isAnswer() {
		s.peer.back.take(req.id, *req.answer)
		return
	}
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
	return v, err
}

func (s *step) invoke(ctx context.Context, method string, call *core.Call) (any, error) {
	if t := s.endpoint.own[method]; t != nil {
		return s.invokeOwn(ctx, method, t, call)
	}
	if strings.HasPrefix(method, reservedPrefix) {
		return nil, noMethod(method, core.ErrNoOperation)
	}
	if s.beside {
		call.Back = s.peer
	}
	v, err := s.set.Invoke(ctx, call)
	if errors.Is(err, core.ErrNoService) || errors.Is(err, core.ErrNoOperation) {
		err = noMethod(method, err)
	}
	return v, err
}

// invokeOwn runs a method of the endpoint's own. Those of a socket that change something run one after the other.
func (s *step) invokeOwn(ctx context.Context, method string, t *core.Target, call *core.Call) (any, error) {
	call.Attachment = &origin{set: s.set, channel: s.in.Channel.Name, received: s.in.Received, own: s.own}
	if s.beside && s.endpoint.isQuick(method) {
		s.peer.order.Lock()
		defer s.peer.order.Unlock()
	}
	return s.set.InvokeTarget(ctx, t, call)
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

// noMethod has the specification's text in place of core's, and says in the data what was not found.
func noMethod(method string, err error) error {
	return core.NotFound.Errorf("Method not found").WithDetail("there is no method " + method).WithCause(err)
}
