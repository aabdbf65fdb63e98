package server

import (
	"sync"

	"github.com/patchbay-go/patchbay/core"
)

// A gate counts the streams and sockets that are open: each takes memory for as long as its peer likes.
type gate struct {
	most, perAddress int

	mu        sync.Mutex
	open      int
	addresses map[string]int
}

func newGate(most, perAddress int) *gate {
	return &gate{most: most, perAddress: perAddress, addresses: map[string]int{}}
}

// enter lets one more in from an address, with or without a port, and returns what it calls when it ends; or the fault.
func (g *gate) enter(addr string) (leave func(), err error) {
	key := network(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.open >= g.most:
		return nil, core.Exhausted.Errorf("More than %d streams are open.", g.most)
	case g.addresses[key] >= g.perAddress:
		return nil, core.Exhausted.Errorf("More than %d streams are open from this address.", g.perAddress)
	}
	g.open++
	g.addresses[key]++
	return func() { g.leave(key) }, nil
}

func (g *gate) leave(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	if g.addresses[key]--; g.addresses[key] == 0 {
		delete(g.addresses, key)
	}
}

// network returns what counts as one address, of one with or without a port.
func network(addr string) string { return (&core.Peer{Addr: addr}).Network() }
