package delivery

import (
	"flag"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

var (
	oneSeed = flag.Uint64("model.seed", 0, "run this seed of the model alone and tell its story")
	runs    = flag.Uint64("model.runs", 0, "how many seeds of the model to run (default: in memory 10,000, on other stores 200; with the race detector 2,000 and 40)")
)

// TestModel runs the model with many seeds: the even ones with the store's Trimmer, the odd ones without.
func TestModel(t *testing.T) { inMemory().test(t) }

// test runs the seeds.
func (b *backing) test(t *testing.T) {
	t.Helper()
	if *oneSeed > 0 {
		b.runSeed(t, b.start(t), *oneSeed, t.Logf)
		return
	}
	last := b.runs
	if *runs > 0 {
		last = *runs
	}
	some := last
	if b.atATime > 0 {
		some = b.atATime
	}
	for from := uint64(1); from <= last && !t.Failed(); from += some {
		t.Run(fmt.Sprintf("from %d", from), func(t *testing.T) { b.testSome(t, from, min(last, from+some-1)) })
	}
}

// testSome runs seeds on one server, several at once.
func (b *backing) testSome(t *testing.T, from, last uint64) {
	t.Helper()
	open := b.start(t)
	var next atomic.Uint64
	next.Store(from)
	var workers sync.WaitGroup
	for i := range b.together() {
		workers.Go(func() {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				for seed := next.Add(1) - 1; seed <= last && !t.Failed(); seed = next.Add(1) - 1 {
					b.runSeed(t, open, seed, nil)
				}
			})
		})
	}
	workers.Wait()
}

// runSeed runs one seed. tell, where there is one, is told what happens.
func (b *backing) runSeed(t *testing.T, open open, seed uint64, tell func(format string, args ...any)) {
	t.Helper()
	g := b.ground(t, open, seed)
	defer g.leave()
	synctest.Test(t, func(t *testing.T) {
		r := newRun(g, seed, tell)
		r.live()
		if len(r.failures) > 0 {
			t.Errorf("seed %d: %s\nrun it again: %s -model.seed=%d", seed, r.failures[0], b.command, seed)
		}
	})
}
