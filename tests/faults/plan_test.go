package faults

import (
	"slices"
	"testing"
)

// always is a plan that is never without a fault.
func always() *Plan {
	p := NewPlan(1)
	p.often, p.again = 1, 1
	return p
}

func TestPlanIsItsSeeds(t *testing.T) {
	faults := func(seed uint64) []Fault {
		p := NewPlan(seed)
		var list []Fault
		for range 1000 {
			list = append(list, p.Next(Unsent, Unheard, Busy))
		}
		return list
	}
	if !slices.Equal(faults(7), faults(7)) {
		t.Error("the same seed has other faults the second time")
	}
	if slices.Equal(faults(7), faults(8)) {
		t.Error("two seeds have the same faults")
	}
	for _, fault := range []Fault{None, Unsent, Unheard, Busy} {
		if !slices.Contains(faults(7), fault) {
			t.Errorf("fault %d does not happen", fault)
		}
	}
}

func TestPlanCalmsDown(t *testing.T) {
	p := always()
	p.Calm(true)
	for range 100 {
		if f := p.Next(Unsent); f != None {
			t.Fatalf("got fault %d in calm", f)
		}
	}
	p.Calm(false)
	if f := p.Next(Unsent); f != Unsent {
		t.Errorf("got fault %d, want that which is asked for", f)
	}
}

func TestPlanEndsPatience(t *testing.T) {
	p := always()
	ctx, cancel := p.Impatient(t.Context())
	defer cancel()
	for faults := uint64(1); ctx.Err() == nil; faults++ {
		p.Happened()
		if p.Count() != faults || faults > 4 {
			t.Fatalf("%d faults were counted and nobody has left, want %d and at most 4", p.Count(), faults)
		}
	}
	after, cancel := p.Impatient(t.Context())
	cancel()
	if after.Err() == nil || len(p.callers) > 1 {
		t.Error("who has had an answer is kept")
	}
}

// An outcome is what a client sees of one exchange, and how often the server did what it was asked to.
type outcome struct {
	result string
	acted  int64
}

// wantOutcomes makes exchanges until each of these outcomes has been seen, and fails where there is another one.
func wantOutcomes(t *testing.T, exchange func() outcome, want ...outcome) {
	t.Helper()
	seen := map[outcome]bool{}
	for range 500 {
		o := exchange()
		if !slices.Contains(want, o) {
			t.Fatalf("got %+v, want one of %+v", o, want)
		}
		seen[o] = true
		if len(seen) == len(want) {
			return
		}
	}
	t.Errorf("saw %v, want all of %+v", seen, want)
}
