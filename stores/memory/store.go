// Package memory keeps core's items in the memory of this process: the default of a single binary, and of tests. What is in a Store that
// New gives is gone with the process. One that Open gives writes snapshots to a file, and begins with the last one.
package memory

import (
	"bytes"
	"context"
	"hash/maphash"
	"log/slog"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// Options are what a Store can be told. The zero value is good.
type Options struct {
	Now func() time.Time // default time.Now

	// Every is how often a snapshot is written, if something has changed: what is newer is lost with a process that is killed. Default 5
	// seconds.
	Every time.Duration
	// Logger is told when a snapshot cannot be written, and when it can again. Default: nobody is.
	Logger *slog.Logger
}

// withDefaults returns o, or the zero Options for nil, with its zero fields filled.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Every <= 0 {
		c.Every = 5 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// shards is how many locks the partitions are spread over.
const shards = 32

// A Store is a core.Store in memory. The items of a partition are in order, so that every verb takes logarithmic time, and what
// has expired is removed by later writes.
type Store struct {
	now    func() time.Time
	seed   maphash.Seed
	shards [shards]shard
	saver  *saver // nil: without a file
}

var (
	_ core.Store   = (*Store)(nil)
	_ core.Tailer  = (*Store)(nil)
	_ core.Waiter  = (*Store)(nil)
	_ core.Trimmer = (*Store)(nil)
)

// New returns an empty Store without a file.
func New(opts *Options) *Store {
	o := opts.withDefaults()
	s := &Store{now: o.Now, seed: maphash.MakeSeed()}
	for i := range s.shards {
		s.shards[i].partitions = map[string]*list{}
	}
	return s
}

func (s *Store) shard(partition string) *shard {
	return &s.shards[maphash.String(s.seed, partition)%shards]
}

// Get implements core.Store.
func (s *Store) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	items := make([]core.Item, 0, len(keys))
	for len(keys) > 0 {
		together := samePartition(keys)
		err := s.read(ctx, keys[0].Partition, func(l *list, now time.Time) {
			for _, key := range keys[:together] {
				if n := l.find(key.Sort); n != nil && n.lives(now) {
					items = append(items, given(n.item))
				}
			}
		})
		if err != nil {
			return nil, err
		}
		keys = keys[together:]
	}
	return items, nil
}

// samePartition returns how many keys from the first on are of one partition.
func samePartition(keys []core.Key) int {
	n := 1
	for n < len(keys) && keys[n].Partition == keys[0].Partition {
		n++
	}
	return n
}

// Create implements core.Store.
func (s *Store) Create(ctx context.Context, it core.Item) (uint64, error) {
	return s.write(ctx, it, func(present *core.Item) bool { return present == nil })
}

// Replace implements core.Store.
func (s *Store) Replace(ctx context.Context, it core.Item) (uint64, error) {
	return s.write(ctx, it, func(present *core.Item) bool { return present != nil && present.Version == it.Version })
}

// Put implements core.Store.
func (s *Store) Put(ctx context.Context, it core.Item) (uint64, error) {
	return s.write(ctx, it, func(*core.Item) bool { return true })
}

// Delete implements core.Store.
func (s *Store) Delete(ctx context.Context, key core.Key, version uint64) error {
	return s.change(ctx, key.Partition, func(sh *shard, now time.Time) error {
		present := sh.present(key, now)
		if version != 0 && (present == nil || present.Version != version) {
			return conflict(key, present)
		}
		sh.remove(key)
		return nil
	})
}

// Range implements core.Store.
func (s *Store) Range(ctx context.Context, partition, after string, limit, maxBytes int) ([]core.Item, error) {
	var items []core.Item
	err := s.read(ctx, partition, func(l *list, now time.Time) {
		size := 0
		for n := l.firstAbove(after); n != nil; n = n.next[0] {
			if !n.lives(now) {
				continue
			}
			if (limit > 0 && len(items) == limit) || (maxBytes > 0 && size >= maxBytes) {
				return
			}
			items = append(items, given(n.item))
			size += len(n.item.Body)
		}
	})
	return items, err
}

// Last implements core.Tailer.
func (s *Store) Last(ctx context.Context, partition string) (core.Item, error) {
	var last *core.Item
	err := s.read(ctx, partition, func(l *list, now time.Time) {
		for n := l.last(); n != nil && last == nil; n = l.previous(n.item.Sort) {
			if n.lives(now) {
				it := given(n.item)
				last = &it
			}
		}
	})
	switch {
	case err != nil:
		return core.Item{}, err
	case last == nil:
		return core.Item{}, core.ErrNoItem
	}
	return *last, nil
}

// Trim implements core.Trimmer.
func (s *Store) Trim(ctx context.Context, partition, below string) error {
	return s.change(ctx, partition, func(sh *shard, _ time.Time) error {
		l := sh.partitions[partition]
		for l != nil && l.length > 0 {
			first := l.firstAbove("")
			if first.item.Sort >= below {
				break
			}
			sh.remove(first.item.Key)
		}
		return nil
	})
}

// Close implements core.Store. It drops all items, after it has written what has changed to the file, where there is one: the error is
// that this could not be done.
func (s *Store) Close() error {
	if s.saver != nil {
		return s.saver.close()
	}
	for i := range s.shards {
		s.shards[i].close()
	}
	return nil
}

// write keeps an item where the condition holds for what is there.
func (s *Store) write(ctx context.Context, it core.Item, holds func(present *core.Item) bool) (version uint64, err error) {
	err = s.change(ctx, it.Partition, func(sh *shard, now time.Time) error {
		present := sh.present(it.Key, now)
		if !holds(present) {
			return conflict(it.Key, present)
		}
		version = sh.keep(it)
		return nil
	})
	return version, err
}

// read runs f on the items of a partition.
func (s *Store) read(ctx context.Context, partition string, f func(*list, time.Time)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sh, now := s.shard(partition), s.now()
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	if sh.partitions == nil {
		return core.ErrClosed
	}
	if l := sh.partitions[partition]; l != nil {
		f(l, now)
	}
	return nil
}

// change runs f alone on the shard of a partition, after some of what has expired there was removed.
func (s *Store) change(ctx context.Context, partition string, f func(*shard, time.Time) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sh, now := s.shard(partition), s.now()
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.partitions == nil {
		return core.ErrClosed
	}
	sh.copyOut()
	sh.collect(now)
	return f(sh, now)
}

func conflict(key core.Key, present *core.Item) error {
	e := &core.ConflictError{Key: key}
	if present != nil {
		it := given(*present)
		e.Present = &it
	}
	return e
}

// given returns a copy of an item for somebody who may change it.
func given(it core.Item) core.Item {
	it.Body = bytes.Clone(it.Body)
	return it
}
