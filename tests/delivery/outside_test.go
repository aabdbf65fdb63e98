package delivery

import (
	"context"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/faults"
)

// An outside is a store whose verbs are done outside of the run's bubble, one at a time. Who waits for a network is not durably blocked:
// synctest waits for the answer, and virtual time stands still meanwhile. But no goroutine of a driver may be in the bubble, where its sleeps
// would be virtual, and no channel of the bubble, as that in a context, may get out of it.
type outside struct {
	store core.Store
	free  chan struct{} // holds one while no verb is under way
	jobs  chan func(context.Context)
	done  chan struct{}
}

// longEnough is real time for a verb, with all that its driver tries again.
const longEnough = 30 * time.Second

// putOutside starts the goroutine that does the verbs, and loses its patience as wire says, where there is one. Close ends it.
func putOutside(store core.Store, wire *faults.Plan) core.Store {
	o := &outside{store: store, free: make(chan struct{}, 1), jobs: make(chan func(context.Context)), done: make(chan struct{})}
	o.free <- struct{}{}
	go func() {
		for job := range o.jobs {
			doOutside(wire, job)
			o.done <- struct{}{}
		}
	}()
	_, trims := store.(core.Trimmer)
	_, tails := store.(core.Tailer)
	switch {
	case trims && tails:
		return trimmingOutside{tailingOutside{o}}
	case tails:
		return tailingOutside{o}
	}
	return o
}

func doOutside(wire *faults.Plan, job func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), longEnough)
	defer cancel()
	if wire != nil {
		var done context.CancelFunc
		ctx, done = wire.Impatient(ctx)
		defer done()
	}
	job(ctx)
}

// away has a verb done. Of the context of the bubble only its end is heeded, and that before the verb: the run ends nothing while a verb
// is under way, since it waits for its answer first.
func away[T any](ctx context.Context, o *outside, do func(context.Context) (T, error)) (result T, err error) {
	if err := ctx.Err(); err != nil {
		return result, err
	}
	<-o.free
	o.jobs <- func(ctx context.Context) { result, err = do(ctx) }
	<-o.done
	o.free <- struct{}{}
	return result, err
}

// Get implements core.Store, as do the others.
func (o *outside) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	return away(ctx, o, func(ctx context.Context) ([]core.Item, error) { return o.store.Get(ctx, keys...) })
}

func (o *outside) Create(ctx context.Context, it core.Item) (uint64, error) {
	return away(ctx, o, func(ctx context.Context) (uint64, error) { return o.store.Create(ctx, it) })
}

func (o *outside) Replace(ctx context.Context, it core.Item) (uint64, error) {
	return away(ctx, o, func(ctx context.Context) (uint64, error) { return o.store.Replace(ctx, it) })
}

func (o *outside) Put(ctx context.Context, it core.Item) (uint64, error) {
	return away(ctx, o, func(ctx context.Context) (uint64, error) { return o.store.Put(ctx, it) })
}

func (o *outside) Delete(ctx context.Context, key core.Key, version uint64) error {
	_, err := away(ctx, o, func(ctx context.Context) (struct{}, error) { return struct{}{}, o.store.Delete(ctx, key, version) })
	return err
}

func (o *outside) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	return away(ctx, o, func(ctx context.Context) ([]core.Item, error) {
		return o.store.Range(ctx, partition, after, limit, bytes)
	})
}

// Close is called outside of the bubble, when it is over.
func (o *outside) Close() error {
	close(o.jobs)
	return o.store.Close()
}

// A tailingOutside is an outside whose store is a core.Tailer.
type tailingOutside struct{ *outside }

func (o tailingOutside) Last(ctx context.Context, partition string) (core.Item, error) {
	return away(ctx, o.outside, func(ctx context.Context) (core.Item, error) { return o.store.(core.Tailer).Last(ctx, partition) })
}

// A trimmingOutside is one whose store is a core.Trimmer too.
type trimmingOutside struct{ tailingOutside }

func (o trimmingOutside) Trim(ctx context.Context, partition, below string) error {
	_, err := away(ctx, o.outside, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, o.store.(core.Trimmer).Trim(ctx, partition, below)
	})
	return err
}
