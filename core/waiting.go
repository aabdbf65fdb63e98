package core

import (
	"slices"
	"sync"
)

// A waiting knows who waits in this process for messages of a connection: one poll, and streams, of which all but one are about to find
// that they were replaced. It is how a later poll takes the place of an earlier one, and how a change of the connection reaches who waits
// with what it has read before.
type waiting struct {
	most int // polls that may wait at once

	mu       sync.Mutex
	polls    map[waiterKey]*waiter
	streams  map[waiterKey][]*waiter
	admitted int
}

type waiterKey struct{ partition, channel string }

// A waiter is somebody who waits, in a goroutine that it has anyway.
type waiter struct {
	key      waiterKey
	wake     chan struct{} // holds one: something happened
	admitted bool

	// Guarded by waiting.mu:
	replaced bool // another poll has taken its place
	changed  bool // the connection was changed
}

func newWaiter(key waiterKey) *waiter {
	return &waiter{key: key, wake: make(chan struct{}, 1)}
}

func newWaiting(most int) *waiting {
	return &waiting{most: most, polls: map[waiterKey]*waiter{}, streams: map[waiterKey][]*waiter{}}
}

func keyOf(c *Connection) waiterKey { return waiterKey{c.client.partition, c.channel} }

// enter puts a poll in, in place of the one of its connection.
func (w *waiting) enter(key waiterKey) *waiter {
	n := newWaiter(key)
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.polls[key]; old != nil {
		old.replaced = true
		old.notify()
	}
	w.polls[key] = n
	return n
}

// leave takes a poll out.
func (w *waiting) leave(n *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.polls[n.key] == n {
		delete(w.polls, n.key)
	}
	if n.admitted {
		w.admitted--
	}
}

// enterStream puts a stream in. Which of several is the connection's, the store knows.
func (w *waiting) enterStream(key waiterKey) *waiter {
	n := newWaiter(key)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.streams[key] = append(w.streams[key], n)
	return n
}

func (w *waiting) leaveStream(n *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := slices.DeleteFunc(w.streams[n.key], func(o *waiter) bool { return o == n })
	if len(rest) == 0 {
		delete(w.streams, n.key)
		return
	}
	w.streams[n.key] = rest
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
func (w *waiting) nudge(key waiterKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := w.polls[key]; n != nil {
		n.change()
	}
	for _, n := range w.streams[key] {
		n.change()
	}
}

func (n *waiter) change() {
	n.changed = true
	n.notify()
}

// why returns what a waiter was woken for.
func (w *waiting) why(n *waiter) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case n.replaced:
		return ended
	case n.changed:
		n.changed = false
		return changed
	}
	return woken
}

// superseded reports whether another poll has taken the place of this one.
func (w *waiting) superseded(n *waiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return n.replaced
}

// takeChanged reports whether the connection was changed since it was last asked.
func (w *waiting) takeChanged(n *waiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	changed := n.changed
	n.changed = false
	return changed
}

func (n *waiter) notify() {
	select {
	case n.wake <- struct{}{}:
	default: // it will look anyway
	}
}
