package core

import (
	"context"
	"time"
)

// A lookout is where a follower waits for more in one shard.
type lookout struct {
	log   *log
	after uint64
}

// RunFollower follows until ctx ends, whose error it then returns, or ErrDraining, in a process that lives long. Any number of processes
// may run the same follower: they take turns, and when one dies another goes on half a minute later.
func (s *ChannelSet) RunFollower(ctx context.Context, f *Follower) error {
	if err := f.check(); err != nil {
		return err
	}
	w := newWaiter(waiterKey{})
	for failures := 0; ; {
		lookouts, err := s.followAll(ctx, f)
		if err == nil {
			failures = 0
		} else if ctx.Err() == nil {
			failures++
			s.opts.Logger.WarnContext(ctx, "follower failed", "follower", f.Name, "destination", f.Destination, "error", err)
		}
		if err := s.awaitMore(ctx, w, lookouts, followPause(failures)); err != nil {
			return err
		}
	}
}

// followPause is how long a follower waits that nobody wakes: where all went well until another one's lease would have run out.
func followPause(failures int) time.Duration {
	if failures == 0 {
		return leaseLength + leaseSkew
	}
	return min(time.Second<<min(failures-1, 5), leaseLength)
}

// awaitMore waits until something stands behind one of the lookouts, or for a while.
func (s *ChannelSet) awaitMore(ctx context.Context, w *waiter, lookouts []lookout, longest time.Duration) error {
	for _, p := range lookouts {
		for _, subtopic := range []string{"", wildcard} {
			l := &listener{log: p.log, subtopic: subtopic, at: position{number: p.after}, waiter: w}
			p.log.pump.add(l)
			defer p.log.pump.drop(l)
		}
	}
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-w.wake:
	case <-timer.C:
	case <-s.drained:
		return ErrDraining
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
