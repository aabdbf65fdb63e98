package server

import (
	"context"
	"time"
)

// keepAlive looks from time to time whether the peer is still there: it runs when the socket's timer does, and sets that again. A peer
// that was heard meanwhile is there. While a unit is served nothing is read, and while one is written it is that which has to get
// through; so there is no ping then.
func (s *socket) keepAlive() {
	if !s.help() {
		return
	}
	defer s.helpers.Done()
	defer func() { s.ping.Reset(s.door.handler.opts.KeepAlive) }()
	quiet := time.Since(time.Unix(0, s.heard.Load()))
	if quiet < s.door.handler.opts.KeepAlive/2 || s.serving.Load() || !s.writes.TryLock() {
		return
	}
	s.writes.Unlock()
	ctx, cancel := context.WithTimeout(s.context, s.door.handler.opts.SlowConsumer)
	defer cancel()
	asked := s.heard.Load()
	if err := s.conn.Ping(ctx); err == nil || s.heard.Load() != asked || s.serving.Load() {
		return
	} else if s.context.Err() == nil {
		s.cut("no answer to a ping", err)
	}
}

// help notes that something of the socket's own runs, for which finish waits; false: it is over.
func (s *socket) help() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.helpers.Add(1)
	return true
}
