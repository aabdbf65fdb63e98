package memory

import (
	"bytes"
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
	changes    uint64                  // how often something was kept or removed
	wanted     *part                   // of a cut that has not come to this shard yet: see copyOut
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
	sh.place(it)
	sh.changes++
	sh.wake(it.Partition)
	return it.Version
}

// place puts an item where it belongs.
func (sh *shard) place(it core.Item) {
	l := sh.partitions[it.Partition]
	if l == nil {
		l = newList()
		sh.partitions[it.Partition] = l
	}
	sh.expiring.note(l.put(it))
}

func (sh *shard) remove(key core.Key) {
	l := sh.partitions[key.Partition]
	if l == nil {
		return
	}
	if n := l.find(key.Sort); n != nil {
		l.remove(n)
		sh.changes++
		sh.expiring.forget(n)
	}
	if l.length == 0 {
		delete(sh.partitions, key.Partition)
	}
}

// collected is how many items a write looks at, and removes where they have expired: more than one, so that removing keeps up with writing.
const collected = 4

// collect removes some of what has expired.
func (sh *shard) collect(now time.Time) {
	for range collected {
		n := sh.expiring.first()
		if n == nil || now.Before(n.due) {
			return
		}
		if n.lives(now) {
			sh.expiring.forget(n) // it was written anew since
			sh.expiring.note(n)
			continue
		}
		sh.remove(n.item.Key)
	}
}

func (sh *shard) close() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.drop()
}

// drop closes the shard.
func (sh *shard) drop() {
	sh.partitions, sh.expiring = nil, nil
	for partition := range sh.waiting {
		sh.wake(partition)
	}
}
