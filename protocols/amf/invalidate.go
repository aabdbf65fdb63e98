package amf

import (
	"context"

	"github.com/patchbay-go/patchbay/core"
)

// Invalidate ends a consumer's subscription by the server's own will, say because its user may not have it any more, and tells the
// client, which then takes its Consumer as unsubscribed. The client is told first, so that a process that dies in between has not ended
// in silence what the client believes to have. v names clientId, topic and selector, as Connection.Subscriptions gives them.
func Invalidate(ctx context.Context, set *core.ChannelSet, conn *core.Connection, v core.Subscription) error {
	notice := &core.Publication{Topic: core.Topic{Destination: v.Topic.Destination}, Headers: map[string]any{headerInvalidated: true}}
	if _, err := set.Send(ctx, conn, v.ID, notice); err != nil {
		return err
	}
	_, err := set.Unsubscribe(ctx, conn, &v)
	return err
}

// isInvalidation reports whether a delivery is what Invalidate sends. A client cannot send it: it puts nothing into an inbox, and the
// header does not go along with what it publishes.
func isInvalidation(d *core.Delivery) bool {
	return d.Topic.Destination == "" && d.Message.Headers[headerInvalidated] == true
}
