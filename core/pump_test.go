package core

import "testing"

// What a reader was given does not change when the pump makes room.
func TestPumpKeepsWhatItGave(t *testing.T) {
	p := &pump{running: true}
	for number := range uint64(pumpEntries) {
		p.keep(&entry{number: 1 + number})
	}
	given, end, ok := p.after(0)
	if !ok || len(given) != pumpEntries || end != pumpEntries {
		t.Fatalf("got %d entries up to %d, %t", len(given), end, ok)
	}
	p.keep(&entry{number: pumpEntries + 1})
	if given[0] == nil || given[0].number != 1 {
		t.Errorf("got %v, want the first entry", given[0])
	}
	if _, _, ok := p.after(0); ok {
		t.Error("the pump has dropped the first entry and does not say so")
	}
}
