package core

import (
	"sync"
)

// A waiting knows who waits in this process for messages of a connection: one poll, and one stream. It is how a later poll takes the
// place of an earlier one, and how a change of the connection reaches who waits with what it has read before.
type waiting struct {
	most int // polls that may wait at once

	mu       sync.Mutex
	waiters  map[waiterKey]*waiter
	admitted int
}

type waiterKey struct {
	partition, channel string
	stream             bool
}

// A waiter is somebody who waits, in a goroutine that it has anyway.
type waiter struct {
	key      waiterKey
	wake     chan struct{} // holds one: something happened
	gone     chan struct{} // closed when another one takes its place
	admitted bool
	changed  bool // the connection was changed; guarded by waiting.mu
}

func newWaiting(most int) *waiting {
	return &waiting{most: most, waiters: map[waiterKey]*waiter{}}
}

func keyOf(c *Connection, stream bool) waiterKey {
	return waiterKey{c.client.partition, c.channel, stream}
}

// enter puts a waiter in, in place of the one with its key.
func (w *waiting) enter(key waiterKey) *waiter {
	n := &waiter{key: key, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.waiters[key]; old != nil {
		close(old.gone)
	}
	w.waiters[key] = n
	return n
}

func (w *waiting) leave(n *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiters[n.key] == n {
		delete(w.waiters, n.key)
	}
	if n.admitted {
		w.admitted--
	}
}

// admit reports whether a poll may wait.
func (w *waiting) admit(n *waiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !n.admitted && w.admitted < w.most {
		n.admitted = true
		w.admitted++
	}
	return n.admitted
}

// nudge tells who waits for a connection that it was changed.
func (w *waiting) nudge(c *Connection) { w.nudgeKey(c.client.partition, c.channel) }

func (w *waiting) nudgeKey(partition, channel string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, stream := range [...]bool{false, true} {
		if n := w.waiters[waiterKey{partition, channel, stream}]; n != nil {
			n.changed = true
			n.notify()
		}
	}
}

// takeChanged reports whether the connection was changed since it was last asked.
func (w *waiting) takeChanged(n *waiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	changed := n.changed
	n.changed = false
	return changed
}

// count returns how many polls wait.
func (w *waiting) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.admitted
}

func (n *waiter) notify() {
	select {
	case n.wake <- struct{}{}:
	default: // it will look anyway
	}
}

func (n *waiter) superseded() bool { return isClosed(n.gone) }
