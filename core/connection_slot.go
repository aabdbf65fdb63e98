package core

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// A channel with MaxConnections has that many slots, items that a connection takes by conditional create and that expire with it.
// So there are never more connections than slots in any number of processes, nothing is counted, and what a crash leaves behind
// mends itself. docs/decisions/0003-connection-limits.md.

const (
	noSlot    = -1
	maxProbes = 128 // how many slots one connect looks at
	blindly   = 2   // how many of them it tries to take without reading first
	slotGrace = time.Minute
)

// takeSlot takes a free slot and returns its number; noSlot where the channel does not count.
func (s *ChannelSet) takeSlot(ctx context.Context, ch *Channel, client *Client) (int, error) {
	if ch.MaxConnections <= 0 {
		return noSlot, nil
	}
	probes := sample(ch.MaxConnections, maxProbes)
	n := min(blindly, len(probes))
	slot, err := s.takeOneOf(ctx, ch.Name, client, probes[:n])
	if slot != noSlot || err != nil {
		return slot, err
	}
	free, err := s.freeSlots(ctx, ch.Name, probes[n:])
	if err != nil {
		return noSlot, err
	}
	if slot, err = s.takeOneOf(ctx, ch.Name, client, free); slot != noSlot || err != nil {
		return slot, err
	}
	return noSlot, Exhausted.Errorf("The channel is full.")
}

// takeOneOf takes the first of some slots that nobody has.
func (s *ChannelSet) takeOneOf(ctx context.Context, channel string, client *Client, slots []int) (int, error) {
	for _, slot := range slots {
		_, err := s.store.Create(ctx, s.slotItem(channel, client, slot))
		if err == nil {
			return slot, nil
		}
		if !isConflict(err) {
			return noSlot, storeError("take a slot", err)
		}
	}
	return noSlot, nil
}

// freeSlots returns those of some slots that nobody had a moment ago.
func (s *ChannelSet) freeSlots(ctx context.Context, channel string, slots []int) ([]int, error) {
	if len(slots) == 0 {
		return nil, nil
	}
	keys := make([]Key, len(slots))
	for i, slot := range slots {
		keys[i] = s.slotKey(channel, slot)
	}
	items, err := s.store.Get(ctx, keys...)
	if err != nil {
		return nil, storeError("look for a slot", err)
	}
	taken := map[Key]bool{}
	for _, it := range items {
		taken[it.Key] = true
	}
	var free []int
	for i, slot := range slots {
		if !taken[keys[i]] {
			free = append(free, slot)
		}
	}
	return free, nil
}

// renewSlot lets a connection's slot live as long as the connection. One that was lost meanwhile is not taken back.
func (s *ChannelSet) renewSlot(ctx context.Context, c *Connection) error {
	return s.withSlot(ctx, c.channel, c.client, c.view().slot, func(held Item) error {
		it := s.slotItem(c.channel, c.client, c.view().slot)
		it.Version = held.Version
		_, err := s.store.Replace(ctx, it)
		return err
	})
}

// leaveSlot gives a slot back.
func (s *ChannelSet) leaveSlot(ctx context.Context, channel string, client *Client, slot int) error {
	return s.withSlot(ctx, channel, client, slot, func(held Item) error {
		return s.store.Delete(ctx, held.Key, held.Version)
	})
}

// withSlot runs f with the slot if the client still has it.
func (s *ChannelSet) withSlot(ctx context.Context, channel string, client *Client, slot int, f func(held Item) error) error {
	if slot == noSlot {
		return nil
	}
	items, err := s.store.Get(ctx, s.slotKey(channel, slot))
	if err != nil {
		return storeError("load a slot", err)
	}
	if len(items) == 0 || string(items[0].Body) != client.handle {
		return nil
	}
	if err := f(items[0]); err != nil && !isConflict(err) {
		return storeError("save a slot", err)
	}
	return nil
}

func (s *ChannelSet) slotItem(channel string, client *Client, slot int) Item {
	expires := s.Now().Add(s.opts.Timeout + slotGrace)
	return Item{Key: s.slotKey(channel, slot), Expires: expires, Body: []byte(client.handle)}
}

func (s *ChannelSet) slotKey(channel string, slot int) Key {
	return s.key("n/"+channel, fmt.Sprintf("%08d", slot))
}

// sample returns most different numbers below n in random order, or all n of them. Whoever guesses them gains nothing.
func sample(n, most int) []int {
	if n <= most {
		return rand.Perm(n) //nolint:gosec // G404
	}
	picked, seen := make([]int, 0, most), map[int]bool{}
	for len(picked) < most {
		if i := rand.IntN(n); !seen[i] { //nolint:gosec // G404
			seen[i] = true
			picked = append(picked, i)
		}
	}
	return picked
}
