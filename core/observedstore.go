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

// abilities returns what a store can do beyond its six verbs, observed too; nil for what it cannot.
func abilities(store Store, observer Observer) (t Tailer, w Waiter, r Trimmer) {
	if tailer, ok := store.(Tailer); ok {
		t = &observedTailer{tailer, observer}
	}
	if trimmer, ok := store.(Trimmer); ok {
		r = &observedTrimmer{trimmer, observer}
	}
	w, _ = store.(Waiter)
	return t, w, r
}

type observedTailer struct {
	Tailer
	observer Observer
}

func (s *observedTailer) Last(ctx context.Context, partition string) (Item, error) {
	start := time.Now()
	it, err := s.Tailer.Last(ctx, partition)
	s.observer.StoreUsed(ctx, "last", 1, time.Since(start), err)
	return it, err
}

type observedTrimmer struct {
	Trimmer
	observer Observer
}

func (s *observedTrimmer) Trim(ctx context.Context, partition, below string) error {
	start := time.Now()
	err := s.Trimmer.Trim(ctx, partition, below)
	s.observer.StoreUsed(ctx, "trim", 1, time.Since(start), err)
	return err
}
