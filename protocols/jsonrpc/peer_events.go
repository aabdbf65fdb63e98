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

func (p *peer) unsubscribe(ctx context.Context, id string) error {
	if feed := p.presentFeed(); feed != nil {
		feed.Unsubscribe(ctx, id)
	}
	return nil
}

func (p *peer) unsubscribeAll(ctx context.Context) error {
	if feed := p.presentFeed(); feed != nil {
		feed.Close(ctx)
	}
	return nil
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

// sendEvent sends one event.
func (p *peer) sendEvent(ctx context.Context, room []byte, e *core.FeedEvent) ([]byte, error) {
	room = p.endpoint.AppendEvent(ctx, p.set, room, e)
	if len(room) == 0 {
		return room, nil
	}
	p.order.Lock()
	defer p.order.Unlock()
	return room, p.socket.Send(ctx, room)
}

// AppendEvent implements core.EventWriter: an event is a notification. One that cannot be JSON is left out.
func (e *Endpoint) AppendEvent(ctx context.Context, set *core.ChannelSet, b []byte, event *core.FeedEvent) []byte {
	text := e.renderOne(ctx, set, &event.Delivery)
	if text == nil {
		return b
	}
	b = append(b, `{"jsonrpc":"2.0","method":"patchbay.event","params":{"subscription":"`...)
	b = append(b, event.Subscription...) // ours: letters and digits, and a cursor
	b = append(b, `","message":`...)
	b = append(b, text...)
	b = append(b, `,"cursor":"`...)
	b = append(b, event.Cursor...) // core's, of letters, digits and their separators
	return append(b, `"}}`...)
}
