package postgres

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql"
)

// deafFor is how long who waits does not look while nothing can be heard.
const deafFor = time.Second

// Wait implements core.Waiter. It looks at first, and again when it hears of a write to one of the partitions, from this store or another one
// on the same table; while the server is away or cannot be heard, about once a second. A process that dies between a write and telling
// of it is not heard of: who depends on that looks again at intervals, by another Wait.
func (s *Store) Wait(ctx context.Context, after []core.Key) error {
	names := make([]string, len(after))
	for i, key := range after {
		if !s.waited(key.Partition) {
			return fmt.Errorf("nobody tells of what is written to %q", key.Partition)
		}
		names[i] = nameOf(key.Partition)
	}
	for {
		err := s.wait(ctx, names, after)
		if err == nil || ctx.Err() != nil || fate(err) == sql.Failed {
			return err
		}
		rest(ctx, deafFor)
	}
}

// wait is Wait as long as the server is there.
func (s *Store) wait(ctx context.Context, names []string, after []core.Key) error {
	look := func() (bool, error) { return s.Behind(ctx, after...) }
	if listening, _, _ := s.listener.state(); !listening { // and it may take a while to begin
		if stands, err := look(); stands || err != nil {
			return err
		}
		if err := s.listener.await(ctx); err != nil {
			return fmt.Errorf("wait: %w", err)
		}
	}
	return s.room.Wait(ctx, names, look)
}

// nameOf is a partition's short name in notifications. Should two have the same, their waiters wake each other for nothing.
func nameOf(partition string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(partition)) // never an error
	return fmt.Sprintf("%016x", h.Sum64())
}

// tell wakes who waits for a partition, here and elsewhere. The write stands, so that an error is nobody's: who waits looks again.
func (s *Store) tell(ctx context.Context, partition string) {
	if s.waited(partition) {
		name := nameOf(partition)
		s.room.Wake(name)
		s.teller.tell(ctx, name)
	}
}

// heard takes what another instance, or this one, has told.
func (s *Store) heard(payload string) {
	if name, ok := s.teller.foreign(payload); ok {
		s.room.Wake(name)
	}
}
