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
	x.call.Meta = m.Headers.texts()
	x.args.Value = m.Body
	if err := s.caller.introduce(ctx, s, &x.call, m.Headers.ID); err != nil {
		return nil, err
	}
	if x.call.Client == nil && x.call.NoSession == nil {
		if err := s.caller.introduceByURL(ctx, s, &x.call); err != nil {
			return nil, err
		}
	}
	result, err := s.set.Invoke(ctx, &x.call)
	s.caller.remember(&x.call)
	x.announce()
	return result, err
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
