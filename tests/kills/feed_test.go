package kills

import (
	"context"
	"fmt"

	"github.com/patchbay-go/patchbay/core"
)

// feedName is whose messages come by feeds.
const feedName = "feed"

// A follower takes what comes by a feed, as those do whose sockets are in the process, and keeps the cursors. When a feed fails it opens
// another one, on the other set, and goes on behind them.
type follower struct {
	worker  *worker
	cursors map[string]string // by topic
	tell    func(event)
}

// newFollower begins at what is published from now on.
func newFollower(ctx context.Context, w *worker, tell func(event)) (*follower, error) {
	f := &follower{worker: w, cursors: map[string]string{}, tell: tell}
	feed, err := f.open(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer feed.Close(context.WithoutCancel(ctx))
	for _, topic := range topics {
		if f.cursors[topic] = feed.Cursor(topic); f.cursors[topic] == "" {
			return nil, fmt.Errorf("the subscription to %s has no cursor", topic)
		}
	}
	return f, nil
}

// open opens a feed behind the cursors.
func (f *follower) open(ctx context.Context, turn int) (*core.Feed, error) {
	feed := f.worker.set(turn).NewFeed()
	for _, topic := range topics {
		r := &core.SubscribeRequest{
			Subscription: core.Subscription{ID: topic, Topic: core.Topic{Destination: destination, Subtopic: topic}}, After: f.cursors[topic],
		}
		if err := feed.Subscribe(ctx, nil, r); err != nil {
			feed.Close(context.WithoutCancel(ctx))
			return nil, err
		}
	}
	return feed, nil
}

// follow takes what comes until ctx ends.
func (f *follower) follow(ctx context.Context) {
	for turn := 1; ctx.Err() == nil; turn++ {
		try(ctx, f.tell, func(one context.Context) error {
			feed, err := f.open(one, turn)
			if err != nil {
				return err
			}
			defer feed.Close(context.WithoutCancel(ctx))
			return f.takeFrom(ctx, feed)
		})
	}
}

// takeFrom takes what comes by a feed until it fails.
func (f *follower) takeFrom(ctx context.Context, feed *core.Feed) error {
	for {
		events, err := feed.Next(ctx)
		if err != nil {
			return err
		}
		for _, e := range events {
			f.cursors[e.Subscription] = e.Cursor
			f.tell(event{By: feedName, Got: messageOf(e.Message), ID: e.Message.ID})
		}
	}
}
