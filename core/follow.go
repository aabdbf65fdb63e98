package core

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Follower takes every message of a destination in the order of its log, in some process or other: a bridge to a broker, or pushes to
// sockets outside this process. How far it has come is stored, so what one process began another one goes on with: it gets each
// message at least once.
type Follower struct {
	Name        string // letters, digits, '.', '_', '-', ':' and '/', at most 128
	Destination string
	// Replay begins, the first time, with everything that is alive; otherwise with what is published from then on.
	Replay bool
	// Deliver takes messages of one shard, in order. After an error they come again. It must end before ctx does.
	Deliver func(ctx context.Context, shard int, messages []*Message) error
}

// A lease is what is stored of a follower in one shard: how far it has come, and who is at work.
type lease struct {
	cursor  position
	holder  string // nobody: ""
	until   time.Time
	version uint64
}

const (
	leaseForm = 1
	// leaseLength is how long a holder may work before it says again that it does. A holder that is late finds that out when it
	// saves: the cursor is never set back, and what it sent is sent again with equal ids.
	leaseLength    = 30 * time.Second
	leaseSkew      = 5 * time.Second // clocks differ by no more
	deliverTimeout = leaseLength / 2
)

// errLeft is why a follower's run ends without work: somebody else is at it.
var errLeft = errors.New("another process holds the lease")

