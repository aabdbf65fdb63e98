package memory

import (
	"bytes"
	"crypto/sha256"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// Len returns how many items the store holds, expired ones that have not been removed included.
func (s *Store) Len() int {
	n := 0
	for i := range s.shards {
		n += s.shards[i].len()
	}
	return n
}

func (sh *shard) len() int {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	n := 0
	for _, l := range sh.partitions {
		n += l.length
	}
	return n
}

// Expiring returns how many entries the store keeps to find what has expired.
func (s *Store) Expiring() int {
	n := 0
	for i := range s.shards {
		n += len(s.shards[i].expiring)
	}
	return n
}

// ReadSnapshot gives the items of a snapshot.
func ReadSnapshot(b []byte) (items []core.Item, err error) {
	_, err = readSnapshot(bytes.NewReader(b), int64(len(b)), func(it core.Item) { items = append(items, it) })
	return items, err
}

// WriteSnapshot writes items that have not expired by now as a snapshot.
func WriteSnapshot(items []core.Item, now time.Time) []byte {
	var b bytes.Buffer
	if _, err := writeSnapshot(&b, &cut{parts: [shards]part{{items: items}}}, now); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// Sealed gives bytes the checksum that they should have.
func Sealed(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(bytes.Clone(b), sum[:]...)
}

// Cut returns what the store holds at one moment.
func (s *Store) Cut() (items []core.Item) {
	for it := range s.cut(false).items(s.now()) {
		items = append(items, *it)
	}
	return items
}
