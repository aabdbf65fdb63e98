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
	return call(ctx, v.run, "get "+spell(keys[0]), func(ctx context.Context) ([]core.Item, error) { return v.run.store.Get(ctx, keys...) })
}

func (v verbs) Create(ctx context.Context, it core.Item) (uint64, error) {
	return call(ctx, v.run, "create "+spell(it.Key), func(ctx context.Context) (uint64, error) {
		stored := it
		expires := v.run.logs.expiry(&stored)
		version, err := v.run.store.Create(ctx, stored)
		if err == nil {
			v.run.logs.created(it, expires)
		}
		return version, err
	})
}

func (v verbs) Replace(ctx context.Context, it core.Item) (uint64, error) {
	return call(ctx, v.run, "replace "+spell(it.Key), func(ctx context.Context) (uint64, error) {
		version, err := v.run.store.Replace(ctx, it)
		if err == nil {
			v.run.logs.replaced(it)
		}
		return version, err
	})
}

func (v verbs) Put(ctx context.Context, it core.Item) (uint64, error) {
	return call(ctx, v.run, "put "+spell(it.Key), func(ctx context.Context) (uint64, error) { return v.run.store.Put(ctx, it) })
}

func (v verbs) Delete(ctx context.Context, key core.Key, version uint64) error {
	_, err := call(ctx, v.run, "delete "+spell(key), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, v.run.store.Delete(ctx, key, version)
	})
	return err
}

func (v verbs) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	return call(ctx, v.run, "range "+spell(core.Key{Partition: partition, Sort: after}), func(ctx context.Context) ([]core.Item, error) {
		return v.run.store.Range(ctx, partition, after, limit, bytes)
	})
}

func (v verbs) Close() error { return nil }

type tailing struct{ verbs }

func (v tailing) Last(ctx context.Context, partition string) (core.Item, error) {
	return call(ctx, v.run, "last of "+partition, func(ctx context.Context) (core.Item, error) { return v.run.store.Last(ctx, partition) })
}

type trimming struct{ tailing }

func (v trimming) Trim(ctx context.Context, partition, below string) error {
	_, err := call(ctx, v.run, "trim "+spell(core.Key{Partition: partition, Sort: below}), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, v.run.store.Trim(ctx, partition, below)
	})
	return err
}

func spell(k core.Key) string { return fmt.Sprintf("%s %s", k.Partition, k.Sort) }
