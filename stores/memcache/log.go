package memcache

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

// rangeLog collects entries of a log. Most readers are near its end, so the first numbers are looked for together with the run, also those
// behind its end: entries stand there that are about to raise it, or whose processes died before they could. Whoever has seen one of
// them believes that it stands, so it is seen from then on.
//
// While memcached goes through the names, others append. So what was not there is looked for again: where something stands behind it, at
// once, and else after the run, which says of what it covers that it was written before. Then what is not there is gone, and no reader
// passes over what is only about to be written.
func (c *collector) rangeLog(ctx context.Context, after string) error {
	var first []string
	looked := uint64(0) // how far was looked for entries behind the end
	if prefix, number, ok := numbered(after); ok && prefix == "" && number < math.MaxUint64-firstBatch {
		looked = number + uint64(min(firstBatch, c.limit))
		first = sorts("", number+1, looked)
	}
	r, items, err := c.store.readRunWith(ctx, c.partition, first)
	if err != nil {
		return err
	}
	if r.strays {
		return c.rangeStrays(ctx, r, after)
	}
	if items, err = c.store.fillHoles(ctx, c.partition, first, items); err != nil {
		return err
	}
	c.take(items)
	reached := after
	if len(items) > 0 {
		reached = items[len(items)-1].Sort
	}
	if err := c.collect(ctx, r.after(reached)); err != nil {
		return err
	}
	if err := c.collectBeyond(ctx, r, looked); err != nil {
		return err
	}
	return c.store.shorten(ctx, r, after, c.items)
}

// collectBeyond collects the entries behind the end of a log's run, one behind the other, where nobody has looked yet.
func (c *collector) collectBeyond(ctx context.Context, r *run, looked uint64) error {
	end, ok := r.last()
	if len(c.items) > 0 {
		_, number, _ := numbered(c.items[len(c.items)-1].Sort)
		end, ok = max(end, number), true
	}
	for ok && !c.full && end >= looked {
		next := sorts("", end+1, end+firstBatch)
		items, err := c.store.fetch(ctx, c.partition, next)
		if err == nil {
			items, err = c.store.fillHoles(ctx, c.partition, next, items)
		}
		if err != nil || len(items) == 0 {
			return err
		}
		c.take(items)
		_, end, _ = numbered(items[len(items)-1].Sort)
	}
	return nil
}

// readRunWith reads the run of a log, and what there is under some sorts, in one command.
func (s *Store) readRunWith(ctx context.Context, partition string, sorts []string) (*run, []core.Item, error) {
	keys, names := make([]core.Key, len(sorts)), make([]string, len(sorts), len(sorts)+1)
	for i, sort := range sorts {
		keys[i] = core.Key{Partition: partition, Sort: sort}
		names[i] = s.names.item(keys[i])
	}
	name := s.names.run(partition, "")
	found, err := s.client.gets(ctx, append(names, name)...)
	if err != nil {
		return nil, nil, err
	}
	r, err := readRun(partition, "", found[name])
	if err != nil {
		return nil, nil, err
	}
	items, err := s.living(keys, names, found)
	return r, items, err
}

// rangeStrays is for a log that has sorts beside numbers.
func (c *collector) rangeStrays(ctx context.Context, r *run, after string) error {
	if end, ok := r.last(); ok {
		last, err := c.store.lastFrom(ctx, c.partition, end)
		if err != nil {
			return err
		}
		if _, number, ok := numbered(last.Sort); ok && number > end {
			r = r.with(end, number)
		}
	}
	sources, err := c.store.sortsOf(ctx, c.partition, after)
	if err != nil {
		return err
	}
	return c.collect(ctx, &merge{sources: append(sources, r.after(after))})
}

// fillHoles looks once more for the entries that were not there while something behind them was. What is still not there is gone.
func (s *Store) fillHoles(ctx context.Context, partition string, sorts []string, items []core.Item) ([]core.Item, error) {
	if len(items) == 0 {
		return items, nil
	}
	var holes []string
	at := 0
	for _, sort := range sorts {
		if at == len(items) {
			break
		}
		if items[at].Sort == sort {
			at++
		} else {
			holes = append(holes, sort)
		}
	}
	if len(holes) == 0 {
		return items, nil
	}
	filled, err := s.fetch(ctx, partition, holes)
	if err != nil || len(filled) == 0 {
		return items, err
	}
	items = append(items, filled...)
	slices.SortFunc(items, func(a, b core.Item) int { return strings.Compare(a.Sort, b.Sort) })
	return items, nil
}

// manyGone is how many numbers at the beginning of a log that are not there any more are worth a write, so that no reader looks for them
// again.
const manyGone = 256

// shorten takes numbers out of a log's run that a read from before its beginning has not found.
func (s *Store) shorten(ctx context.Context, r *run, after string, found []core.Item) error {
	end, ok := r.last()
	if !ok || after >= sortOf("", r.spans[0].first) {
		return nil
	}
	if len(found) > 0 {
		_, end, _ = numbered(found[0].Sort)
	}
	if begin := r.spans[0].first; end < begin || end-begin < manyGone {
		return nil
	}
	return s.changeRun(ctx, r, func(r *run) (*run, error) {
		if len(r.spans) == 0 || r.spans[0].first >= end {
			return nil, nil
		}
		return r.above(end), nil
	})
}

// lastEntry returns the last entry of a log. Where memcached has removed that to make room, it is the last one that is left, or a gap, under
// the number of the run's end: what is appended next must not stand before where readers are.
func (s *Store) lastEntry(ctx context.Context, partition string) (core.Item, error) {
	r, _, err := s.readRunWith(ctx, partition, nil)
	if err != nil {
		return core.Item{}, err
	}
	end, ok := r.last()
	if r.strays || !ok {
		return s.lastStray(ctx, r)
	}
	last, err := s.lastFrom(ctx, partition, end)
	if err != nil || last.Sort != "" {
		return last, err
	}
	last, err = s.lastOf(ctx, partition, []source{r.after("")})
	switch {
	case errors.Is(err, core.ErrNoItem):
		return core.Gap(partition, end)
	case err != nil:
		return core.Item{}, err
	}
	last.Sort = sortOf("", end)
	return last, nil
}

// lastFrom returns the last entry of those that stand from a number on, one behind the other; none, if none does.
func (s *Store) lastFrom(ctx context.Context, partition string, number uint64) (last core.Item, err error) {
	for {
		items, err := s.fetch(ctx, partition, sorts("", number, number+firstBatch))
		if err != nil || len(items) == 0 {
			return last, err
		}
		last = items[len(items)-1]
		_, number, _ = numbered(last.Sort)
		number++
	}
}

// lastStray is for a log that has sorts beside numbers, or none.
func (s *Store) lastStray(ctx context.Context, r *run) (core.Item, error) {
	if !r.strays {
		return core.Item{}, core.ErrNoItem
	}
	sources, err := s.sortsOf(ctx, r.partition, "")
	if err != nil {
		return core.Item{}, err
	}
	return s.lastOf(ctx, r.partition, append(sources, r.after("")))
}
