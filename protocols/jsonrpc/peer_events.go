package jsonrpc

import (
	"context"
	"errors"

	"github.com/patchbay-go/patchbay/core"
)

// subscribe adds a subscription of the socket's own. The first one begins to send events.
func (p *peer) subscribe(ctx context.Context, call *core.Call, r *core.SubscribeRequest) error {
	p.mu.Lock()
	feed := p.feed
	if feed == nil {
		feed = p.set.NewFeed()
		p.feed = feed
		p.socket.Go(func(ctx context.Context) {
			defer feed.Close(context.WithoutCancel(ctx))
			p.sendEvents(ctx, feed)
		})
	}
	p.mu.Unlock()
	return feed.Subscribe(ctx, call, r)
}

func (p *peer) unsubscribe(ctx context.Context, id string) {
	if feed := p.presentFeed(); feed != nil {
		feed.Unsubscribe(ctx, id)
	}
}

// unsubscribeAll ends all subscriptions of the socket's own; new ones may be made after it.
func (p *peer) unsubscribeAll(ctx context.Context) {
	if feed := p.presentFeed(); feed != nil {
		feed.Close(ctx)
	}
}

func (p *peer) presentFeed() *core.Feed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.feed
}

// sendEvents sends what the feed gives until the socket or the server ends.
func (p *peer) sendEvents(ctx context.Context, feed *core.Feed) {
	var room []byte
	for {
		events, err := feed.Next(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, core.ErrDraining):
			return
		case err != nil:
			p.set.Logger().WarnContext(ctx, "events not read", "protocol", "jsonrpc", "error", err)
			continue
		}
		for i := range events {
			if room, err = p.sendEvent(ctx, room[:0], &events[i]); err != nil {
				return // the socket has ended
			}
		}
	}
}

// sendEvent sends one event as a notification. One that cannot be JSON is left out.
func (p *peer) sendEvent(ctx context.Context, room []byte, e *core.FeedEvent) ([]byte, error) {
	text := p.endpoint.renderOne(ctx, p.set, &e.Delivery)
	if text == nil {
		return room, nil
	}
	room = append(room, `{"jsonrpc":"2.0","method":"patchbay.event","params":{"subscription":"`...)
	room = append(room, e.Subscription...) // ours, of letters and digits
	room = append(room, `","message":`...)
	room = append(room, text...)
	room = append(room, `,"cursor":"`...)
	room = append(room, e.Cursor...) // core's, of letters, digits and their separators
	room = append(room, `"}}`...)
	p.order.Lock()
	defer p.order.Unlock()
	return room, p.socket.Send(ctx, room)
}
