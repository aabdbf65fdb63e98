package delivery

import (
	"flag"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

var (
	oneSeed = flag.Uint64("model.seed", 0, "run this seed of the model alone and tell its story")
	runs    = flag.Uint64("model.runs", defaultRuns, "how many seeds of the model to run")
)

// TestModel runs the model with many seeds: the even ones with the store's Trimmer, the odd ones without.
func TestModel(t *testing.T) {
	if *oneSeed > 0 {
		synctest.Test(t, func(t *testing.T) { runSeed(t, *oneSeed, t.Logf) })
		return
	}
	var next atomic.Uint64
	for range runtime.GOMAXPROCS(0) {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for seed := next.Add(1); seed <= *runs && !t.Failed(); seed = next.Add(1) {
				synctest.Test(t, func(t *testing.T) { runSeed(t, seed, nil) })
			}
		})
	}
}

// runSeed runs one seed. tell, where there is one, is told what happens.
func runSeed(t *testing.T, seed uint64, tell func(format string, args ...any)) {
	t.Helper()
	r := newRun(seed, tell)
	r.live()
	if len(r.failures) > 0 {
		t.Errorf("seed %d: %s\nrun it again: go test ./tests/delivery -run TestModel -v -model.seed=%d", seed, r.failures[0], seed)
	}
}
