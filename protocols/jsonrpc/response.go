package jsonrpc

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// Responses are written by hand but for the values in them (specification, section 5).
const (
	beforeResult = `{"jsonrpc":"2.0","result":`
	beforeError  = `{"jsonrpc":"2.0","error":`
	beforeID     = `,"id":`
)

// An errorObject is the member "error" of a response (specification, section 5.1).
type errorObject struct {
	Code    int    `patchbay:"code"`
	Message string `patchbay:"message"`
	Data    any    `patchbay:"data,omitempty"`
}

// A namedData is the data of a fault that has a name of its own.
type namedData struct {
	Name   string `patchbay:"name"`
	Detail any    `patchbay:"detail,omitempty"`
}

// respond writes a result. One that JSON cannot express costs this response alone.
func (s *step) respond(ctx context.Context, req *request, result any) {
	if err := s.append(beforeResult, result, req.id, s.limits()); err != nil {
		s.set.Logger().ErrorContext(ctx, "result cannot be encoded", "method", req.method, "error", err)
		s.respondFault(ctx, req.id, unencodable(err))
	}
}

// unencodable is the fault for a result that cannot be encoded. What is over a limit may be the caller's own doing, since a target can
// give back what it was given without reading it; anything else is the target's.
func unencodable(err error) *core.Fault {
	if errors.Is(err, value.ErrLimit) {
		return core.AsFault(err)
	}
	return &core.Fault{Code: core.Internal}
}

// respondFault writes an error. Where its detail cannot be written, or the limits are used up, code and text still go out: whoever
// has asked gets an answer.
func (s *step) respondFault(ctx context.Context, id []byte, fault *core.Fault) {
	object := errorOf(fault)
	err := s.append(beforeError, object, id, s.limits())
	if err == nil {
		return
	}
	object.Data = nil
	if err2 := s.append(beforeError, object, id, value.Limits{}); err2 != nil {
		err = err2
	}
	s.set.Logger().ErrorContext(ctx, "fault cannot be encoded in full", "fault", fault.Error(), "error", err)
}

// limits returns what one more response may cost. Together, the responses of a batch are one unit.
func (s *step) limits() value.Limits {
	limits := s.set.Limits().Value
	limits.Bytes = max(1, limits.Bytes-len(s.out))
	return limits
}

// errorOf returns what a peer is told of a fault.
func errorOf(fault *core.Fault) *errorObject {
	object := &errorObject{Code: wireCode(fault), Message: fault.Message, Data: fault.Detail}
	if object.Message == "" {
		object.Message = codeTexts[fault.Code]
	}
	if fault.Name != "" && !isParseError(fault) {
		object.Data = &namedData{Name: fault.Name, Detail: fault.Detail}
	}
	return object
}

// append writes a whole response, or nothing of it.
func (s *step) append(before string, v any, id []byte, limits value.Limits) error {
	start := len(s.out)
	s.separate()
	s.out = append(s.out, before...)
	if err := s.appendValue(v, limits); err != nil {
		s.out = s.out[:start]
		return err
	}
	s.out = append(s.out, beforeID...)
	s.out = append(s.out, id...)
	s.out = append(s.out, '}')
	return nil
}

func (s *step) appendValue(v any, limits value.Limits) error {
	if r, ok := v.(*pollResult); ok {
		s.out = r.appendTo(s.out)
		return nil
	}
	s.writer.Reset(s.out, limits)
	s.encoder.Reset(&s.writer, s.set.Registry(), limits)
	err := s.encode(v)
	s.out = s.writer.Bytes()
	s.writer.Release()
	return err
}

// encode writes a value. A panic of code that writes a value of the application is an error: it costs one response, and not those of
// a whole batch, whose calls have been run.
func (s *step) encode(v any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return s.encoder.Encode(v)
}

// separate writes what stands before a response of a batch.
func (s *step) separate() {
	switch {
	case !s.batch:
	case len(s.out) == 0:
		s.out = append(s.out, '[')
	default:
		s.out = append(s.out, ',')
	}
}
