package core

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	pushParallel = 32              // sockets that are sent to at once
	pushTimeout  = 5 * time.Second // of all tries of one send; well below what is left of a lease after leaseFresh
	closeTimeout = 2 * time.Second
)

// push brings the rows of a shard on: it is part of each publish where there is a Pusher. A shard that never had a row has no lease, and
// costs a read. Where another process is at work that one sees to it.
func (l *log) push(ctx context.Context) error {
	if l.set.opts.Pusher == nil {
		return nil
	}
	s, err := l.loadLease(ctx, pushLeaseSort)
	if err != nil || s.version == 0 {
		return err
	}
	if err := s.run(ctx, func(ctx context.Context) error { return s.pushRounds(ctx) }); !errors.Is(err, errHeld) {
		return err
	}
	return nil
}

// pushRounds takes what stands behind the cursor to all rows, some entries at a time.
func (l *lease) pushRounds(ctx context.Context) error {
	for {
		p, err := l.newPushing(ctx)
		if err != nil {
			return err
		}
		if more, err := p.run(ctx); err != nil || !more {
			return err
		}
	}
}

func (l *lease) newPushing(ctx context.Context) (*pushing, error) {
	logs := l.log.set.logsOf(l.log.destination.Name)
	meta, err := logs.load(ctx)
	return &pushing{lease: l, logs: logs, meta: &meta, staying: make(chan struct{}, 1)}, err
}

// catchUp takes one row that may still be pending to the cursor.
func (l *lease) catchUp(ctx context.Context, row *pushRow) error {
	p, err := l.newPushing(ctx)
	if err != nil {
		return err
	}
	row, err = l.log.findRow(ctx, row.socket, row.ID)
	if err != nil || row == nil || !row.pending {
		return err
	}
	p.caught = max(l.cursor, l.round.upTo) // a round that was broken off may have passed the row's place
	if _, err := p.serve(ctx, []*pushRow{row}); err != nil {
		return err
	}
	return p.activate(ctx)
}

// A pushing is one round: entries on their way to all rows, until all have got them. Then the cursor moves.
type pushing struct {
	lease   *lease
	logs    *destinationLogs
	meta    *destinationMeta
	caught  uint64   // pending rows are brought up to here
	entries []*entry // then all rows get these
	upTo    uint64
	rows    int // served

	staying chan struct{} // holds one: who looks after the lease

	mu     sync.Mutex
	served []*pushRow // those that may become active
	failed error      // a row is neither served nor gone nor marked: the cursor must not pass it
}

// run reports whether there may be more entries behind these. The order counts: every row there is gets the entries, or its own head
// says that it has not; then the cursor is saved, which also shows that the lease is still this process's; then pending rows become active.
func (p *pushing) run(ctx context.Context) (more bool, err error) {
	l := p.lease
	if more, err = p.readEntries(ctx); err != nil {
		return false, err
	}
	pages := rowPages{log: l.log, page: p.logs.rowPage, wide: l.wide, place: l.round.place}
	for {
		rows, err := pages.next(ctx)
		if err != nil {
			return false, err
		}
		if len(rows) == 0 {
			break
		}
		served, err := p.serve(ctx, rows)
		if served > 0 {
			l.round = pushRound{upTo: p.upTo, place: pages.placeOf(rows[served-1])}
		}
		if err != nil {
			return false, err
		}
	}
	l.cursor, l.round = p.upTo, pushRound{}
	l.wide = l.wide || p.rows > manyRows
	return more, p.activate(ctx)
}

// readEntries takes the entries of the round: those behind the cursor; of one that was broken off no more than it had.
func (p *pushing) readEntries(ctx context.Context) (more bool, err error) {
	l := p.lease
	entries, err := l.log.readStored(ctx, l.cursor)
	if err != nil {
		return false, err
	}
	more = isFull(entries) // or else this is the end: whoever lets go looks anyway
	p.caught, p.upTo = l.cursor, l.cursor
	if l.round.place != "" {
		p.upTo = l.round.upTo
		entries = slices.DeleteFunc(entries, func(e *entry) bool { return e.number > p.upTo })
		more = true
	}
	if len(entries) > 0 {
		p.upTo = entries[len(entries)-1].number
	}
	p.entries = entries
	return more, nil
}

