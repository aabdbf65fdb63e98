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
		l := c.link(s)
		defer func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
			defer cancel()
			l.close(ctx)
		}()
		if err := l.open(ctx); err != nil {
			if !errors.Is(ctx.Err(), context.Canceled) {
				yield(nil, err)
			}
			return
		}
		s.notify("Subscribed to %s by %s. Ctrl-C ends.", s.Destination, c.Protocol)
		err := follow(ctx, l, s, yield)
		if err != nil && ctx.Err() == nil {
			yield(nil, err)
		}
	}
}

// follow hands on what comes until nobody wants more (nil), or nothing more will come.
func follow(ctx context.Context, l link, s *Subscription, yield func(*Message, error) bool) error {
	pause := patience{}
	for {
		messages, err := l.next(ctx)
		for _, m := range messages {
			if !yield(m, nil) {
				return nil
			}
		}
		if err == nil {
			pause.reset()
			continue
		}
		if err := reopen(ctx, l, s, err, &pause); err != nil {
			return err
		}
	}
}

// reopen opens a link anew that was lost, as often as it takes. It returns the error that cannot be mended so.
func reopen(ctx context.Context, l link, s *Subscription, lost error, pause *patience) error {
	for isLoss(lost) && ctx.Err() == nil {
		d := pause.next(lost)
		s.notify("Connection lost: %v. Trying again in %s.", lost, d)
		if err := sleep(ctx, d); err != nil {
			return err
		}
		if lost = l.open(ctx); lost == nil {
			s.notify("Connected again.")
			return nil
		}
	}
	return lost
}

func (s *Subscription) notify(format string, args ...any) {
	if s.Notify != nil {
		s.Notify(fmt.Sprintf(format, args...))
	}
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

// The pauses between attempts.
const (
	shortestPause = 500 * time.Millisecond
	longestPause  = 15 * time.Second
)

// A patience grows with each attempt that fails.
type patience struct{ last time.Duration }

func (p *patience) reset() { p.last = 0 }

// next returns how long to wait: what the server asks for, where it does.
func (p *patience) next(lost error) time.Duration {
	p.last = min(max(2*p.last, shortestPause), longestPause)
	if e, ok := errors.AsType[*ConnectionError](lost); ok && e.retry > 0 {
		return max(min(e.retry, longestPause), p.last)
	}
	return p.last
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
