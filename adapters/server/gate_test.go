package server

import "testing"

func TestGate(t *testing.T) {
	g := newGate(4, 2)
	leave := map[string]func(){}
	for _, c := range []struct {
		addr string
		in   bool
	}{
		{"192.0.2.1:1000", true},
		{"[::ffff:192.0.2.1]:1000", true}, // the same address, written for IPv6
		{"192.0.2.1:1001", false},
		{"[2001:db8::1]:1000", true},
		{"[2001:db8::2]:1000", true},
		{"[2001:db8:0:1::1]:1000", false}, // all are taken
	} {
		f, err := g.enter(c.addr)
		if (err == nil) != c.in {
			t.Errorf("%s: got %v, want in: %v", c.addr, err, c.in)
		}
		leave[c.addr] = f
	}
	for _, f := range leave {
		if f != nil {
			f()
		}
	}
	if g.open != 0 || len(g.addresses) != 0 {
		t.Errorf("when all have left: %d, %v", g.open, g.addresses)
	}
}