// serve sends to some rows at once, and returns how many, from the first on, have got what they are to get or are gone: all, unless the
// lease is lost, ctx has ended, or one has failed.
func (p *pushing) serve(ctx context.Context, rows []*pushRow) (served int, err error) {
	var wg sync.WaitGroup
	places := make(chan struct{}, pushParallel)
	for _, row := range rows {
		places <- struct{}{}
		if err = p.stay(ctx); err != nil || p.hasFailed() {
			break
		}
		served++
		wg.Go(func() {
			defer func() { <-places }()
			p.serveRow(ctx, row)
		})
	}
	wg.Wait()
	p.rows += served
	if p.failed != nil {
		return 0, errors.Join(err, p.failed)
	}
	return served, err
}

func (p *pushing) stay(ctx context.Context) error {
	p.staying <- struct{}{}
	defer func() { <-p.staying }()
	return p.lease.stay(ctx)
}

func (p *pushing) hasFailed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed != nil
}

// serveRow sends a row what it is to get. What was begun does not end with the request that it is part of: whose client goes away must
// cost no socket.
func (p *pushing) serveRow(ctx context.Context, row *pushRow) {
	if row.isSilent(p.lease.log.set.Now()) {
		return // what passes it now its Begin makes good
	}
	row.silent = time.Time{}
	ctx = context.WithoutCancel(ctx)
	if row.epoch != p.meta.epoch {
		row.epoch, row.head, row.start = p.meta.epoch, position{}, nil
	}
	var err error
	if row.outdated(p.meta) || row.isOver(p.lease.log.set.Now()) {
		err = p.closeSocket(ctx, row)
	} else {
		err = p.bring(ctx, row)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.failed = errors.Join(p.failed, err)
	} else if row.pending && !row.over {
		p.served = append(p.served, row)
	}
}

// bring brings a row as far as the round goes: one that is pending from its own head on. The error says that nothing is known of it.
func (p *pushing) bring(ctx context.Context, row *pushRow) error {
	if row.pending {
		for after := row.head.before(); after < p.caught && !row.over; {
			entries, err := p.lease.log.readStored(ctx, after)
			if err != nil {
				return err
			}
			entries = slices.DeleteFunc(entries, func(e *entry) bool { return e.number > p.caught })
			if len(entries) == 0 {
				break
			}
			if err := p.stay(ctx); err != nil {
				return err
			}
			if err := p.send(ctx, row, entries); err != nil {
				return err
			}
			after = entries[len(entries)-1].number
			row.head = position{number: after}
		}
	}
	if row.over || len(p.entries) == 0 {
		return nil
	}
	return p.send(ctx, row, p.entries)
}

// send sends some entries to a row. A socket that cannot be reached is closed, and its rows deleted; the cursor passes one that lives
// only where the row says so.
func (p *pushing) send(ctx context.Context, row *pushRow, entries []*entry) error {
	deliveries, pace := p.deliveriesFor(row, entries)
	if len(deliveries) == 0 {
		return nil
	}
	err := p.lease.log.set.pushSafely(ctx, row.socket, deliveries)
	if err == nil {
		p.keepPace(row, pace)
		return nil
	}
	if errors.Is(err, ErrSocketGone) {
		p.lease.log.set.forgetSocket(ctx, row.socket)
		return p.drop(ctx, row)
	}
	p.lease.log.set.opts.Logger.WarnContext(ctx, "socket not reached", "socket", HashID(row.socket), "error", err)
	if !row.pending {
		row.head = position{number: p.lease.cursor}
	}
	return p.closeSocket(ctx, row)
}

// deliveriesFor returns what of some entries a row gets, and its pace after that.
func (p *pushing) deliveriesFor(row *pushRow, entries []*entry) ([]Delivery, pace) {
	l := p.lease.log
	r := &reading{
		subscription: &subscription{Subscription: row.Subscription, created: row.created, epoch: row.epoch, done: row.start},
		condition:    row.condition, frequency: l.destination.outFrequency(row.MaxFrequency),
		from: positions{{l.shard, row.head}},
	}
	if limits(r.frequency) {
		r.pace = p.logs.pushed.of(row.key.Partition + row.key.Sort)
	}
	one := []*reading{r}
	g := newGroup(&gathering{set: l.set, now: l.set.Now()}, l, one, one)
	for _, e := range entries {
		g.entry(e)
	}
	return g.found, r.pace
}

