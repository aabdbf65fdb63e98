package jsonrpc

import (
	"context"
	"errors"

	"github.com/patchbay-go/patchbay/core"
)

// An outsideSocket is a socket that a gateway holds, while one of its units is served. Several may be at once, in any order; all that
// lasts is in the stored socket.
type outsideSocket struct {
	set    *core.ChannelSet
	stored *core.OutsideSocket
	silent map[string]*core.PushSubscription // that this unit has made, by id: they begin behind the answer
}

var _ ownSocket = (*outsideSocket)(nil)

// serveOutside runs the requests of a unit one after the other. The answer goes out as the transport's reply, unless there are
// subscriptions in it: then it is posted, so that it is with the client before the first event is.
func (e *Endpoint) serveOutside(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	s := e.step()
	defer e.release(s)
	o := &outsideSocket{set: set, stored: in.Outside}
	s.begin(set, in)
	s.own = o
	s.caller.identified = true
	s.caller.identity, s.caller.err = in.Outside.Principal()
	out := s.answerAll(ctx, s.readRequests())
	if most := in.Outside.MaxUnit(); len(out) > most {
		out = s.answerTooLarge(ctx, most)
		if err := o.takeBack(ctx); err != nil {
			return err
		}
	}
	if len(o.silent) > 0 {
		return o.begin(ctx, out)
	}
	if len(out) == 0 {
		return nil
	}
	return in.Reply.Send(ctx, out)
}

// begin posts the answer and has the new subscriptions begin. Where the answer cannot be posted they stay silent for a while: the client, which
// does not know that they stand, asks again. Behind it nothing fails any more: what did not begin now does so by itself (core.ChannelSet.SubscribePush).
func (o *outsideSocket) begin(ctx context.Context, answer []byte) error {
	if len(answer) > 0 {
		if err := o.stored.Send(ctx, answer); err != nil {
			return err
		}
	}
	for _, sub := range o.silent {
		if err := sub.Begin(ctx); err != nil {
			o.set.Logger().WarnContext(ctx, "subscription begins later", "protocol", "jsonrpc", "error", err)
		}
	}
	return nil
}

// takeBack ends the new subscriptions: their client does not learn what they are called.
func (o *outsideSocket) takeBack(ctx context.Context) error {
	var errs []error
	for id := range o.silent {
		errs = append(errs, o.stored.Unsubscribe(ctx, id))
	}
	clear(o.silent)
	return errors.Join(errs...)
}

// answerTooLarge answers all requests anew, with the fault that their answers have more bytes than the gateway lets pass.
func (s *step) answerTooLarge(ctx context.Context, most int) []byte {
	s.out = s.out[:0]
	for i := range s.requests {
		if req := &s.requests[i]; !req.isNotification() {
			s.respondFault(ctx, req.id, core.TooLarge.Errorf("The answer has more than %d bytes, which is all that goes through the gateway.", most))
		}
	}
	if s.batch && len(s.out) > 0 {
		s.out = append(s.out, ']')
	}
	return s.out
}

func (o *outsideSocket) id() string { return o.stored.ID() }

func (o *outsideSocket) sessionID() string { return o.stored.SessionID() }

func (o *outsideSocket) remember(ctx context.Context, old, id string) {
	if err := o.stored.SetSession(ctx, old, id); err != nil {
		o.set.Logger().WarnContext(ctx, "session of a socket not kept", "protocol", "jsonrpc", "error", err)
	}
}

func (o *outsideSocket) subscribe(ctx context.Context, call *core.Call, r *core.SubscribeRequest) error {
	sub, err := o.stored.Subscribe(ctx, call, r)
	if err != nil {
		return err
	}
	if o.silent == nil {
		o.silent = map[string]*core.PushSubscription{}
	}
	o.silent[r.ID] = sub
	return nil
}

func (o *outsideSocket) unsubscribe(ctx context.Context, id string) error {
	return o.stored.Unsubscribe(ctx, id)
}

func (o *outsideSocket) unsubscribeAll(ctx context.Context) error {
	return o.stored.UnsubscribeAll(ctx)
}
