package core

import (
	"context"
	"time"
)

// An outcome says why a wait ended.
type outcome int

const (
	woken   outcome = iota // something stands behind what was read
	changed                // the connection may have been changed
	ended                  // there is no time left, or another one has taken the place
)

// wait waits until something stands behind the readings that one of them wants, the connection is changed, or the time is over. What
// was published between the read and the wait is seen: the pumps are told how far was read.
func (s *ChannelSet) wait(ctx context.Context, w *waiter, readings []reading, left time.Duration) (outcome, error) {
	listeners, err := s.listen(ctx, w, readings)
	defer unlisten(listeners)
	if err != nil {
		return ended, err
	}
	reread := s.rereadAfter()
	timer := time.NewTimer(min(left, reread))
	defer timer.Stop()
	select {
	case <-w.wake:
		return s.waiting.why(w), nil
	case <-timer.C:
		if reread < left {
			return changed, nil
		}
	case <-s.drained:
	case <-ctx.Done():
		return ended, ctx.Err()
	}
	return ended, nil
}

// rereadAfter is how long somebody who waits believes what was read of a log or a connection, which another process may have changed.
// Where somebody tells of changes, looking again is but for what was not heard.
func (s *ChannelSet) rereadAfter() time.Duration {
	if s.opts.Bus != nil || s.waiter != nil {
		return 15 * s.opts.Reread
	}
	return s.opts.Reread
}

// listen puts a listener for each reading into the pumps of its shards.
func (s *ChannelSet) listen(ctx context.Context, w *waiter, readings []reading) ([]*listener, error) {
	var listeners []*listener
	for i := range readings {
		r := &readings[i]
		logs := s.logsOf(r.Topic.Destination)
		if logs == nil {
			continue
		}
		meta, err := logs.load(ctx)
		if err != nil {
			return listeners, err
		}
		condition, err := s.selectors.parse(r.Selector)
		if err != nil {
			return listeners, err
		}
		if condition.IsSlow() {
			condition = nil // it is woken by whatever comes, and looks by itself: a pump has others to wake
		}
		for _, shard := range logs.shardsOf(&meta, r.Topic.Subtopic) {
			at, _ := r.reached.of(shard)
			l := &listener{log: logs.log(shard), subtopic: r.Topic.Subtopic, condition: condition, at: at, waiter: w}
			l.log.pump.add(l)
			listeners = append(listeners, l)
		}
	}
	return listeners, nil
}

func unlisten(listeners []*listener) {
	for _, l := range listeners {
		l.log.pump.drop(l)
	}
}

// wait waits for what this poll may deliver, and reports whether to try again.
func (p *poll) wait(ctx context.Context) (again bool, err error) {
	why, err := p.set.wait(ctx, p.waiter, p.readings, p.left())
	switch {
	case err != nil || why == ended:
		return false, err
	case why == changed:
		if _, err := p.conn.load(ctx); err != nil {
			return false, err
		}
	}
	p.awake = true
	return true, nil
}
