package memcache

import (
	"context"
	"errors"

	"github.com/patchbay-go/patchbay/core"
)

// numbersPerMilli is how many numbers a log may have given in a millisecond of its life, on average: far more than it can.
const numbersPerMilli = 1 << 10

// isFirst reports whether a place is that of an entry of a log of which memcached has nothing. Where its run alone was removed to make
// room, the entry before is there.
func (s *Store) isFirst(ctx context.Context, p *place) (bool, error) {
	if !p.isEntry() {
		return false, nil
	}
	if _, ok := p.run.last(); ok {
		return false, nil
	}
	before, err := s.fetch(ctx, p.rec.Partition, []string{sortOf("", max(p.number, 1)-1)})
	return len(before) == 0, err
}

// begin has a log begin behind all numbers that it can have had before memcached lost it, by a gap whose number the time tells. Processes that
// have lived on remember those numbers: they would append where they believe the end is, and their readers pass over what stands below.
func (s *Store) begin(ctx context.Context, partition string) error {
	number := uint64(s.now().UnixMilli()) * numbersPerMilli
	last := core.Item{Key: core.Key{Partition: partition, Sort: sortOf("", number)}}
	for _, gap := range core.BehindLost(last) {
		p, err := s.look(ctx, gap.Key)
		if err != nil {
			return err
		}
		if _, err := s.add(ctx, p, gap); err != nil && !errors.Is(err, errElse) {
			return err
		}
	}
	return nil
}
