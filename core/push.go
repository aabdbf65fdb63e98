package core

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core/selector"
)

// A Pusher sends to sockets that live outside this process, such as those of an API Gateway. Its methods may be called by any number
// of goroutines.
type Pusher interface {
	// Push sends deliveries of one subscription to a socket, in order. ErrSocketGone says that there is no such socket any more. After
	// any other error the same may be sent again.
	Push(ctx context.Context, socket string, deliveries []Delivery) error
	// CloseSocket ends a socket that cannot be reached; it will connect again and catch up.
	CloseSocket(ctx context.Context, socket string) error
}

// ErrSocketGone is what a Pusher says of a socket that there is no more.
var ErrSocketGone = errors.New("the socket is gone")

const (
	pushRowShards   = 8 // partitions that the rows of one log are spread over
	pushParallel    = 32
	pushTries       = 3
	pushFollower    = "push"
	maxSocket       = 256 // bytes of a socket's name
	subscribePauses = 8   // how often a new subscription tries to be served at once
)

// A pushRow is the subscription of a socket outside this process in one shard. It is pending until a holder of the lease has served
// it from its own head and saved a cursor that is not before: only then may it begin, with all others, at that cursor.
type pushRow struct {
	Subscription
	socket  string
	created time.Time
	pending bool
	head    position
	expires time.Time
	key     Key
	version uint64

	condition *selector.Selector
}

const pushRowForm = 1

func (p *pushRow) form() []byte {
	w := formWriter{b: []byte{pushRowForm}}
	w.text(p.socket)
	w.bool(p.pending)
	w.subscription(&subscription{Subscription: p.Subscription, created: p.created, done: positions{{position: p.head}}})
	return w.b
}

func (s *ChannelSet) readPushRow(it Item) (*pushRow, error) {
	_, r, err := readForm(it.Body, pushRowForm)
	if err != nil {
		return nil, err
	}
	p := &pushRow{key: it.Key, version: it.Version, socket: r.text(), pending: r.bool()}
	v := r.subscription()
	p.Subscription, p.created = v.Subscription, v.created
	p.head, _ = v.done.of(0)
	if r.err != nil {
		return nil, r.err
	}
	p.condition, err = s.selectors.parse(p.Selector)
	return p, err
}

func (l *log) pushRowKey(socket, id string) Key {
	h := fnv.New32a()
	_, _ = h.Write([]byte(socket))
	return l.set.key(fmt.Sprintf("p/%s/%d/%d", l.destination.Name, l.shard, h.Sum32()%pushRowShards), socket+"/"+id)
}

// SubscribePush keeps a subscription of a socket outside this process, until expires at most. What was published since is on its way
// to it when this returns, or left to who is at work on it. The faults are those of Subscribe.
func (s *ChannelSet) SubscribePush(ctx context.Context, call *Call, socket string, expires time.Time, r *SubscribeRequest) error {
	if socket == "" || len(socket) > maxSocket {
		return Invalid.Errorf("A socket needs a name of at most %d bytes.", maxSocket)
	}
	v, err := s.newSubscription(ctx, call, nil, r)
	if err != nil {
		return err
	}
	logs := s.logsOf(r.Topic.Destination)
	for _, p := range v.done {
		l := logs.log(p.shard)
		row := &pushRow{Subscription: v.Subscription, socket: socket, created: v.created, pending: true, head: p.position}
		it := Item{Key: l.pushRowKey(socket, r.ID), Expires: expires, Body: row.form()}
		if _, err := s.store.Put(ctx, it); err != nil {
			return storeError("save push row", err)
		}
		if err := l.pushNew(ctx, it.Key); err != nil {
			return err
		}
	}
	return nil
}

// UnsubscribePush ends the subscription of a socket with that ID to a topic.
func (s *ChannelSet) UnsubscribePush(ctx context.Context, socket string, v *Subscription) error {
	logs, err := s.mustLogsOf(v.Topic.Destination)
	if err != nil {
		return err
	}
	meta, err := logs.load(ctx)
	if err != nil {
		return err
	}
	for _, shard := range logs.shardsOf(&meta, v.Topic.Subtopic) {
		if err := s.store.Delete(ctx, logs.log(shard).pushRowKey(socket, v.ID), 0); err != nil {
			return storeError("delete push row", err)
		}
	}
	s.unsubscribed(ctx, nil, []subscription{{Subscription: *v}})
	return nil
}

// pushNew has a new row served. Where another process holds the lease it may have read the rows before this one was there, so it is
// tried again a few times; then the next publish or the sweep does it.
func (l *log) pushNew(ctx context.Context, key Key) error {
	for try := range subscribePauses {
		if err := pause(ctx, try); err != nil {
			return err
		}
		if err := l.push(ctx, true); err != nil {
			return err
		}
		items, err := l.set.store.Get(ctx, key)
		if err != nil || len(items) == 0 {
			return storeError("load push row", err)
		}
		row, err := l.set.readPushRow(items[0])
		if err != nil || !row.pending {
			return err
		}
	}
	return nil
}

// pushAll brings the rows of all shards on: it is part of the sweep, which takes up what a process left that died.
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
			errs = append(errs, logs.log(shard).push(ctx, false))
		}
	}
	return errors.Join(errs...)
}

// push brings the rows of one shard on: it is part of each publish where there is a Pusher. A shard that never had a row has no
// lease, and costs a read; with first, it is to get one.
func (l *log) push(ctx context.Context, first bool) error {
	if l.set.opts.Pusher == nil {
		return nil
	}
	r := followerRun{log: l, key: l.set.key(fmt.Sprintf("m/%s/%d", l.destination.Name, l.shard), "f/"+pushFollower)}
	r.work = r.pushRows
	if !first {
		known, err := r.load(ctx)
		if err != nil || known.version == 0 {
			return err
		}
	}
	return r.run(ctx)
}

