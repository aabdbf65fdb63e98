package local

import (
	"errors"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	var none *Faults
	if none.Kill() || none.Throttle() || none.Reorder() || none.DropDisconnect() {
		t.Error("there are faults where there are none")
	}
	always := NewFaults(Probabilities{1, 1, 1, 1}, 1)
	if !always.Kill() || !always.Throttle() || !always.Reorder() || !always.DropDisconnect() {
		t.Error("what always happens did not")
	}
	a, b := NewFaults(Probabilities{Kill: 0.3}, 7), NewFaults(Probabilities{Kill: 0.3}, 7)
	other, differs, kills := NewFaults(Probabilities{Kill: 0.3}, 8), false, 0
	for i := range 10_000 {
		killed := a.Kill()
		if killed != b.Kill() {
			t.Fatalf("draw %d of one seed differs", i)
		}
		differs = differs || killed != other.Kill()
		if killed {
			kills++
		}
		if m := a.Moment(time.Second); m < 0 || m >= time.Second || m != b.Moment(time.Second) {
			t.Fatalf("moment: got %s", m)
		}
	}
	if kills < 2700 || kills > 3300 || !differs {
		t.Errorf("got %d kills of 10,000 with 0.3; another seed differs: %v", kills, differs)
	}
}

func TestFailure(t *testing.T) {
	var err error = NewFailure(TimedOut, "Sandbox.Timedout", "after %d \"seconds\"", 3)
	f, ok := errors.AsType[*Failure](err)
	if !ok || f.Kind != TimedOut || err.Error() != `Sandbox.Timedout: after 3 "seconds"` || string(f.Payload) != `{"errorType":"Sandbox.Timedout","errorMessage":"after 3 \"seconds\""}` {
		t.Errorf("got %+v, %s", f, f.Payload)
	}
}
