package local

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Faults are what a platform does to a function and its clients on bad days, made on purpose: each probability is between 0 and 1.
// They are drawn from one source with a seed, so that with one client at a time a run can be repeated. A nil *Faults makes none. All
// methods may be called at once.
type Faults struct {
	p Probabilities

	mu     sync.Mutex
	source *rand.Rand
}

// Probabilities are how often each fault is made.
type Probabilities struct {
	Kill           float64 // the process is killed during an invocation
	Throttle       float64 // a request is answered 429, or as its door tells of too many requests
	Reorder        float64 // a WebSocket frame is handed on after those that came behind it
	DropDisconnect float64 // the function is not told of a WebSocket that has ended
}

// NewFaults returns faults that are drawn from a source with this seed.
func NewFaults(p Probabilities, seed uint64) *Faults {
	return &Faults{p: p, source: rand.New(rand.NewPCG(seed, seed))} //nolint:gosec // that it can be guessed is what makes a run repeatable
}

// Kill tells whether to kill the process that is about to be given an invocation.
func (f *Faults) Kill() bool { return f != nil && f.draw(f.p.Kill) }

// Throttle tells whether to refuse a request.
func (f *Faults) Throttle() bool { return f != nil && f.draw(f.p.Throttle) }

// Reorder tells whether to hold a frame back until another has passed it.
func (f *Faults) Reorder() bool { return f != nil && f.draw(f.p.Reorder) }

// DropDisconnect tells whether to leave the function without word of an ended WebSocket.
func (f *Faults) DropDisconnect() bool { return f != nil && f.draw(f.p.DropDisconnect) }

// Moment returns a moment between now and a time from now, all of them equally likely. It must not be called on nil.
func (f *Faults) Moment(within time.Duration) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Duration(f.source.Float64() * float64(within))
}

// draw does not touch the source for what never or always happens.
func (f *Faults) draw(p float64) bool {
	if p <= 0 || p >= 1 {
		return p >= 1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.source.Float64() < p
}
