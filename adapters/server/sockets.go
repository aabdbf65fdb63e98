package server

import (
	"context"
	"sync"
)

// sockets are those that are open. net/http forgets connections that were taken over, so the end of the server has to see to them.
type sockets struct {
	mu       sync.Mutex
	open     map[*socket]struct{}
	draining bool
	none     chan struct{} // closed when the server drains and none is open
}

func newSockets() *sockets {
	return &sockets{open: map[*socket]struct{}{}, none: make(chan struct{})}
}

// add notes a socket; false: the server has begun to end.
func (l *sockets) add(s *socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.draining {
		l.open[s] = struct{}{}
	}
	return !l.draining
}

func (l *sockets) remove(s *socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, s)
	if l.draining && len(l.open) == 0 {
		close(l.none)
	}
}

// drain has all sockets closed, each as soon as nothing of it runs.
func (l *sockets) drain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.draining {
		return
	}
	l.draining = true
	if len(l.open) == 0 {
		close(l.none)
	}
	for s := range l.open {
		s.drain()
	}
}

// wait waits until all sockets have ended.
func (l *sockets) wait(ctx context.Context) error {
	select {
	case <-l.none:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// cut ends all sockets without a word.
func (l *sockets) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.open {
		s.cut("cut off", nil)
	}
}
