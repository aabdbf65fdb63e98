package core

import "testing"

// What a reader was given does not change when the pump makes room.
func TestPumpKeepsWhatItGave(t *testing.T) {
	p := &pump{running: true}
	p.keep(&entry{number: 1})
	given, _, ok := p.after(0)
	if !ok || len(given) != 1 {
		t.Fatalf("got %v, %t", given, ok)
	}
	for number := range uint64(pumpEntries) {
		p.keep(&entry{number: 2 + number})
	}
	if given[0] == nil || given[0].number != 1 {
		t.Errorf("got %v, want the first entry", given[0])
	}
	if _, _, ok := p.after(0); ok {
		t.Error("the pump has dropped the first entry and does not say so")
	}
}