// pushRows serves all rows. The order counts: rows first, then the log; the cursor is saved before a pending row becomes active.
func (r *followerRun) pushRows(ctx context.Context, l *lease) error {
	rows, err := r.log.pushRows(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.pending {
			if err := r.catchUp(ctx, l, row); err != nil {
				return err
			}
		}
	}
	for {
		entries, err := r.log.readStored(ctx, l.cursor.number) // ends with ctx, before anything is sent
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			break
		}
		if err := r.stay(ctx, l); err != nil {
			return err
		}
		r.sendAll(ctx, rows, entries)
		l.cursor = position{number: entries[len(entries)-1].number}
	}
	return r.activate(ctx, l, rows)
}

// catchUp sends a pending row what lies between its own head and the cursor.
func (r *followerRun) catchUp(ctx context.Context, l *lease, row *pushRow) error {
	for after := row.head.before(); after < l.cursor.number; {
		entries, err := r.log.readStored(ctx, after)
		if err != nil || len(entries) == 0 {
			return err
		}
		for i, e := range entries {
			if e.number > l.cursor.number {
				entries = entries[:i]
				break
			}
		}
		if len(entries) == 0 {
			return nil
		}
		if err := r.stay(ctx, l); err != nil {
			return err
		}
		r.sendAll(ctx, []*pushRow{row}, entries)
		after = entries[len(entries)-1].number
	}
	return nil
}

// activate makes the pending rows that were served active.
func (r *followerRun) activate(ctx context.Context, l *lease, rows []*pushRow) error {
	saved := false
	for _, row := range rows {
		if !row.pending || row.socket == "" {
			continue
		}
		if !saved {
			if err := r.renew(ctx, l); err != nil {
				return err
			}
			saved = true
		}
		row.pending = false
		it := Item{Key: row.key, Version: row.version, Expires: row.expires, Body: row.form()}
		if _, err := r.log.set.store.Replace(ctx, it); err != nil && !isConflict(err) {
			return storeError("activate push row", err)
		}
	}
	return nil
}

// sendAll sends some entries to some rows, with bounded parallelism. It returns when each has got them or is gone. That does not end
// with the request that it is part of: whose client goes away must cost no socket.
func (r *followerRun) sendAll(ctx context.Context, rows []*pushRow, entries []*entry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverTimeout)
	defer cancel()
	var wg sync.WaitGroup
	places := make(chan struct{}, pushParallel)
	for _, row := range rows {
		if row.socket == "" {
			continue
		}
		deliveries := r.log.deliveriesFor(row, entries)
		if len(deliveries) == 0 {
			continue
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			r.log.send(ctx, row, deliveries)
		})
	}
	wg.Wait()
}

// deliveriesFor returns what of some entries a row gets.
func (l *log) deliveriesFor(row *pushRow, entries []*entry) []Delivery {
	v := &subscription{Subscription: row.Subscription, created: row.created}
	one := []*reading{{subscription: v, condition: row.condition, from: positions{{l.shard, row.head}}}}
	g := group{gathering: &gathering{set: l.set, now: l.set.Now()}, log: l, readings: one, all: one}
	for _, e := range entries {
		g.entry(e)
	}
	return g.found
}

// send sends to a row's socket. One that cannot be reached is closed, and the row deleted: the cursor never passes a living one.
func (l *log) send(ctx context.Context, row *pushRow, deliveries []Delivery) {
	s := l.set
	var err error
	for try := range pushTries {
		if err = pause(ctx, 2*try); err != nil {
			break
		}
		if err = s.opts.Pusher.Push(ctx, row.socket, deliveries); err == nil {
			return
		}
		if errors.Is(err, ErrSocketGone) {
			break
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseSkew)
	defer cancel()
	if !errors.Is(err, ErrSocketGone) {
		s.opts.Logger.WarnContext(ctx, "socket not reached", "socket", HashID(row.socket), "error", err)
		if err := s.opts.Pusher.CloseSocket(ctx, row.socket); err != nil {
			s.opts.Logger.WarnContext(ctx, "socket not closed", "socket", HashID(row.socket), "error", err)
		}
	}
	if err := s.store.Delete(ctx, row.key, 0); err != nil {
		s.opts.Logger.WarnContext(ctx, "push row not deleted", "socket", HashID(row.socket), "error", err)
	}
	s.unsubscribed(ctx, nil, []subscription{{Subscription: row.Subscription}})
	row.socket = "" // nothing more goes there
}

// pushRows returns all rows of the shard.
func (l *log) pushRows(ctx context.Context) ([]*pushRow, error) {
	var rows []*pushRow
	for n := range pushRowShards {
		partition := l.set.partition("p/", fmt.Sprintf("%s/%d/%d", l.destination.Name, l.shard, n))
		for after := ""; ; {
			items, err := l.set.store.Range(ctx, partition, after, 0, 0)
			if err != nil {
				return nil, storeError("load push rows", err)
			}
			if len(items) == 0 {
				break
			}
			for _, it := range items {
				row, err := l.set.readPushRow(it)
				if err != nil {
					return nil, fmt.Errorf("read push row: %w", err)
				}
				row.expires = it.Expires
				rows = append(rows, row)
			}
			after = items[len(items)-1].Sort
		}
	}
	return rows, nil
}
