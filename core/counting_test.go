package core_test

import (
	"context"
	"sync/atomic"

	"github.com/patchbay-go/patchbay/core"
)

// A counting store counts what is asked of it.
type counting struct {
	core.Store
	gets, ranges, writes atomic.Int64
}

func (s *counting) reset() {
	s.gets.Store(0)
	s.ranges.Store(0)
	s.writes.Store(0)
}

func (s *counting) reads() int { return int(s.gets.Load() + s.ranges.Load()) }

func (s *counting) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	s.gets.Add(1)
	return s.Store.Get(ctx, keys...)
}

func (s *counting) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	s.ranges.Add(1)
	return s.Store.Range(ctx, partition, after, limit, bytes)
}

func (s *counting) Create(ctx context.Context, it core.Item) (uint64, error) {
	s.writes.Add(1)
	return s.Store.Create(ctx, it)
}

func (s *counting) Replace(ctx context.Context, it core.Item) (uint64, error) {
	s.writes.Add(1)
	return s.Store.Replace(ctx, it)
}

func (s *counting) Put(ctx context.Context, it core.Item) (uint64, error) {
	s.writes.Add(1)
	return s.Store.Put(ctx, it)
}

func (s *counting) Delete(ctx context.Context, key core.Key, version uint64) error {
	s.writes.Add(1)
	return s.Store.Delete(ctx, key, version)
}
