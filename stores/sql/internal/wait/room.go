// Package wait lets goroutines wait for what is written to a partition.
package wait

import (
	"context"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A Room is where those wait who want to hear of writes. Partitions have any names, such as hashes. The zero value is good.
type Room struct {
	// Every is how long somebody waits before a look without being woken, where not all writes can be heard of; 0: for ever.
	Every time.Duration

	mu      sync.Mutex
	waiting map[string]map[*waiter]struct{} // by partition
	closed  bool
}

type waiter struct {
	woken chan struct{} // holds one
}

// Wait returns when behind says so, which it asks at first and then each time that one of the partitions is woken; else with ctx's error, or
// behind's.
func (r *Room) Wait(ctx context.Context, partitions []string, behind func() (bool, error)) error {
	w := &waiter{woken: make(chan struct{}, 1)}
	// Before it looks: what is written after the look wakes it.
	r.enter(w, partitions)
	defer r.leave(w, partitions)
	var tick <-chan time.Time
	if r.Every > 0 {
		ticker := time.NewTicker(r.Every)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		if r.isClosed() {
			return core.ErrClosed
		}
		if stands, err := behind(); err != nil || stands {
			return err
		}
		select {
		case <-w.woken:
		case <-tick:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Wake lets those look again who wait for a partition.
func (r *Room) Wake(partition string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for w := range r.waiting[partition] {
		w.wake()
	}
}

// WakeAll lets everyone look again.
func (r *Room) WakeAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, waiters := range r.waiting {
		for w := range waiters {
			w.wake()
		}
	}
}

// Close sends everyone home, with core.ErrClosed.
func (r *Room) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.WakeAll()
}

func (r *Room) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

func (r *Room) enter(w *waiter, partitions []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		r.waiting = map[string]map[*waiter]struct{}{}
	}
	for _, p := range partitions {
		if r.waiting[p] == nil {
			r.waiting[p] = map[*waiter]struct{}{}
		}
		r.waiting[p][w] = struct{}{}
	}
}

func (r *Room) leave(w *waiter, partitions []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range partitions {
		if delete(r.waiting[p], w); len(r.waiting[p]) == 0 {
			delete(r.waiting, p)
		}
	}
}

func (w *waiter) wake() {
	select {
	case w.woken <- struct{}{}:
	default: // it will look anyway
	}
}
