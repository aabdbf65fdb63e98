package kills

import (
	"strings"
	"testing"
)

// TestLedger: the ledger sees what breaks the promise, and nothing else.
func TestLedger(t *testing.T) {
	m := func(n int) *message { return &message{Publisher: "p", Topic: "a", N: n} }
	acked := func(n int) event { return event{Acked: m(n)} }
	got := func(by string, n int, id string) event { return event{By: by, Got: m(n), ID: id} }
	for _, c := range []struct {
		name   string
		events []event
		want   string // of what is missing or wrong; empty: all is well
	}{
		{"all is well", []event{acked(1), acked(2), got("x", 1, "i"), got("x", 2, "j"), got("y", 1, "i"), got("y", 2, "j")}, ""},
		{"one comes again", []event{acked(1), got("x", 1, "i"), got("x", 1, "i"), got("y", 1, "i")}, ""},
		{"one that nobody knows of comes late", []event{acked(2), got("x", 2, "j"), got("x", 1, "i"), got("y", 2, "j"), got("y", 1, "i")}, ""},
		{"one is lost", []event{acked(1), got("x", 1, "i")}, "y has not got p a 1"},
		{"one comes again with another id", []event{acked(1), got("x", 1, "i"), got("y", 1, "i"), got("x", 1, "j")}, "p a 1 came to x as j, and before as i"},
		{"out of order", []event{acked(1), acked(2), got("x", 2, "j"), got("x", 1, "i"), got("y", 2, "j"), got("y", 1, "i")}, "got p a 1 behind p a 2"},
		{"two orders", []event{acked(2), got("x", 2, "j"), got("x", 1, "i"), got("y", 1, "i"), got("y", 2, "j")}, "at place 0 of a"},
		{"to somebody else", []event{got("z", 1, "i")}, "z, which has not subscribed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLedger(map[string][]string{"x": {"a"}, "y": {"a", "b"}, "z": {"b"}})
			for _, e := range c.events {
				read, ok := parseEvent(e.line())
				if !ok {
					t.Fatalf("cannot read %s", e.line())
				}
				l.note(read)
			}
			found := strings.Join(append(l.missing(), l.wrong()...), "; ")
			if c.want == "" && found != "" || !strings.Contains(found, c.want) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
}
