package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/patchbay-go/patchbay/core"
)

// Options are what a Bus can be told. The zero value is good.
type Options struct {
	// Prefix names the channel, "<Prefix>:notices": deployments that share a Redis and are not to hear each other have different ones.
	// Redis's databases do not keep channels apart. Default "patchbay".
	Prefix string
	// Queue is how many notices may wait to be sent; more are dropped. Default 1024.
	Queue int
	// TLS is used with rediss:// in place of the system's certificates. Default: those.
	TLS *tls.Config
	// Logger is told when Redis is away, and when it is back. Default: nobody is.
	Logger *slog.Logger
}

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Prefix == "" {
		c.Prefix = "patchbay"
	}
	if c.Queue <= 0 {
		c.Queue = 1024
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// A Bus is a core.Bus over Redis. It has one goroutine that sends and one that receives, until Close.
type Bus struct {
	client  *redis.Client
	channel string
	logger  *slog.Logger
	queue   chan core.Notice
	full    atomic.Bool // it was, since it was last empty
	stats   counters

	ctx    context.Context //nolint:containedctx // it is the Bus's life: Close ends it
	end    context.CancelFunc
	work   sync.WaitGroup
	closed sync.Once

	mu      sync.RWMutex
	last    int
	hearers map[int]func(core.Notice)
}

var _ core.Bus = (*Bus)(nil)

// ErrClosed is what Publish returns after Close.
var ErrClosed = errors.New("the bus is closed")

// Stats are what a Bus has done so far, in notices, but for Ignored.
type Stats struct {
	Sent    uint64 // to Redis
	Dropped uint64 // since the queue was full, or Redis did not take them
	Heard   uint64 // from Redis, one's own included
	Ignored uint64 // payloads that were none of a Bus of this version
}

type counters struct{ sent, dropped, heard, ignored atomic.Uint64 }

// Stats returns them.
func (b *Bus) Stats() Stats {
	c := &b.stats
	return Stats{Sent: c.sent.Load(), Dropped: c.dropped.Load(), Heard: c.heard.Load(), Ignored: c.ignored.Load()}
}

// Publish implements core.Bus: it puts the notice into the queue and returns. Where that is full, it is dropped, which is no error: what
// nobody is told of is found all the same.
func (b *Bus) Publish(_ context.Context, n core.Notice) error {
	if b.ctx.Err() != nil {
		return ErrClosed
	}
	if len(n.Realm) > maxText || len(n.Destination) > maxText || len(n.Connection) > maxText {
		b.stats.dropped.Add(1) // nobody would take it
		return nil
	}
	select {
	case b.queue <- n:
	default:
		b.stats.dropped.Add(1)
		if b.full.CompareAndSwap(false, true) {
			b.logger.Warn("the queue of notices is full: some are dropped")
		}
	}
	return nil
}

// Subscribe implements core.Bus. hear gets the notices of this instance too.
func (b *Bus) Subscribe(hear func(core.Notice)) (cancel func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	id := b.last
	b.hearers[id] = hear
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.hearers, id)
	}
}

// tell gives a notice to all who hear.
func (b *Bus) tell(n core.Notice) {
	b.stats.heard.Add(1)
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, hear := range b.hearers {
		hear(n)
	}
}

// Close sends what is in the queue, if Redis takes it, which it has the time of one command for, and ends the connections. It may be called
// twice.
func (b *Bus) Close() error {
	var err error
	b.closed.Do(func() {
		b.end()
		b.work.Wait()
		err = b.client.Close()
	})
	return err
}

// A spell is a time in which something fails. Its begin and its end are logged once each.
type spell struct {
	logger *slog.Logger
	what   string
	fails  int // in a row
}

func (s *spell) note(ctx context.Context, err error) {
	switch {
	case err != nil && s.fails == 0:
		s.logger.WarnContext(ctx, s.what+" fails; who waits looks by itself until it is back", "error", err)
	case err == nil && s.fails > 0:
		s.logger.InfoContext(ctx, s.what+" works again", "failures", s.fails)
	}
	if s.fails++; err == nil {
		s.fails = 0
	}
}

// How long after a failure it is tried again: twice as long each time.
const (
	firstPause   = 50 * time.Millisecond
	longestPause = 5 * time.Second
)

// rest waits until it is time to try again, or ctx ends.
func (s *spell) rest(ctx context.Context) {
	if s.fails == 0 {
		return
	}
	timer := time.NewTimer(min(firstPause<<min(s.fails-1, 10), longestPause))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
