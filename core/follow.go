package core

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// A Follower takes every message of a destination in the order of its log, in some process or other: a bridge to a broker, say. How
// far it has come is stored for each shard, so what one process began another one goes on with. It gets each message that lives at
// least once; what comes again has an equal id.
type Follower struct {
	Name        string // letters, digits, '.', '_', '-', ':' and '/', at most 128
	Destination string
	// Replay begins, the first time, with everything that is alive; otherwise with what is published from then on.
	Replay bool
	// Deliver takes messages of one shard, in order; those of several shards may come at once. After an error, or a panic, they come
	// again, and nothing passes them: what will never be taken is its own to put aside. It must end before ctx does, which is 15 seconds
	// away at most.
	Deliver func(ctx context.Context, shard int, messages []*Message) error
}

const (
	deliverTimeout = leaseLength / 2
	// followSpell is how long one step goes on with what others publish while it works; once it does in any case. It leaves the rest
	// to the next publish or the sweep: a step that never ended would never answer.
	followSpell = 10 * time.Second
)

func (f *Follower) check() error {
	if !destinationPattern.MatchString(f.Name) || !destinationPattern.MatchString(f.Destination) || f.Deliver == nil {
		return Invalid.Errorf("A follower needs a name, a destination and what delivers.")
	}
	return nil
}

// Follow has a follower take what stands behind its cursors, in all shards. Where another process is at work it leaves that to it. It is
// what RunFollower, and each publish and the sweep with Options.Bridges, do; a scheduled function may call it by itself.
func (s *ChannelSet) Follow(ctx context.Context, f *Follower) error {
	_, err := s.followAll(ctx, f)
	return err
}

// followAll follows in all shards, each until nothing stands behind the cursor, and returns where to wait for more.
func (s *ChannelSet) followAll(ctx context.Context, f *Follower) (lookouts []lookout, err error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	logs, err := s.mustLogsOf(f.Destination)
	if err != nil {
		return nil, err
	}
	meta, err := logs.load(ctx)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, shard := range logs.shardsOf(&meta, wildcard) {
		l := logs.log(shard)
		p, err := l.bring(ctx, f)
		if err != nil {
			errs = append(errs, fmt.Errorf("follower %s in %s: %w", f.Name, l.partition, err))
			continue
		}
		lookouts = append(lookouts, p)
	}
	return lookouts, errors.Join(errs...)
}

// bring brings a follower on in one shard, where something stands behind its cursor.
func (l *log) bring(ctx context.Context, f *Follower) (lookout, error) {
	s, err := l.leaseOf(ctx, f)
	if err != nil {
		return lookout{}, err
	}
	more, err := l.stands(ctx, s.cursor)
	if err != nil {
		return lookout{}, err
	}
	if more {
		err = s.run(ctx, func(ctx context.Context) error { return s.deliver(ctx, f) })
	}
	switch {
	case errors.Is(err, errHeld):
		// What stands there is its holder's to take. If that one dies, time tells.
		return lookout{l, max(s.cursor, l.knownTail().number)}, nil
	case err != nil:
		return lookout{}, err
	}
	return lookout{l, s.cursor}, nil
}

// leaseOf loads the lease of a follower and begins it where it is new.
func (l *log) leaseOf(ctx context.Context, f *Follower) (*lease, error) {
	s, err := l.loadLease(ctx, "f/"+f.Name)
	if err != nil {
		return nil, err
	}
	return s, s.begin(ctx, f.Replay)
}

// run takes the lease, works, lets go, then looks: what came while it worked was left to it, so it must look when it holds the lease no
// more. The lease has just been loaded.
func (l *lease) run(ctx context.Context, work func(context.Context) error) error {
	spell := l.log.set.Now().Add(followSpell)
	for times := 1; ; times++ {
		if err := l.workOnce(ctx, work); err != nil {
			return err
		}
		more, err := l.log.stands(ctx, l.cursor)
		if err != nil || !more || times > 1 && l.log.set.Now().After(spell) {
			return err
		}
		switch err := l.load(ctx); {
		case err != nil:
			return err
		case l.held():
			return nil // it has been taken since, and its holder looks too
		}
	}
}

// workOnce works while it holds the lease.
func (l *lease) workOnce(ctx context.Context, work func(context.Context) error) error {
	err := l.take(ctx)
	if errors.Is(err, errHeld) {
		return err
	}
	if err == nil {
		err = work(ctx)
	}
	// Whatever went wrong, the others need not wait until the lease has run out, and what was done need not be done again.
	return errors.Join(err, l.letGo(ctx))
}

