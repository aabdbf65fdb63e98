package core

import "testing"

// What a reader was given does not change when the pump makes room.
func TestPumpKeepsWhatItGave(t *testing.T) {
	p := &pump{running: true}
	number := uint64(0)
	keep := func() {
		number++
		p.keep(&entry{number: number})
	}
	for range pumpEntries + 1 {
		keep()
	}
	given, end, ok := p.after(1)
	if !ok || len(given) != pumpEntries || end != number {
		t.Fatalf("got %d entries up to %d, %t", len(given), end, ok)
	}
	keep()
	if given[0] == nil || given[0].number != 2 {
		t.Errorf("got %v, want the second entry", given[0])
	}
	if _, _, ok := p.after(1); ok {
		t.Error("the pump has dropped the second entry and does not say so")
	}
}
