package delivery

import (
	"context"
	"fmt"

	"github.com/patchbay-go/patchbay/core"
)

// A verbs is the run's store as processes see it: its calls wait for their fate.
type verbs struct{ run *run }

// storeFor returns the store with what it can do in this run.
func (r *run) storeFor() core.Store {
	v := verbs{r}
	switch {
	case r.rules.trimmer:
		return trimming{tailing{v}}
	case r.rules.tailer:
		return tailing{v}
	}
	return v
}

// call makes a call, as its fate is. A call of no request is a pump's: it only reads, and goes well.
func call[T any](ctx context.Context, r *run, what string, do func(context.Context) (T, error)) (T, error) {
	q, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		return do(ctx)
	}
	var none T
	switch q.await(what) {
	case failsBefore:
		return none, errLost
	case failsAfter:
		_, _ = do(ctx)
		return none, errLost
	case failsLater:
		r.lose(q.what+": "+what, func() { _, _ = do(context.WithoutCancel(ctx)) })
		return none, errLost
	}
	return do(ctx)
}

func (v verbs) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	return v.reads(ctx, "get "+spell(keys[0]), func(ctx context.Context) ([]core.Item, error) { return v.run.ground.store.Get(ctx, keys...) })
}

func (v verbs) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	return v.reads(ctx, "range "+spell(core.Key{Partition: partition, Sort: after}), func(ctx context.Context) ([]core.Item, error) {
		return v.run.ground.store.Range(ctx, partition, after, limit, bytes)
	})
}

func (v verbs) reads(ctx context.Context, what string, do func(context.Context) ([]core.Item, error)) ([]core.Item, error) {
	return call(ctx, v.run, what, func(ctx context.Context) ([]core.Item, error) { return read(ctx, v.run, do) })
}

func (v verbs) Create(ctx context.Context, it core.Item) (uint64, error) {
	stored := it
	expires := v.run.logs.expiry(&stored)
	w := &writing{Item: stored, do: func(ctx context.Context) (uint64, error) { return v.run.ground.store.Create(ctx, stored) }}
	return v.writes(ctx, "create", w, func() { v.run.logs.created(it, expires) })
}

func (v verbs) Replace(ctx context.Context, it core.Item) (uint64, error) {
	w := &writing{Item: it, do: func(ctx context.Context) (uint64, error) { return v.run.ground.store.Replace(ctx, it) }}
	return v.writes(ctx, "replace", w, func() { v.run.logs.replaced(it) })
}

func (v verbs) Put(ctx context.Context, it core.Item) (uint64, error) {
	w := &writing{Item: it, do: func(ctx context.Context) (uint64, error) { return v.run.ground.store.Put(ctx, it) }}
	return v.writes(ctx, "put", w, func() {})
}

func (v verbs) Delete(ctx context.Context, key core.Key, version uint64) error {
	w := &writing{Item: core.Item{Key: key}, remove: true, do: func(ctx context.Context) (uint64, error) {
		return 0, v.run.ground.store.Delete(ctx, key, version)
	}}
	_, err := v.writes(ctx, "delete", w, func() {})
	return err
}

// writes makes a write, and has it noted if it took place, whatever its answer is.
func (v verbs) writes(ctx context.Context, verb string, w *writing, note func()) (uint64, error) {
	return call(ctx, v.run, verb+" "+spell(w.Key), func(ctx context.Context) (uint64, error) {
		version, took, err := v.run.witness.see(ctx, w)
		if took {
			note()
		}
		return version, err
	})
}

func (v verbs) Close() error { return nil }

type tailing struct{ verbs }

func (v tailing) Last(ctx context.Context, partition string) (core.Item, error) {
	return call(ctx, v.run, "last of "+partition, func(ctx context.Context) (core.Item, error) {
		return read(ctx, v.run, func(ctx context.Context) (core.Item, error) {
			return v.run.ground.store.(core.Tailer).Last(ctx, partition)
		})
	})
}

type trimming struct{ tailing }

func (v trimming) Trim(ctx context.Context, partition, below string) error {
	_, err := call(ctx, v.run, "trim "+spell(core.Key{Partition: partition, Sort: below}), func(ctx context.Context) (struct{}, error) {
		return read(ctx, v.run, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, v.run.ground.store.(core.Trimmer).Trim(ctx, partition, below)
		})
	})
	return err
}

func spell(k core.Key) string { return fmt.Sprintf("%s %s", k.Partition, k.Sort) }
