package core

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
)

// The reasons of NotFound that protocols tell apart by errors.Is.
var (
	ErrNoService   = errors.New("no such service")
	ErrNoOperation = errors.New("no such operation")
)

// Invoke runs a call: the interceptors of the set, of the service and of the target, in this order, then the check of who calls,
// then the target, which binds the arguments. What fails comes back as a *Fault that may be sent as it is; what a peer must not
// see has been logged. The result is a Go value for value.Encoder.
func (s *ChannelSet) Invoke(ctx context.Context, call *Call) (any, error) {
	return s.run(ctx, call, s.handler)
}

// InvokeTarget runs a call of a target that is not found by service and operation: a header or command handler, or a protocol's
// own. The set's interceptors stand before it, and what its Secure asks holds.
func (s *ChannelSet) InvokeTarget(ctx context.Context, t *Target, call *Call) (any, error) {
	return s.run(ctx, call, chain(s.opts.Interceptors, func(ctx context.Context, call *Call) (any, error) {
		return s.safely(ctx, call, guarded(t.access, t.Handler))
	}))
}

func (s *ChannelSet) run(ctx context.Context, call *Call, h Handler) (any, error) {
	call.set = s
	if call.Args == nil {
		call.Args = Values()
	}
	ctx, done := s.opts.Observer.CallStarted(withCall(ctx, call), call)
	v, err := s.safely(ctx, call, h)
	if err == nil {
		done(nil)
		return v, nil
	}
	fault := s.failed(ctx, call, err)
	done(fault)
	return nil, fault
}

// failed returns the fault for a call's error. What it does not tell goes to the log.
func (s *ChannelSet) failed(ctx context.Context, call *Call, err error) *Fault {
	fault := AsFault(err)
	if fault.Code == Internal {
		s.opts.Logger.ErrorContext(ctx, "call failed", "service", call.Service, "operation", call.Operation, "error", err)
	}
	return fault
}

// dispatch finds the target of a call and runs all that stands before it.
func (s *ChannelSet) dispatch(ctx context.Context, call *Call) (any, error) {
	service := s.services.Service(call.Service)
	if service == nil {
		return nil, NotFound.Errorf("The supplied destination id is not registered with any service.").WithCause(ErrNoService)
	}
	m := service.targets[call.Operation]
	if m == nil {
		return nil, NotFound.Errorf("Cannot invoke method '%s'.", call.Operation).WithCause(ErrNoOperation)
	}
	return s.safely(ctx, call, m.handler)
}

// chain puts interceptors before a handler, the first outermost.
func chain(with []Interceptor, h Handler) Handler {
	for _, interceptor := range slices.Backward(with) {
		h = interceptor(h)
	}
	return h
}

// safely runs a handler and turns a panic into an error, with the stack in the log. It stands twice in a call's way: before the
// interceptors of the set, and behind them, so that they see the failure of what they stand before.
func (s *ChannelSet) safely(ctx context.Context, call *Call, h Handler) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.opts.Logger.ErrorContext(ctx, "call panicked", "service", call.Service, "operation", call.Operation,
				"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			v, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	return h(ctx, call)
}
