package memory

import (
	"bytes"
	"container/heap"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A shard is some of the partitions behind one lock.
type shard struct {
	mu         sync.RWMutex
	partitions map[string]*list // nil: closed; no list in it is empty
	version    uint64           // the last one given out; so none is given twice
	expiring   expiries
	waiting    map[string]*waitingRoom // by partition
}

// present returns the item under a key that has not expired, or nil.
func (sh *shard) present(key core.Key, now time.Time) *core.Item {
	l := sh.partitions[key.Partition]
	if l == nil {
		return nil
	}
	if n := l.find(key.Sort); n != nil && n.lives(now) {
		return &n.item
	}
	return nil
}

// keep stores a copy of an item under a new version.
func (sh *shard) keep(it core.Item) uint64 {
	sh.version++
	it.Version = sh.version
	it.Body = bytes.Clone(it.Body)
	it.Expires = it.Expires.Truncate(time.Millisecond)
	l := sh.partitions[it.Partition]
	if l == nil {
		l = newList()
		sh.partitions[it.Partition] = l
	}
	l.put(it)
	sh.wake(it.Partition)
	if !it.Expires.IsZero() {
		heap.Push(&sh.expiring, expiry{it.Expires, it.Key, it.Version})
	}
	return it.Version
}

func (sh *shard) remove(key core.Key) {
	l := sh.partitions[key.Partition]
	if l == nil {
		return
	}
	if l.remove(key.Sort); l.length == 0 {
		delete(sh.partitions, key.Partition)
	}
}

// collected is how many expired items a write removes at most: more than one, so that removing keeps up with writing.
const collected = 4

// collect removes some of what has expired. An item that was written anew since has another version and another expiry.
func (sh *shard) collect(now time.Time) {
	for range collected {
		if len(sh.expiring) == 0 || now.Before(sh.expiring[0].at) {
			return
		}
		e := sh.expiring[0]
		heap.Pop(&sh.expiring)
		if l := sh.partitions[e.key.Partition]; l != nil {
			if n := l.find(e.key.Sort); n != nil && n.item.Version == e.version {
				sh.remove(e.key)
			}
		}
	}
}

func (sh *shard) close() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.partitions, sh.expiring = nil, nil
	for partition := range sh.waiting {
		sh.wake(partition)
	}
}

// An expiry is when a version of an item ends.
type expiry struct {
	at      time.Time
	key     core.Key
	version uint64
}

// expiries are a heap, the earliest first.
type expiries []expiry

func (h expiries) Len() int           { return len(h) }
func (h expiries) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h expiries) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *expiries) Push(x any)        { *h = append(*h, x.(expiry)) } //nolint:forcetypeassert // heap gives back what it was given

func (h *expiries) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = expiry{}
	*h = (*h)[:last]
	return e
}
