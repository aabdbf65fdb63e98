package amf

import (
	"context"

	"github.com/patchbay-go/patchbay/core"
)

// subscribe subscribes a consumer. The answer carries its clientId, which is made here the first time. A client that subscribes a
// consumer once more has connected anew: what it was sent and has not confirmed comes again.
func (e *Endpoint) subscribe(ctx context.Context, call *core.Call) (any, error) {
	r := FromCall(call)
	v, err := r.subscription(call.ChannelSet())
	if err != nil {
		return nil, err
	}
	if v.Selector, err = r.Message.Headers.text(headerSelector); err != nil {
		return nil, err
	}
	frequency, err := r.Message.Headers.number(headerMaxFrequency)
	if err != nil {
		return nil, err
	}
	v.MaxFrequency = lower(frequency, 0)
	c, err := e.consumer(ctx, call)
	if err != nil {
		return nil, err
	}
	return nil, c.subscribe(ctx, &core.SubscribeRequest{Subscription: v, Rollback: true, Received: r.received})
}

// subscription returns what a message says of a subscription: its clientId and topic.
func (r *Request) subscription(set *core.ChannelSet) (v core.Subscription, err error) {
	m := r.Message
	v.ID, v.Topic.Destination = m.ClientID, m.Destination
	if set.Destination(m.Destination) == nil {
		return v, notMessaging(set, m.Destination, "Service Does Not Support Command Type "+m.Operation)
	}
	v.Topic.Subtopic, err = m.Headers.text(headerSubtopic)
	if there := m.Headers.Other[headerSubtopic] != nil; err == nil && there && v.Topic.Subtopic == "" {
		err = core.Invalid.Errorf("The subtopic, '', is not valid.").WithName(defaultFaultCode)
	}
	return v, err
}

// unsubscribe ends a subscription. It is no error if there is none. With DSPreserveDurable the place that it has reached is kept, for as
// long as the connection lives.
func unsubscribe(ctx context.Context, call *core.Call) (any, error) {
	r, set := FromCall(call), call.ChannelSet()
	v, err := r.subscription(set)
	if err != nil {
		return nil, err
	}
	if v.Selector, err = r.Message.Headers.text(headerSelector); err != nil || call.Conn == nil {
		return nil, err
	}
	if r.Message.Headers.is(headerPreserveDurable) {
		if err := preserve(ctx, call.Conn, &v); err != nil {
			return nil, err
		}
	}
	return nil, finish(ctx, set, call.Conn, &v)
}

// preserve keeps the place that a subscription has reached. It is kept before the subscription ends, so that it is never lost between
// the two.
func preserve(ctx context.Context, conn *core.Connection, v *core.Subscription) error {
	cursor := conn.Cursor(v)
	if cursor == "" {
		return nil
	}
	return changeSession(ctx, conn, func(s *session) { s.keepCursor(v, cursor) })
}

// finish ends a subscription.
func finish(ctx context.Context, set *core.ChannelSet, conn *core.Connection, v *core.Subscription) error {
	_, err := set.Unsubscribe(ctx, conn, v)
	if isGone(err) {
		return nil
	}
	return err
}
