package sql

import (
	"context"
	"sync"
	"time"
)

// What has expired is removed by those who write, a piece at a time: at once where the last piece was a full one, else after a while. So
// nothing runs beside requests, which a function could not have, and none of them waits for more than one piece.
const (
	collectPiece = 250
	collectEvery = 10 * time.Second

	// collectAfter is how long what has expired is kept, since clocks differ and nothing may go before its time by any of them.
	collectAfter = time.Minute
)

// A collection knows when something is to be removed again.
type collection struct {
	mu   sync.Mutex
	next time.Time // zero: now
	busy bool
}

// begin reports whether the caller is to remove a piece.
func (c *collection) begin(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy || now.Before(c.next) {
		return false
	}
	c.busy = true
	return true
}

func (c *collection) end(next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.next = false, next
}

// collect removes some of what has expired, if it is time to. The write that it comes after stands, so what goes wrong here is left to the
// next one.
func (s *Store) collect(ctx context.Context) {
	now := s.now()
	if !s.collection.begin(now) {
		return
	}
	next := now.Add(collectEvery)
	removed, err := s.exec(ctx, s.texts.collect, now.Add(-collectAfter).UnixMilli(), int64(collectPiece))
	if err == nil && removed == collectPiece {
		next = now
	}
	s.collection.end(next)
}
