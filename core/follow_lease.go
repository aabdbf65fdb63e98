package core

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// A lease is what is stored of a follower in one shard: how far it has come, and who is at work. It is never deleted, and the cursor
// never goes back. docs/decisions/0016-leases.md has the rules and why each is needed.
type lease struct {
	log *log
	key Key
	leaseState
	mine    string // the holder that this process has been; "": it never was
	renewed time.Time
	version uint64 // 0: there is none yet
}

type leaseState struct {
	epoch  string // of the cursor
	cursor uint64 // every entry up to here was taken
	holder string // nobody: ""
	until  time.Time
	// Of pushes:
	wide  bool // there are many rows: see rowKey
	round pushRound
}

// A pushRound is entries on their way to many rows, for the holder that goes on where another one was broken off: the rows up to a place
// have got the entries up to a number.
type pushRound struct {
	upTo  uint64
	place string // see rowPages; "": none has
}

const (
	leaseForm = 1
	// leaseLength is how long a lease holds that is not renewed, and leaseFresh how old it gets before work goes on: what a
	// holder does between two looks at the clock takes less than the rest. A holder that is late all the same, since its process
	// stood still, finds that out when it saves: then nothing of its work counts, and what it sent comes again with equal ids.
	leaseLength = 30 * time.Second
	leaseFresh  = 5 * time.Second
	leaseSkew   = 5 * time.Second // clocks differ by no more
	leaseTries  = 4
	// letGoTimeout is for letting go when the request that the work was part of has ended.
	letGoTimeout = 3 * time.Second
)

// errHeld is why a follower ends without work: another process is at it.
var errHeld = errors.New("another process holds the lease")

func (l *log) loadLease(ctx context.Context, sort string) (*lease, error) {
	s := &lease{log: l, key: Key{l.metaKey.Partition, sort}}
	return s, s.load(ctx)
}

func (l *lease) load(ctx context.Context) error {
	items, err := l.log.set.store.Get(ctx, l.key)
	if err != nil || len(items) == 0 {
		l.leaseState, l.version = leaseState{}, 0
		return storeError("load follower", err)
	}
	if l.leaseState, err = readLease(items[0]); err != nil {
		return err
	}
	l.version = items[0].Version
	meta, err := l.log.set.logsOf(l.log.destination.Name).load(ctx)
	if err == nil && l.epoch != meta.epoch {
		l.epoch, l.cursor, l.round = meta.epoch, 0, pushRound{} // of a log that is lost: all that there is now is news
	}
	return err
}

// begin makes the lease, with nobody at work, where there is none yet. The cursor begins behind what stands now or, with replay, before
// all that lives.
func (l *lease) begin(ctx context.Context, replay bool) error {
	if l.version != 0 {
		return nil
	}
	where := l.log.end
	if replay {
		where = l.log.begin
	}
	p, err := where(ctx)
	if err != nil {
		return err
	}
	meta, err := l.log.set.logsOf(l.log.destination.Name).load(ctx)
	if err != nil {
		return err
	}
	l.epoch, l.cursor = meta.epoch, p.number
	if err := l.save(ctx); !isConflict(err) {
		return err
	}
	return l.load(ctx) // somebody else has made it
}

// take takes the lease, which has just been loaded. errHeld: another process has it. What stood in the log before the lease was loaded is
// then that one's to take, for it looks after it has let go.
func (l *lease) take(ctx context.Context) error {
	if l.held() {
		return errHeld
	}
	var err error
	if l.mine, err = l.log.set.newNonce(); err != nil {
		return err
	}
	l.holder = l.mine
	return l.renew(ctx)
}

// held reports whether somebody is at work.
func (l *lease) held() bool {
	return l.holder != "" && l.log.set.Now().Before(l.until.Add(leaseSkew))
}

// stay makes sure that the lease holds for a while, and now and then saves how far its holder has come. The errors are ctx's and those of
// renew.
func (l *lease) stay(ctx context.Context) error {
	if l.log.set.Now().Sub(l.renewed) < leaseFresh {
		return ctx.Err()
	}
	return l.renew(ctx)
}

// renew saves how far the holder has come, and that it goes on. errHeld: the lease is another one's, and whatever this process has not
// yet done is no longer its to do.
func (l *lease) renew(ctx context.Context) error {
	now := l.log.set.Now()
	l.until = now.Add(leaseLength)
	err := l.save(ctx)
	if isConflict(err) {
		return errHeld
	}
	l.renewed = now
	return err
}

// letGo saves how far the holder has come, and that nobody is at work, also when ctx has ended: others would have to wait.
func (l *lease) letGo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), letGoTimeout)
	defer cancel()
	l.holder, l.until = "", time.Time{}
	if err := l.save(ctx); !isConflict(err) {
		return err
	}
	return nil // another one has taken it over, and looks when it has let go
}

// save keeps the lease on the condition that it is as this process has last read or saved it. After an answer that leaves open whether
// it was kept it looks. A *ConflictError: it is another one's.
func (l *lease) save(ctx context.Context) (err error) {
	it := Item{Key: l.key, Body: l.form()}
	for try := range leaseTries {
		if ended := pause(ctx, 2*try); ended != nil {
			return errors.Join(err, ended)
		}
		it.Version = l.version
		var version uint64
		if version, err = l.log.set.save(ctx, it); err == nil {
			l.version = version
			return nil
		}
		items, readErr := l.log.set.store.Get(ctx, l.key)
		if readErr != nil {
			err = errors.Join(unavailable("load follower", readErr), withoutConflict(err))
			continue
		}
		if kept, err := l.settle(items, &it); kept || err != nil {
			return err
		}
	}
	return storeError("save follower", err)
}

// withoutConflict leaves out a conflict that may be with what this process itself has saved.
func withoutConflict(err error) error {
	if isConflict(err) {
		return nil
	}
	return err
}

// settle finds out from what there is now what became of a save that had no good answer: it was kept; the lease is another one's, which is
// a *ConflictError; or neither, and it is to be tried again.
func (l *lease) settle(now []Item, saved *Item) (kept bool, err error) {
	if len(now) == 0 || now[0].Version == saved.Version {
		return false, nil
	}
	if bytes.Equal(now[0].Body, saved.Body) {
		l.version = now[0].Version
		return true, nil
	}
	present, err := readLease(now[0])
	if err != nil {
		return false, err
	}
	if l.mine == "" || present.holder != l.mine {
		return false, &ConflictError{Key: l.key, Present: &now[0]}
	}
	l.version = now[0].Version // an earlier save that nobody answered
	return false, nil
}

func (s leaseState) form() []byte {
	w := formWriter{b: []byte{leaseForm}}
	w.text(s.epoch)
	w.uint(s.cursor)
	w.text(s.holder)
	w.time(s.until)
	w.bool(s.wide)
	w.uint(s.round.upTo)
	w.text(s.round.place)
	return w.b
}

func readLease(it Item) (s leaseState, err error) {
	_, r, err := readForm(it.Body, leaseForm)
	if err != nil {
		return s, err
	}
	s = leaseState{epoch: r.text(), cursor: r.uint(), holder: r.text(), until: r.time()}
	s.wide = r.bool()
	s.round = pushRound{r.uint(), r.text()}
	return s, r.err
}