// stands reports whether something stands behind a number.
func (l *log) stands(ctx context.Context, number uint64) (bool, error) {
	items, err := l.set.store.Range(ctx, l.partition, sortOf(number), 1, 0)
	return len(items) > 0, storeError("look at log", err)
}

// deliver gives a Follower all that stands behind the cursor.
func (l *lease) deliver(ctx context.Context, f *Follower) error {
	for spell := l.log.set.Now().Add(followSpell); l.log.set.Now().Before(spell); {
		entries, err := l.log.readStored(ctx, l.cursor)
		if err != nil || len(entries) == 0 {
			return err
		}
		if err := l.stay(ctx); err != nil {
			return err
		}
		if messages := living(entries, l.log.set.Now()); len(messages) > 0 {
			if err := deliverSafely(ctx, f, l.log.shard, messages); err != nil {
				return err
			}
		}
		l.cursor = entries[len(entries)-1].number
		if !isFull(entries) {
			return nil // this is the end: whoever lets go looks anyway
		}
	}
	return nil
}

// living returns the messages of some entries that have not expired. Of one with several subtopics only the copy that stands for the
// first is taken.
func living(entries []*entry, now time.Time) []*Message {
	var messages []*Message
	for _, e := range entries {
		for _, m := range e.messages {
			if !m.dead(now) && (len(m.Subtopics) == 0 || m.stands(0)) {
				messages = append(messages, m)
			}
		}
	}
	return messages
}

func deliverSafely(ctx context.Context, f *Follower, shard int, messages []*Message) error {
	ctx, cancel := context.WithTimeout(ctx, deliverTimeout)
	defer cancel()
	return safely(func() error { return f.Deliver(ctx, shard, messages) })
}

// safely runs what the application has given, so that its panic is an error.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// beginBridges makes the leases of the bridges before the first message that this process appends to the log: otherwise a bridge would
// begin behind it.
func (l *log) beginBridges(ctx context.Context) error {
	for i, f := range l.set.opts.Bridges {
		if f.Destination != l.destination.Name {
			continue
		}
		if _, begun := l.bridge(i); begun {
			continue
		}
		if _, err := l.leaseOf(ctx, f); err != nil {
			return err
		}
		l.noteBridge(i, time.Time{})
	}
	return nil
}

// bridge returns until when a bridge rests, and whether it is known to have a lease.
func (l *log) bridge(i int) (rests time.Time, begun bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rests, begun = l.bridges[i]
	return rests, begun
}

func (l *log) noteBridge(i int, rests time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bridges == nil {
		l.bridges = map[int]time.Time{}
	}
	l.bridges[i] = rests
}

// follow sends what was appended on its way: to sockets elsewhere and over the bridges. The publish stands, so this does not end when its
// caller goes away, only when the invocation does; what fails is taken up by the next publish or the sweep.
func (l *log) follow(ctx context.Context) {
	if l.set.opts.Pusher == nil && len(l.set.opts.Bridges) == 0 {
		return
	}
	ctx, cancel := uncanceled(ctx)
	defer cancel()
	err := errors.Join(l.push(ctx), l.cross(ctx))
	if err != nil {
		l.set.opts.Logger.WarnContext(ctx, "left to the next publish or the sweep", "partition", l.partition, "error", err)
	}
}

// bridgeRest is how long publishers leave a bridge alone that has failed: not each of them is to wait for a broker that does not answer.
const bridgeRest = 5 * time.Second

// cross brings the bridges on.
func (l *log) cross(ctx context.Context) error {
	var errs []error
	for i, f := range l.set.opts.Bridges {
		if f.Destination != l.destination.Name {
			continue
		}
		if rests, _ := l.bridge(i); l.set.Now().Before(rests) {
			continue
		}
		if _, err := l.bring(ctx, f); err != nil {
			l.noteBridge(i, l.set.Now().Add(bridgeRest))
			errs = append(errs, fmt.Errorf("bridge %s: %w", f.Name, err))
		}
	}
	return errors.Join(errs...)
}

// uncanceled returns a context that ends when ctx's time is over, but not when its caller gives up.
func uncanceled(ctx context.Context) (context.Context, context.CancelFunc) {
	free := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(free, deadline)
	}
	return context.WithCancel(free)
}

// followBridges is the sweep's part: it takes up what a process left that died.
func (s *ChannelSet) followBridges(ctx context.Context) error {
	var errs []error
	for _, f := range s.opts.Bridges {
		if s.logsOf(f.Destination) != nil {
			errs = append(errs, s.Follow(ctx, f))
		}
	}
	return errors.Join(errs...)
}
