// Package faults lets things go wrong on the way between a store's client and its server: requests that never arrive, answers that
// nobody hears, so that those who try again send the same request twice, and servers that are busy. What goes wrong when is told by a seed.
//
// There are three ways in: an http.RoundTripper, interceptors of gRPC (in package rpc), and a proxy for TCP that cuts connections. Each asks its Plan what
// becomes of the next exchange, a request and its answer. What has not arrived when its fault is reported never does: so who looks
// afterwards, by a way without faults, sees whether a write took place.
package faults

import (
	"context"
	"math/rand/v2"
	"sync"
)

// A Fault is what becomes of one exchange.
type Fault int

// The faults.
const (
	None      Fault = iota
	Unsent          // the request never arrives
	Unheard         // the server has acted, and its answer is lost
	Busy            // the server says that it is, and has not acted
	Contended       // it has not acted, since others were at the same item
)

// A Plan decides about exchanges. It may be used by any number of goroutines.
type Plan struct {
	mu      sync.Mutex
	rand    *rand.Rand
	often   float64 // how likely a fault is
	again   float64 // and how likely after one
	after   bool    // the last one was a fault
	calm    bool
	count   uint64
	callers map[*caller]bool
}

// A caller waits no longer after so many faults more.
type caller struct {
	faults int
	leave  context.CancelFunc
}

// NewPlan returns the plan of a seed: some have few faults and some have many, and some have them one behind the other, so that
// those who try again do not get through either.
func NewPlan(seed uint64) *Plan {
	r := rand.New(rand.NewPCG(seed, 2))
	often := []float64{0.02, 0.05, 0.15}[r.IntN(3)]
	return &Plan{rand: r, often: often, again: []float64{often, 0.5, 0.85}[r.IntN(3)], callers: map[*caller]bool{}}
}

// Calm lets nothing go wrong, or lets it again.
func (p *Plan) Calm(calm bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calm = calm
}

// Count returns how many faults there have been.
func (p *Plan) Count() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// Impatient returns a context that ends with one of the next few faults, so that those who try again for as long as they may give up. Where
// one exchange is made at a time, nothing is under way then.
func (p *Plan) Impatient(ctx context.Context) (context.Context, context.CancelFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	c := &caller{faults: 1 + p.rand.IntN(4), leave: cancel}
	p.callers[c] = true
	return ctx, func() {
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.callers, c)
	}
}

// Next decides what becomes of an exchange: nothing, or one of these faults. Happened is called behind each.
func (p *Plan) Next(of ...Fault) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	chance := p.often
	if p.after {
		chance = p.again
	}
	if p.after = !p.calm && p.rand.Float64() < chance; !p.after {
		return None
	}
	return of[p.rand.IntN(len(of))]
}

// Happened counts a fault that the client is about to see, when nothing is under way any more.
func (p *Plan) Happened() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	for c := range p.callers {
		if c.faults--; c.faults == 0 {
			c.leave()
		}
	}
}