// Follow has a follower take what stands behind its cursors, in all shards, until nothing does. It is for the step that publishes, for the
// sweep, and for RunFollower. Where another process is at work it returns at once: what stands there is that one's to take.
func (s *ChannelSet) Follow(ctx context.Context, f *Follower) error {
	logs, err := s.mustLogsOf(f.Destination)
	if err != nil {
		return err
	}
	if !destinationPattern.MatchString(f.Name) {
		return Invalid.Errorf("A follower needs a name.")
	}
	meta, err := logs.load(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, shard := range logs.shardsOf(&meta, wildcard) {
		run := followerRun{log: logs.log(shard), key: s.key(fmt.Sprintf("m/%s/%d", f.Destination, shard), "f/"+f.Name), replay: f.Replay}
		run.work = func(ctx context.Context, l *lease) error { return run.deliver(ctx, l, f) }
		errs = append(errs, run.run(ctx))
	}
	return errors.Join(errs...)
}

// RunFollower follows until ctx ends, in a process that lives long.
func (s *ChannelSet) RunFollower(ctx context.Context, f *Follower) error {
	feed := s.NewFeed()
	defer feed.Close(context.WithoutCancel(ctx))
	for {
		// The cursor to wait behind is taken first, so that what comes during the work is seen.
		readings, err := s.wholeDestination(ctx, f.Destination)
		if err == nil {
			err = s.Follow(ctx, f)
		}
		if err != nil {
			s.opts.Logger.WarnContext(ctx, "follower failed", "follower", f.Name, "destination", f.Destination, "error", err)
		}
		if _, err := s.wait(ctx, feed.waiter, readings, s.rereadConnection()+leaseLength); err != nil {
			return err
		}
		if s.draining() {
			return ErrDraining
		}
	}
}

// wholeDestination returns readings of everything in a destination from now on.
func (s *ChannelSet) wholeDestination(ctx context.Context, name string) ([]reading, error) {
	logs, err := s.mustLogsOf(name)
	if err != nil {
		return nil, err
	}
	var readings []reading
	for _, subtopic := range []string{"", wildcard} {
		v := &subscription{Subscription: Subscription{Topic: Topic{name, subtopic}}, created: s.Now()}
		if err := logs.start(ctx, v, &SubscribeRequest{Subscription: v.Subscription, Replay: ReplayNone}); err != nil {
			return nil, err
		}
		readings = append(readings, reading{subscription: v, from: v.done, reached: v.done})
	}
	return readings, nil
}

// A followerRun is one process's try to bring a follower on in one shard.
type followerRun struct {
	log    *log
	key    Key
	replay bool
	// work takes what stands behind the cursor and moves it on. The lease is this run's.
	work func(ctx context.Context, l *lease) error
}

// run takes the lease, works, lets go, then looks: what came while it worked was left to it, so it must look when it holds the
// lease no more.
func (r *followerRun) run(ctx context.Context) error {
	for {
		l, err := r.take(ctx)
		if errors.Is(err, errLeft) {
			return nil
		}
		if err != nil {
			return err
		}
		workErr := r.work(ctx, l)
		err = r.letGo(ctx, l)
		if workErr != nil || err != nil {
			return errors.Join(workErr, err)
		}
		entries, err := r.log.readStored(ctx, l.cursor.number)
		if err != nil || len(entries) == 0 {
			return err
		}
	}
}

// take takes the lease, unless another process has it.
func (r *followerRun) take(ctx context.Context) (*lease, error) {
	l, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	if l.version == 0 {
		where := r.log.end
		if r.replay {
			where = r.log.begin
		}
		if l.cursor, err = where(ctx); err != nil {
			return nil, err
		}
	}
	if l.holder != "" && r.log.set.Now().Before(l.until.Add(leaseSkew)) {
		return nil, errLeft
	}
	if l.holder, err = r.log.set.newNonce(); err != nil {
		return nil, err
	}
	err = r.renew(ctx, l)
	if isConflict(err) {
		return nil, errLeft
	}
	return l, err
}

// renew saves how far the run has come, and that it goes on. A *ConflictError says that another one has taken the lease.
func (r *followerRun) renew(ctx context.Context, l *lease) error {
	l.until = r.log.set.Now().Add(leaseLength)
	return r.save(ctx, l)
}

func (r *followerRun) letGo(ctx context.Context, l *lease) error {
	l.holder, l.until = "", time.Time{}
	if err := r.save(ctx, l); !isConflict(err) {
		return err
	}
	return nil // another one has taken it over
}

func (r *followerRun) load(ctx context.Context) (*lease, error) {
	items, err := r.log.set.store.Get(ctx, r.key)
	if err != nil || len(items) == 0 {
		return &lease{}, storeError("load follower", err)
	}
	_, f, err := readForm(items[0].Body, leaseForm)
	if err != nil {
		return nil, err
	}
	l := &lease{version: items[0].Version}
	l.cursor = position{number: f.uint(), index: uint32(f.uint())}
	l.holder, l.until = f.text(), f.time()
	return l, f.err
}

// save keeps the lease on the condition that nobody else has. An answer that leaves open whether it was kept counts as lost: what
// was taken comes again.
func (r *followerRun) save(ctx context.Context, l *lease) (err error) {
	w := formWriter{b: []byte{leaseForm}}
	w.uint(l.cursor.number)
	w.uint(uint64(l.cursor.index))
	w.text(l.holder)
	w.time(l.until)
	l.version, err = r.log.set.save(ctx, Item{Key: r.key, Version: l.version, Body: w.b})
	return storeError("save follower", err)
}

// deliver gives a Follower all that stands behind the cursor.
func (r *followerRun) deliver(ctx context.Context, l *lease, f *Follower) error {
	for {
		entries, err := r.log.readStored(ctx, l.cursor.number)
		if err != nil || len(entries) == 0 {
			return err
		}
		if err := r.stay(ctx, l); err != nil {
			return err
		}
		if messages := r.living(entries); len(messages) > 0 {
			if err := r.deliverSafely(ctx, f, messages); err != nil {
				return fmt.Errorf("follower %s: %w", f.Name, err)
			}
		}
		l.cursor = position{number: entries[len(entries)-1].number}
	}
}

// stay makes sure that the lease holds for a delivery more.
func (r *followerRun) stay(ctx context.Context, l *lease) error {
	if l.until.Sub(r.log.set.Now()) > deliverTimeout {
		return nil
	}
	return r.renew(ctx, l)
}

// living returns the messages of some entries that have not expired. Of one with several subtopics only the copy that stands for the
// first is taken.
func (r *followerRun) living(entries []*entry) []*Message {
	now := r.log.set.Now()
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

func (r *followerRun) deliverSafely(ctx context.Context, f *Follower, messages []*Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, deliverTimeout)
	defer cancel()
	return f.Deliver(ctx, r.log.shard, messages)
}
