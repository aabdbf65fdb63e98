package memcache

import (
	"context"
	"math"
	"slices"

	"github.com/patchbay-go/patchbay/core"
)

const (
	// batchSize is how many items are read in a command at most.
	batchSize = 128
	// firstBatch is how many entries of a log are looked for at once behind a number.
	firstBatch = 8
	// The most that Range gives where the caller says nothing.
	rangeItems = 1000
	rangeBytes = 4 << 20
)

// Range implements core.Store.
func (s *Store) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	if err := s.client.ready(ctx); err != nil {
		return nil, err
	}
	c := &collector{store: s, partition: partition, limit: limit, bytes: bytes}
	if limit <= 0 {
		c.limit = rangeItems
	}
	if bytes <= 0 {
		c.bytes = rangeBytes
	}
	if core.Waited(partition) {
		if err := c.rangeLog(ctx, after); err != nil {
			return nil, err
		}
		return c.items, nil
	}
	sources, err := s.sortsOf(ctx, partition, after)
	if err == nil {
		err = c.collect(ctx, &merge{sources: sources})
	}
	if err != nil {
		return nil, err
	}
	return c.items, nil
}

// Last implements core.Tailer.
func (s *Store) Last(ctx context.Context, partition string) (core.Item, error) {
	if err := s.client.ready(ctx); err != nil {
		return core.Item{}, err
	}
	if core.Waited(partition) {
		return s.lastEntry(ctx, partition)
	}
	sources, err := s.sortsOf(ctx, partition, "")
	if err != nil {
		return core.Item{}, err
	}
	return s.lastOf(ctx, partition, sources)
}

// lastOf returns the last item of those that there are of some sorts.
func (s *Store) lastOf(ctx context.Context, partition string, sources []source) (core.Item, error) {
	for _, o := range sources {
		switch o := o.(type) {
		case *plain:
			slices.Reverse(o.sorts)
		case *numbers:
			o.down = true
		}
	}
	all := &merge{sources: sources, down: true}
	for size := 4; ; size = batchSize {
		sorts := take(all, size)
		if len(sorts) == 0 {
			return core.Item{}, core.ErrNoItem
		}
		slices.Reverse(sorts)
		items, err := s.fetch(ctx, partition, sorts)
		if err != nil {
			return core.Item{}, err
		}
		if len(items) > 0 {
			return items[len(items)-1], nil
		}
	}
}

// sortsOf returns the sorts above one that there may be in a partition: those that are listed, and those of the runs that are.
func (s *Store) sortsOf(ctx context.Context, partition, after string) ([]source, error) {
	entries, err := s.entries(ctx, partition)
	if err != nil {
		return nil, err
	}
	own := &plain{}
	sources := []source{own}
	var prefixes []string
	for _, e := range entries {
		switch {
		case e.run:
			prefixes = append(prefixes, e.sort)
		case e.sort > after:
			own.sorts = append(own.sorts, e.sort)
		}
	}
	slices.Sort(own.sorts)
	runs, err := s.runs(ctx, partition, prefixes)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		sources = append(sources, r.after(after))
	}
	return sources, nil
}

// entries returns what is listed of a partition, in no order.
func (s *Store) entries(ctx context.Context, partition string) ([]listEntry, error) {
	names := make([]string, listParts)
	for part := range names {
		names[part] = s.names.list(partition, part)
	}
	found, err := s.client.gets(ctx, names...)
	if err != nil {
		return nil, err
	}
	var entries []listEntry
	for part, name := range names {
		l, err := readList(partition, part, found[name])
		if err != nil {
			return nil, err
		}
		entries = append(entries, l.entries...)
	}
	return entries, nil
}

// runs reads the runs of some prefixes.
func (s *Store) runs(ctx context.Context, partition string, prefixes []string) ([]*run, error) {
	var runs []*run
	for batch := range slices.Chunk(prefixes, batchSize) {
		names := make([]string, len(batch))
		for i, prefix := range batch {
			names[i] = s.names.run(partition, prefix)
		}
		found, err := s.client.gets(ctx, names...)
		if err != nil {
			return nil, err
		}
		for i, prefix := range batch {
			r, err := readRun(partition, prefix, found[names[i]])
			if err != nil {
				return nil, err
			}
			runs = append(runs, r)
		}
	}
	return runs, nil
}

// after returns the run's sorts above one.
func (r *run) after(after string) *numbers {
	if after < r.prefix {
		return &numbers{prefix: r.prefix, spans: slices.Clone(r.spans)}
	}
	if last, ok := r.last(); !ok || sortOf(r.prefix, last) <= after {
		return &numbers{}
	}
	// The lowest number whose sort is above: they ascend together.
	low, high := uint64(0), uint64(math.MaxUint64)
	for low < high {
		middle := low + (high-low)/2
		if sortOf(r.prefix, middle) > after {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return &numbers{prefix: r.prefix, spans: r.above(low).spans}
}

// fetch reads the items of a partition under some sorts, in their order. Those that are not there are left out.
func (s *Store) fetch(ctx context.Context, partition string, sorts []string) ([]core.Item, error) {
	keys := make([]core.Key, len(sorts))
	for i, sort := range sorts {
		keys[i] = core.Key{Partition: partition, Sort: sort}
	}
	return s.Get(ctx, keys...)
}

// A collector collects the items that Range gives.
type collector struct {
	store        *Store
	partition    string
	limit, bytes int
	items        []core.Item
	size         int
	full         bool
}

// take adds items until there are enough.
func (c *collector) take(items []core.Item) {
	for _, it := range items {
		if c.full = len(c.items) >= c.limit || len(c.items) > 0 && c.size >= c.bytes; c.full {
			return
		}
		c.items = append(c.items, it)
		c.size += len(it.Body)
	}
	c.full = len(c.items) >= c.limit || len(c.items) > 0 && c.size >= c.bytes
}

// batch is how many items to read next: about as many as are wanted, by the size of those that there are.
func (c *collector) batch() int {
	n := 16
	if len(c.items) > 0 {
		n = (c.bytes-c.size)/(1+c.size/len(c.items)) + 1
	}
	return min(max(n, 1), c.limit-len(c.items), batchSize)
}

// collect reads the items under the sorts of a source until there are enough. The lists and runs that the sorts are from have been read
// before: what was written one behind the other is not passed over.
func (c *collector) collect(ctx context.Context, from source) error {
	for !c.full {
		sorts := take(from, c.batch())
		if len(sorts) == 0 {
			return nil
		}
		items, err := c.store.fetch(ctx, c.partition, sorts)
		if err != nil {
			return err
		}
		c.take(items)
	}
	return nil
}