// keepPace notes the pace of a row when what it got has gone out: what has not, comes again.
func (p *pushing) keepPace(row *pushRow, now pace) {
	if now != (pace{}) {
		p.logs.pushed.keep(p.lease.log.set.Now(), row.key.Partition+row.key.Sort, now)
	}
}

// pushSafely sends, and tries again for some seconds what fails for a moment.
func (s *ChannelSet) pushSafely(ctx context.Context, socket string, deliveries []Delivery) error {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	for try := 4; ; try++ {
		err := safely(func() error { return s.opts.Pusher.Push(ctx, socket, deliveries) })
		if err == nil || errors.Is(err, ErrSocketGone) || pause(ctx, try) != nil {
			return err
		}
	}
}

// closeSocket ends a socket that has to connect anew. Where that fails too, the row becomes pending, from what it has got on.
func (p *pushing) closeSocket(ctx context.Context, row *pushRow) error {
	s := p.lease.log.set
	closing, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	err := safely(func() error { return s.opts.Pusher.CloseSocket(closing, row.socket) })
	if err == nil || errors.Is(err, ErrSocketGone) {
		return p.drop(ctx, row)
	}
	s.opts.Logger.WarnContext(ctx, "socket not closed", "socket", HashID(row.socket), "error", err)
	row.pending, row.over = true, true
	_, err = s.store.Replace(ctx, row.item())
	if isConflict(err) {
		return nil // it was ended meanwhile, or the lease is another one's, which the next save shows
	}
	return storeError("save push row", err)
}

// drop deletes the rows of a subscription whose socket is gone. One that stays, since the store fails, does no harm: the next round finds
// the socket gone too.
func (p *pushing) drop(ctx context.Context, row *pushRow) error {
	row.over = true
	if err := p.logs.dropRows(ctx, row.socket, &row.Subscription); err != nil {
		p.lease.log.set.opts.Logger.WarnContext(ctx, "push row not deleted", "socket", HashID(row.socket), "error", err)
	}
	return nil
}

// activate makes the pending rows that were served active. Each was there while this process held the lease, since stay comes between
// reading a row and serving it; so whoever took the lease over has seen it too, and moved no cursor beyond what it got.
func (p *pushing) activate(ctx context.Context) error {
	for _, row := range p.served {
		if err := p.stay(ctx); err != nil {
			return err
		}
		row.pending = false
		if _, err := p.lease.log.set.store.Replace(ctx, row.item()); err != nil && !isConflict(err) {
			return storeError("activate push row", err)
		}
	}
	return nil
}

// pushAll is the sweep's part: it takes up what a process left that died.
func (s *ChannelSet) pushAll(ctx context.Context) error {
	if s.opts.Pusher == nil {
		return nil
	}
	var errs []error
	for _, d := range s.Destinations() {
		logs := s.logsOf(d.Name)
		meta, err := logs.load(ctx)
		if err != nil {
			return err
		}
		for _, shard := range logs.shardsOf(&meta, wildcard) {
			errs = append(errs, logs.pushLeft(ctx, shard, &meta))
		}
	}
	return errors.Join(errs...)
}

// pushLeft pushes where something was left: entries, a round, or rows.
func (d *destinationLogs) pushLeft(ctx context.Context, shard int, meta *destinationMeta) error {
	l := d.log(shard)
	s, err := l.loadLease(ctx, pushLeaseSort)
	if err != nil || s.version == 0 || s.held() {
		return err
	}
	left, err := l.stands(ctx, s.cursor)
	if err != nil {
		return err
	}
	if !left && s.round.place == "" {
		if left, err = rowsLeft(ctx, &rowPages{log: l, page: d.rowPage, wide: s.wide}, meta); err != nil || !left {
			return err
		}
	}
	return l.push(ctx)
}

// rowsLeft reports whether a row waits for something.
func rowsLeft(ctx context.Context, pages *rowPages, meta *destinationMeta) (bool, error) {
	for {
		rows, err := pages.next(ctx)
		if err != nil || len(rows) == 0 {
			return false, err
		}
		now := pages.log.set.Now()
		if slices.ContainsFunc(rows, func(p *pushRow) bool { return !p.isSilent(now) && (p.pending || p.outdated(meta)) }) {
			return true, nil
		}
	}
}
