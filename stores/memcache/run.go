package memcache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

// A run says which numbers there may be in a partition behind a prefix: of entries of a log, say. Range looks for those by their names, 128
// in a command, and passes over the ones that are not there. So an append costs one small write more, however long the log is.
//
// In a log (see Store) an entry is written first, and the run after it: so what is not there up to the run's end never will be. An entry
// whose process died in between stands right behind the end; who reads looks some numbers further, and who then tries to create it raises
// the end. Elsewhere the run is written first.
type run struct {
	partition, prefix string
	spans             []span    // ascending, apart; none: there is no run
	until             time.Time // when it may go; zero: never
	strays            bool      // of a log: it has sorts beside numbers, which are listed
	cas               uint64
}

// A span is numbers from first to last.
type span struct{ first, last uint64 }

const (
	// near is how far from a span a number may be that is added to it: a hole costs a reader a name to look for.
	near = 16
	// maxSpans bounds what numbers far apart from each other cost.
	maxSpans = 40_000
)

// last returns the highest number that there may be.
func (r *run) last() (uint64, bool) {
	if len(r.spans) == 0 {
		return 0, false
	}
	return r.spans[len(r.spans)-1].last, true
}

func (r *run) covers(number uint64) bool {
	i := r.spanAbove(number)
	return i < len(r.spans) && r.spans[i].first <= number
}

// spanAbove returns the index of the first span that does not end below a number.
func (r *run) spanAbove(number uint64) int {
	i, _ := slices.BinarySearchFunc(r.spans, number, func(s span, n uint64) int {
		if s.last < n {
			return -1
		}
		return 1
	})
	return i
}

// with returns the run with numbers from first to last too.
func (r *run) with(first, last uint64) *run {
	next := *r
	next.spans = nil
	added := span{first, last}
	for _, s := range r.spans {
		if apart(s, added) || apart(added, s) {
			next.spans = append(next.spans, s)
			continue
		}
		added.first, added.last = min(added.first, s.first), max(added.last, s.last)
	}
	i := next.spanAbove(added.first)
	next.spans = slices.Insert(next.spans, i, added)
	return &next
}

// apart reports whether a span ends so far below another that they are two.
func apart(s, other span) bool { return s.last < other.first && other.first-s.last > near }

// above returns the run without the numbers below one, but never without its last.
func (r *run) above(number uint64) *run {
	next := *r
	end, ok := r.last()
	if !ok {
		return &next
	}
	number = min(number, end)
	i := r.spanAbove(number)
	next.spans = slices.Clone(r.spans[i:])
	next.spans[0].first = max(next.spans[0].first, number)
	return &next
}

func (r *run) value() []byte {
	var w writer
	w.byte(formRun)
	w.text(r.partition)
	w.text(r.prefix)
	w.time(r.until)
	strays := byte(0)
	if r.strays {
		strays = 1
	}
	w.byte(strays)
	w.uint(uint64(len(r.spans)))
	for _, s := range r.spans {
		w.uint(s.first)
		w.uint(s.last - s.first)
	}
	return w.b
}

func readRun(partition, prefix string, it *memcache.Item) (*run, error) {
	n := &run{partition: partition, prefix: prefix}
	if it == nil {
		return n, nil
	}
	n.cas = it.CasID
	r := reader{rest: it.Value}
	form := r.byte()
	if form == formDeleted && len(it.Value) == 1 {
		return n, nil
	}
	bad := form != formRun || r.text() != partition || r.text() != prefix
	n.until, n.strays = r.time(), r.byte() == 1
	for count := r.uint(); count > 0 && !r.bad && !bad; count-- {
		first := r.uint()
		s := span{first, first + r.uint()}
		bad = s.last < s.first
		n.spans = append(n.spans, s)
	}
	if bad || r.bad || len(r.rest) > 0 {
		return nil, fmt.Errorf("run %q of partition %q: %w", prefix, partition, errForm)
	}
	return n, nil
}

// life is how long the run is needed; 0: for ever.
func (r *run) life(now time.Time) time.Duration {
	if r.until.IsZero() {
		return 0
	}
	return max(r.until.Sub(now), time.Second)
}

// changeRun computes a run anew until it could be written. change returns nil where nothing is to be written.
func (s *Store) changeRun(ctx context.Context, r *run, change func(*run) (*run, error)) error {
	for try := 0; ; try++ {
		next, err := change(r)
		if err != nil || next == nil {
			return err
		}
		if len(next.spans) > maxSpans {
			return fmt.Errorf("partition %q has numbers behind %q in more than %d places: memcached takes no more", r.partition, r.prefix, maxSpans)
		}
		err = s.client.write(ctx, s.names.run(r.partition, r.prefix), next.value(), r.cas, next.life(s.now()))
		if !errors.Is(err, errElse) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
		if r, err = s.loadRun(ctx, r.partition, r.prefix); err != nil {
			return err
		}
	}
}

func (s *Store) loadRun(ctx context.Context, partition, prefix string) (*run, error) {
	name := s.names.run(partition, prefix)
	found, err := s.client.gets(ctx, name)
	if err != nil {
		return nil, err
	}
	return readRun(partition, prefix, found[name])
}

// cover adds a number to a run that is to know of it until a time.
func (s *Store) cover(ctx context.Context, r *run, number uint64, until time.Time) error {
	return s.changeRun(ctx, r, func(r *run) (*run, error) {
		if r.covers(number) && lasts(r.until, until) {
			return nil, nil
		}
		next := r.with(number, number)
		if len(r.spans) == 0 || !lasts(r.until, until) {
			next.until = until
		}
		return next, nil
	})
}
