package memory

import (
	"iter"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A cut is what the store held at one moment, in all shards: a cursor is never ahead of its log in it. What it has are the items themselves,
// whose bodies nobody changes, so that making one takes no longer than listing them.
//
// The moment is when all shards are locked together, which lasts as long as it takes to say in each that a cut wants it. Then they
// are copied one by one, and a writer that comes first copies its own before it writes. So no verb waits for more than one shard.
type cut struct {
	parts   [shards]part
	changes uint64 // of all shards, by then
}

// A part is the share of one shard. It is filled under the shard's lock.
type part struct{ items []core.Item }

// cut makes a cut; the last one closes the store at its moment, so that no write succeeds that is not in it.
func (s *Store) cut(last bool) *cut {
	c := &cut{}
	for i := range s.shards {
		s.shards[i].mu.Lock()
	}
	for i := range s.shards {
		sh := &s.shards[i]
		sh.wanted = &c.parts[i]
		c.changes += sh.changes
		if last {
			sh.copyOut()
			sh.drop()
		}
	}
	for i := range s.shards {
		s.shards[i].mu.Unlock()
	}
	for i := range s.shards {
		s.shards[i].finishPart()
	}
	return c
}

func (sh *shard) finishPart() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.copyOut()
}

// copyOut gives a cut its part, if one waits for that. Whoever is about to change the shard calls it first.
func (sh *shard) copyOut() {
	if sh.wanted == nil {
		return
	}
	n := 0
	for _, l := range sh.partitions {
		n += l.length
	}
	items := make([]core.Item, 0, n)
	for _, l := range sh.partitions {
		for n := l.head.next[0]; n != nil; n = n.next[0] {
			items = append(items, n.item)
		}
	}
	sh.wanted.items, sh.wanted = items, nil
}

// changed returns how often something in the store has changed.
func (s *Store) changed() uint64 {
	changes := uint64(0)
	for i := range s.shards {
		changes += s.shards[i].changedBy()
	}
	return changes
}

func (sh *shard) changedBy() uint64 {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.changes
}

// items are those of a cut that have not expired.
func (c *cut) items(now time.Time) iter.Seq[*core.Item] {
	return func(yield func(*core.Item) bool) {
		for i := range c.parts {
			for j := range c.parts[i].items {
				it := &c.parts[i].items[j]
				if (it.Expires.IsZero() || now.Before(it.Expires)) && !yield(it) {
					return
				}
			}
		}
	}
}

// living returns how many these are.
func (c *cut) living(now time.Time) (n int) {
	for range c.items(now) {
		n++
	}
	return n
}
