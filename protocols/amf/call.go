package amf

import (
	"bytes"
	"context"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// serveCall runs a NetConnection call and answers it with its bare result, or with an object that says what failed.
func (s *step) serveCall(ctx context.Context, b *body) {
	result, err := s.call(ctx, b)
	if b.isUnanswered() {
		return
	}
	if err == nil {
		err = s.answer(ctx, b, result)
	}
	if err != nil {
		s.answerFault(ctx, b, core.AsFault(err), func(f *core.Fault) error { return s.encoder.Encode(callFault(f)) })
	}
}

// call runs the target of a body.
func (s *step) call(ctx context.Context, b *body) (any, error) {
	if err := firstFault(s.failed, b.fault); err != nil {
		return nil, err
	}
	if s.wantsDescription() {
		return s.describe(b.target)
	}
	x := s.newExchange(b)
	x.call.Service, x.call.Operation = splitTarget(b.target)
	x.args.Value = b.value
	s.openEnvelope(x)
	if err := s.caller.introduceByURL(ctx, s, &x.call); err != nil {
		return nil, err
	}
	result, err := s.set.Invoke(ctx, &x.call)
	s.caller.remember(&x.call)
	return result, err
}

// firstFault returns the first that there is, as an error; nil: there is none.
func firstFault(faults ...*core.Fault) error {
	for _, f := range faults {
		if f != nil {
			return f
		}
	}
	return nil
}

// An envelope is what old clients put headers and arguments of one call in.
type envelope struct {
	Flag string     `patchbay:"_flag"`
	Data value.Late // the arguments
}

// openEnvelope takes the arguments out of an envelope, if they are in one: an object alone whose _flag is "Envelope". Its headers are
// for the gateway that has packed it, as in BlazeDS.
func (s *step) openEnvelope(x *exchange) {
	if !bytes.Contains(s.in.Unit, []byte("Envelope")) {
		return
	}
	var list []value.Late
	if x.args.Value.Bind(&list) != nil || len(list) != 1 {
		list = []value.Late{x.args.Value}
	}
	var e envelope
	if list[0].Bind(&e) == nil && e.Flag == "Envelope" && !e.Data.IsZero() {
		x.args.Value = e.Data
	}
}
