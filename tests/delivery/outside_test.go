package delivery

import (
	"context"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/faults"
)

// An outside is a store whose verbs are done outside of the run's bubble. Who waits for a network is not durably blocked: synctest waits for
// the answer, and virtual time stands still meanwhile. But no goroutine of a driver may be in the bubble, where its sleeps would be
// virtual, and no channel of the bubble, as that in a context, may get out of it.
type outside struct {
	store core.Store
	idle  chan *hand
}

// A hand does one verb at a time.
type hand struct {
	jobs chan func(context.Context)
	done chan struct{}
}

const (
	hands      = 4                // what a run does at once: one request, and the pumps of processes
	longEnough = 30 * time.Second // real time, for a verb with all that its driver tries again
)

// putOutside starts the hands, each of which loses its patience as wire says, where there is one. Close ends them.
func putOutside(store core.Store, wire *faults.Plan) core.Store {
	o := &outside{store: store, idle: make(chan *hand, hands)}
	for range hands {
		h := &hand{jobs: make(chan func(context.Context)), done: make(chan struct{})}
		o.idle <- h
		go h.work(wire)
	}
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

func (h *hand) work(wire *faults.Plan) {
	for job := range h.jobs {
		h.do(wire, job)
		h.done <- struct{}{}
	}
}

func (*hand) do(wire *faults.Plan, job func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), longEnough)
	defer cancel()
	if wire != nil {
		var done context.CancelFunc
		ctx, done = wire.Impatient(ctx)
		defer done()
	}
	job(ctx)
}

// away has a hand do a verb. Of the context of the bubble only its end is heeded, and that before the verb: the run ends nothing while a verb
// is under way, since it waits for its answer first.
func away[T any](ctx context.Context, o *outside, do func(context.Context) (T, error)) (result T, err error) {
	if err := ctx.Err(); err != nil {
		return result, err
	}
	h := <-o.idle
	h.jobs <- func(ctx context.Context) { result, err = do(ctx) }
	<-h.done
	o.idle <- h
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
	for range hands {
		close((<-o.idle).jobs)
	}
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
