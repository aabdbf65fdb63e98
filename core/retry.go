package core

import (
	"context"
	"math/rand/v2"
	"time"
)

// clockStep is more than clocks may differ by: a time so far ahead was told by one that has been put back since.
const clockStep = time.Minute

// maxTries is how often a change is computed again before its caller hears of a conflict. With the pauses between them the last
// comes after some seconds.
const maxTries = 24

// retry runs a conditional change until it meets no conflict. Each time but the first, change is told to load anew what it computes from.
func retry(ctx context.Context, change func(anew bool) error) error {
	for try := range maxTries {
		if err := pause(ctx, try); err != nil {
			return err
		}
		if err := change(try > 0); !isConflict(err) {
			return err
		}
	}
	return Conflict.Errorf("Too many changes at once.")
}

// pause waits a little before a further try: not at all before the first two, then a random part of a time that doubles up to
// half a second.
func pause(ctx context.Context, try int) error {
	if try < 2 {
		return ctx.Err()
	}
	longest := min(time.Millisecond<<try, 500*time.Millisecond)
	timer := time.NewTimer(rand.N(longest)) //nolint:gosec // G404: spreads tries, hides nothing
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// save keeps an item on the condition that it still has the version it was loaded with; 0: there was none.
func (s *ChannelSet) save(ctx context.Context, it Item) (version uint64, err error) {
	if it.Version == 0 {
		return s.store.Create(ctx, it)
	}
	return s.store.Replace(ctx, it)
}
