package amf

import (
	"context"
	"fmt"
)

// runRemoting runs a RemotingMessage: its destination is the service, its operation the target's name.
func (s *step) runRemoting(ctx context.Context, x *exchange) (any, error) {
	m := &x.message
	if m.Source != "" {
		s.set.Logger().DebugContext(ctx, "source of a RemotingMessage is ignored", "source", m.Source, "destination", m.Destination)
	}
	x.call.Service, x.call.Operation = m.Destination, m.Operation
	if err := s.beginCall(ctx, x); err != nil {
		return nil, err
	}
	result, err := s.set.Invoke(ctx, &x.call)
	s.endCall(x)
	return result, err
}

// beginCall gives a call what its message says: headers, arguments and who sends it, by its DSId or else by cookie or URL.
func (s *step) beginCall(ctx context.Context, x *exchange) error {
	m := &x.message
	x.call.Meta = m.Headers.texts()
	x.args.Value = m.Body
	if err := s.caller.introduce(ctx, s, &x.call, m.Headers.ID, false); err != nil {
		return err
	}
	if x.call.Client == nil && x.call.NoSession == nil {
		return s.caller.introduceByURL(ctx, s, &x.call)
	}
	return nil
}

// endCall keeps what a call has made of its caller's session.
func (s *step) endCall(x *exchange) {
	s.caller.remember(&x.call)
	x.announce()
}

// announce tells the sender of a message the id of the session that its call was given.
func (x *exchange) announce() {
	if x.call.Minted() {
		x.request.SetReplyHeader(headerID, x.call.Client.ID())
	}
}

// texts returns the application's own headers as text; nil where there are none.
func (h *MessageHeaders) texts() map[string]string {
	if len(h.Other) == 0 {
		return nil
	}
	texts := make(map[string]string, len(h.Other))
	for name, v := range h.Other {
		switch v := v.(type) {
		case string:
			texts[name] = v
		case bool, float64:
			texts[name] = fmt.Sprint(v)
		}
	}
	return texts
}
