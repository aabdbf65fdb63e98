package core_test

import (
	"context"
	"sync/atomic"

	"github.com/patchbay-go/patchbay/core"
)

// A dying store does so many things more, and then nothing: as for a process that dies between two calls. The one that it dies of may
// still take effect, while nobody hears of it.
type dying struct {
	core.Store
	left  atomic.Int64
	after bool
}

func (s *dying) dead() bool { return s.left.Load() <= 0 }

func beforeDeath[T any](s *dying, call func() (T, error)) (v T, err error) {
	left := s.left.Add(-1)
	if left > 0 {
		return call()
	}
	if left == 0 && s.after {
		_, _ = call()
	}
	return v, errDead
}

func (s *dying) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	return beforeDeath(s, func() ([]core.Item, error) { return s.Store.Get(ctx, keys...) })
}

func (s *dying) Create(ctx context.Context, it core.Item) (uint64, error) {
	return beforeDeath(s, func() (uint64, error) { return s.Store.Create(ctx, it) })
}

func (s *dying) Replace(ctx context.Context, it core.Item) (uint64, error) {
	return beforeDeath(s, func() (uint64, error) { return s.Store.Replace(ctx, it) })
}

func (s *dying) Put(ctx context.Context, it core.Item) (uint64, error) {
	return beforeDeath(s, func() (uint64, error) { return s.Store.Put(ctx, it) })
}

func (s *dying) Delete(ctx context.Context, key core.Key, version uint64) error {
	_, err := beforeDeath(s, func() (struct{}, error) { return struct{}{}, s.Store.Delete(ctx, key, version) })
	return err
}

func (s *dying) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	return beforeDeath(s, func() ([]core.Item, error) { return s.Store.Range(ctx, partition, after, limit, bytes) })
}
