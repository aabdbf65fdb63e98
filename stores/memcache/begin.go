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

// begin has a log begin behind all numbers that it can have had before memcached lost it, with a run whose one number the time tells. Nothing
// stands there: Last gives a gap for it. Processes that have lived on remember lower numbers: they would append where they believe
// the end is, and their readers pass over what stands below. Of several that begin a log at once one does, whose run is the first.
func (s *Store) begin(ctx context.Context, r *run) error {
	number := uint64(s.now().UnixMilli()) * numbersPerMilli
	next := r.with(number, number)
	err := s.client.write(ctx, s.names.run(r.partition, ""), next.value(), r.cas, next.life(s.now()))
	if errors.Is(err, errElse) {
		return nil
	}
	return err
}

// errPassed says that an entry was written below the end of its log: that was lost and begun anew meanwhile.
var errPassed = errors.New("the log was begun anew")

// takeBack removes an entry that stands where readers may have been already. The error is a *core.ConflictError then.
func (s *Store) takeBack(ctx context.Context, rec *record) error {
	present, err := s.load(ctx, rec.Key)
	if err != nil {
		return err
	}
	if present.cas != 0 && present.Version == rec.Version {
		if err := s.client.remove(ctx, s.names.item(rec.Key), present.cas); err != nil {
			return err
		}
	}
	return &core.ConflictError{Key: rec.Key}
}
