package delivery

import (
	"fmt"
	"slices"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/faults"
)

// A ground is what a run stands on: its store and its clock.
type ground struct {
	realm string
	clock clock
	store core.Store   // as processes have it
	clean core.Store   // the same, by a way on which nothing goes wrong
	wire  *faults.Plan // what goes wrong on the other; nil: nothing does
	ways  []*way
}

// ground prepares a seed's, outside of the run's bubble. Where there is a wire, things go wrong on it in two of four seeds.
func (b *backing) ground(t *testing.T, open open, seed uint64) *ground {
	t.Helper()
	g := &ground{realm: fmt.Sprintf("realm%d", seed)}
	g.clock.set(b.begin)
	g.clean = g.reach(t, b, open, nil)
	g.store = g.clean
	if b.wired && seed%4 >= 2 {
		g.wire = faults.NewPlan(seed)
		g.wire.Calm(true) // until the run begins
		g.store = g.reach(t, b, open, g.wire)
	}
	return g
}

func (g *ground) reach(t *testing.T, b *backing, open open, wire *faults.Plan) core.Store {
	t.Helper()
	w := &way{name: g.realm, now: g.clock.now, wire: wire}
	g.ways = append(g.ways, w)
	store := open(t, w)
	if b.away {
		store = putOutside(store, wire)
	}
	w.atEnd(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return store
}

// leave closes what was opened, outside of the bubble.
func (g *ground) leave() {
	for _, w := range slices.Backward(g.ways) {
		for _, end := range slices.Backward(w.ends) {
			end()
		}
	}
}
