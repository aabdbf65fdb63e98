package memcache

import (
	"context"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A place is what is stored under a key, and where Range learns of it: from a run, where the sort ends in a number, or else from a list.
type place struct {
	rec    *record
	prefix string
	number uint64
	run    *run  // nil: the sort is no number, and no stray of a log
	list   *list // nil: it is a number
}

// look reads a place, in one command.
func (s *Store) look(ctx context.Context, key core.Key) (*place, error) {
	if err := s.client.ready(ctx); err != nil {
		return nil, err
	}
	p := &place{}
	prefix, number, ok := numbered(key.Sort)
	item, others := s.names.item(key), []string{}
	if ok {
		p.prefix, p.number = prefix, number
		others = append(others, s.names.run(key.Partition, prefix))
	} else {
		others = append(others, s.names.list(key.Partition, partOf(key.Sort)), s.names.run(key.Partition, ""))
		if !core.Waited(key.Partition) {
			others = others[:1]
		}
	}
	found, err := s.client.gets(ctx, append(others, item)...)
	if err != nil {
		return nil, err
	}
	if p.rec, err = readFound(key, found[item]); err != nil {
		return nil, err
	}
	if !ok {
		if p.list, err = readList(key.Partition, partOf(key.Sort), found[others[0]]); err != nil || len(others) == 1 {
			return p, err
		}
	}
	p.run, err = readRun(key.Partition, p.prefix, found[others[len(others)-1]])
	return p, err
}

// isEntry reports whether it is that of an entry of a log.
func (p *place) isEntry() bool {
	return p.list == nil && p.prefix == "" && core.Waited(p.rec.Partition)
}

// passed reports whether it is that of an entry whose number was given: who creates it must not, though it is not there any more.
// Readers are further, and what memcached has removed to make room was there.
func (p *place) passed() bool {
	if !p.isEntry() {
		return false
	}
	last, ok := p.run.last()
	return ok && p.number <= last
}

// register has Range know of a place until a time, before its item is written.
func (s *Store) register(ctx context.Context, p *place, until time.Time) error {
	switch {
	case p.list != nil:
		if err := s.noteStray(ctx, p); err != nil {
			return err
		}
		return s.enlist(ctx, p.list, p.rec.Sort, false, until)
	case p.isEntry():
		return nil // it is there for ever
	}
	if len(p.run.spans) == 0 || !lasts(p.run.until, until) {
		l, err := s.loadList(ctx, p.rec.Partition, partOf(p.prefix))
		if err != nil {
			return err
		}
		if err := s.enlist(ctx, l, p.prefix, true, until); err != nil {
			return err
		}
	}
	return s.cover(ctx, p.run, p.number, until)
}

// noteStray has a log know that it has sorts beside numbers.
func (s *Store) noteStray(ctx context.Context, p *place) error {
	if p.run == nil || p.run.strays {
		return nil
	}
	return s.changeRun(ctx, p.run, func(r *run) (*run, error) {
		if r.strays {
			return nil, nil
		}
		next := *r
		next.strays = true
		return &next, nil
	})
}

// raise has the run of a log know of an entry that stands. The error is errPassed where that is below its end and was not known of.
func (s *Store) raise(ctx context.Context, p *place) error {
	if !p.isEntry() || p.run.covers(p.number) {
		return nil
	}
	first := p.number
	if len(p.run.spans) == 0 {
		var err error
		if first, err = s.firstBefore(ctx, p.rec.Partition, p.number); err != nil {
			return err
		}
	}
	return s.changeRun(ctx, p.run, func(r *run) (*run, error) {
		if r.covers(p.number) {
			return nil, nil
		}
		if last, ok := r.last(); ok && p.number < last {
			return nil, errPassed
		}
		return r.with(first, p.number), nil
	})
}

// farBack is how many numbers are looked for below an entry when a log's run is made anew.
const farBack = 64 * batchSize

// firstBefore returns the first of the entries that stand before a number, without a wide hole: where the run was removed to make room,
// there are some.
func (s *Store) firstBefore(ctx context.Context, partition string, number uint64) (uint64, error) {
	first := number
	for first > 1 && number-first < farBack {
		low := first - min(first-1, batchSize)
		items, err := s.fetch(ctx, partition, sorts("", low, first-1))
		if err != nil || len(items) == 0 {
			return first, err
		}
		_, first, _ = numbered(items[0].Sort)
	}
	return first, nil
}

// sorts are those of the numbers from one to another.
func sorts(prefix string, first, last uint64) []string {
	var list []string
	for n := first; n >= first && n <= last; n++ {
		list = append(list, sortOf(prefix, n))
	}
	return list
}

// forget has Range know no more of a place whose item was deleted. If that cannot be done, it is passed over, until it ends to be listed.
func (s *Store) forget(ctx context.Context, p *place) {
	if p.list == nil {
		return
	}
	if i, there := p.list.find(p.rec.Sort, false); there {
		_ = s.delist(ctx, p.list, p.list.entries[i])
	}
}
