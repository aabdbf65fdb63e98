package server

import "sync"

// A ration bounds the memory that large bodies take, from when they are read until they have been served: few packed bytes may become
// many, and a call may take its time.
type ration struct {
	most, perAddress int // bytes

	mu        sync.Mutex
	taken     int
	addresses map[string]int
}

func newRation(most, perAddress int) *ration {
	return &ration{most: most, perAddress: perAddress, addresses: map[string]int{}}
}

// take takes n bytes for an address, with or without a port. The error is errCrowded.
func (r *ration) take(addr string, n int) error {
	key := network(addr)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken+n > r.most || r.addresses[key]+n > r.perAddress {
		return errCrowded
	}
	r.taken += n
	r.addresses[key] += n
	return nil
}

func (r *ration) give(addr string, n int) {
	if n == 0 {
		return
	}
	key := network(addr)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken -= n
	if r.addresses[key] -= n; r.addresses[key] == 0 {
		delete(r.addresses, key)
	}
}
