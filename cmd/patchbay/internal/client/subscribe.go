package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"
)

// A link is one protocol's way to get messages. Its methods are called by one goroutine.
type link interface {
	// open connects and subscribes; after a loss, once more, so that as little as possible is missed.
	open(ctx context.Context) error
	// next waits for what comes next. After a loss it may be called again when open has worked.
	next(ctx context.Context) ([]*Message, error)
	// close ends the subscription in good order.
	close(ctx context.Context)
}

// farewell is how long the orderly end may take.
const farewell = 3 * time.Second

// Messages subscribes and returns what comes until ctx ends. A connection that is lost is made again, and the subscription goes on
// where it was: by the cursor of the last message, or in the same session. An error is the last thing that is yielded: a *Fault, a
// *StatusError, or, where there was no connection from the beginning, a *ConnectionError.
func (c *Client) Messages(ctx context.Context, s *Subscription) iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		f := follower{link: c.link(s), notify: s.Notify}
		f.run(ctx, fmt.Sprintf("Subscribed to %s by %s. Ctrl-C ends.", s.Destination, c.Protocol), yield)
	}
}

// A follower keeps a link going.
type follower struct {
	link   link
	notify func(text string)
	pause  time.Duration // before the last attempt; 0: that has worked
}

// run opens the link, follows it, and ends it in good order.
func (f *follower) run(ctx context.Context, opened string, yield func(*Message, error) bool) {
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		f.link.close(ctx)
	}()
	if err := f.link.open(ctx); err != nil {
		if !errors.Is(ctx.Err(), context.Canceled) {
			yield(nil, err)
		}
		return
	}
	f.tell("%s", opened)
	if err := f.follow(ctx, yield); err != nil && ctx.Err() == nil {
		yield(nil, err)
	}
}

// follow hands on what comes until nobody wants more (nil), or nothing more will come.
func (f *follower) follow(ctx context.Context, yield func(*Message, error) bool) error {
	for {
		messages, err := f.link.next(ctx)
		for _, m := range messages {
			if !yield(m, nil) {
				return nil
			}
		}
		if err == nil {
			f.pause = 0
			continue
		}
		if err := f.reopen(ctx, err); err != nil {
			return err
		}
	}
}

// reopen opens a link anew that was lost, as often as it takes. It returns the error that cannot be mended so.
func (f *follower) reopen(ctx context.Context, lost error) error {
	for isLoss(lost) && ctx.Err() == nil {
		f.pause = f.pauseAfter(lost)
		f.tell("Connection lost: %v. Trying again in %s.", reason(lost), f.pause)
		if err := sleep(ctx, f.pause); err != nil {
			return err
		}
		if lost = f.link.open(ctx); lost == nil {
			f.tell("Connected again.")
			return nil
		}
	}
	return lost
}

// The pauses between attempts.
const (
	shortestPause = 500 * time.Millisecond
	longestPause  = 15 * time.Second
)

// pauseAfter returns how long to wait for the next attempt: longer each time, and what the server asks for, where it does.
func (f *follower) pauseAfter(lost error) time.Duration {
	pause := 2 * f.pause
	if e, ok := errors.AsType[*ConnectionError](lost); ok {
		pause = max(pause, e.retry)
	}
	return min(max(pause, shortestPause), longestPause)
}

func (f *follower) tell(format string, args ...any) {
	if f.notify != nil {
		f.notify(fmt.Sprintf(format, args...))
	}
}

// reason takes off what a notice says itself.
func reason(lost error) error {
	if e, ok := errors.AsType[*ConnectionError](lost); ok {
		return e.err
	}
	return lost
}

// behind adds to a loss what it means where there is no cursor to go on behind.
func behind(cursor string, err error) error {
	e, lost := errors.AsType[*ConnectionError](err)
	if !lost || cursor != "" {
		return err
	}
	return &ConnectionError{err: fmt.Errorf("%w; no message has come yet, so those until it is made again are missed", e.err), retry: e.retry}
}

// isLoss reports whether trying again may help.
func isLoss(err error) bool {
	if _, ok := errors.AsType[*ConnectionError](err); ok {
		return true
	}
	status, ok := errors.AsType[*StatusError](err)
	if !ok {
		return false
	}
	switch status.Code {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
