package delivery

import (
	"runtime"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/tests/faults"
)

// A backing is a kind of store for the model to run on. One server is for many seeds: each has a realm of its own there, and a driver of
// its own, which goes by the clock of its run.
type backing struct {
	command string // that runs the model on it
	runs    uint64 // how many seeds, where nothing else is said
	away    bool   // the driver waits for others, or for disks, so it has to work outside of the run's bubble
	wired   bool   // there is a wire on which things may go wrong

	// begin is when runs begin. By the clock of a server that removes what has expired, that is far ahead.
	begin time.Time

	// start starts the server, which ends with the test. It is for so many seeds, since it keeps what they leave behind; 0: for all.
	start   func(*testing.T) open
	atATime uint64
}

// An open opens a driver.
type open func(*testing.T, *way) core.Store

// A way is what leads from a run to its store.
type way struct {
	name string // that no other seed has
	now  func() time.Time
	wire *faults.Plan // what goes wrong on it; nil: nothing does
	ends []func()
}

// atEnd has something done when the run is over, what was given last first.
func (w *way) atEnd(f func()) { w.ends = append(w.ends, f) }

// inMemory is the store in the memory of this process: no other is as fast, so most seeds run on it.
func inMemory() *backing {
	return &backing{
		command: "go test ./tests/delivery -v -run '^TestModel$'", runs: memoryRuns, begin: time.UnixMilli(1_700_000_000_000),
		start: func(*testing.T) open {
			return func(_ *testing.T, w *way) core.Store { return memory.New(&memory.Options{Now: w.now}) }
		},
	}
}

// outOfMemory is a store that is not in the memory of this process, which the test of that name runs the model on.
func outOfMemory(test string, start func(*testing.T) open) *backing {
	return &backing{
		command: "go test -tags peers ./tests/delivery -v -run '^" + test + "$'", runs: otherRuns, away: true, atATime: 200,
		begin: time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC), start: start,
	}
}

// together is how many seeds run at once: more than there are processors, where they wait for others.
func (b *backing) together() int {
	if b.away {
		return 4 * runtime.GOMAXPROCS(0)
	}
	return runtime.GOMAXPROCS(0)
}
