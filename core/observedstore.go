package core

import (
	"context"
	"time"
)

// An observedStore tells the Observer of each use of a Store.
type observedStore struct {
	Store
	observer Observer
}

func (s *observedStore) Get(ctx context.Context, keys ...Key) ([]Item, error) {
	start := time.Now()
	items, err := s.Store.Get(ctx, keys...)
	s.observer.StoreUsed(ctx, "get", len(keys), time.Since(start), err)
	return items, err
}

func (s *observedStore) Create(ctx context.Context, it Item) (uint64, error) {
	start := time.Now()
	version, err := s.Store.Create(ctx, it)
	s.observer.StoreUsed(ctx, "create", 1, time.Since(start), err)
	return version, err
}

func (s *observedStore) Replace(ctx context.Context, it Item) (uint64, error) {
	start := time.Now()
	version, err := s.Store.Replace(ctx, it)
	s.observer.StoreUsed(ctx, "replace", 1, time.Since(start), err)
	return version, err
}

func (s *observedStore) Put(ctx context.Context, it Item) (uint64, error) {
	start := time.Now()
	version, err := s.Store.Put(ctx, it)
	s.observer.StoreUsed(ctx, "put", 1, time.Since(start), err)
	return version, err
}

func (s *observedStore) Delete(ctx context.Context, key Key, version uint64) error {
	start := time.Now()
	err := s.Store.Delete(ctx, key, version)
	s.observer.StoreUsed(ctx, "delete", 1, time.Since(start), err)
	return err
}

func (s *observedStore) Range(ctx context.Context, partition, after string, limit, bytes int) ([]Item, error) {
	start := time.Now()
	items, err := s.Store.Range(ctx, partition, after, limit, bytes)
	s.observer.StoreUsed(ctx, "range", len(items), time.Since(start), err)
	return items, err
}
