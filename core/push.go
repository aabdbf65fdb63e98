package core

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Pusher sends to sockets that live outside this process, such as those of an API Gateway. Its methods may be called by any number
// of goroutines, and each has to end when its ctx does.
type Pusher interface {
	// Push sends deliveries of one subscription to a socket, in order. ErrSocketGone says that there is no such socket any more, and
	// never will be. After any other error the same, or more, may be sent again. Deliveries of one message to many sockets share the
	// Message, so that it can be rendered once.
	Push(ctx context.Context, socket string, deliveries []Delivery) error
	// CloseSocket ends a socket that cannot be reached; its client will connect again and catch up. ErrSocketGone is as good as nil.
	CloseSocket(ctx context.Context, socket string) error
}

// ErrSocketGone is what a Pusher says of a socket that there is no more.
var ErrSocketGone = errors.New("the socket is gone")

const (
	maxSocket     = 256 // bytes of a socket's name
	pushLeaseSort = "push"
	servePauses   = 8 // how often a new subscription tries to be served at once
)

// A PushSubscription is a subscription of a socket outside this process that is kept, and silent until it is told to Begin.
type PushSubscription struct {
	logs   *destinationLogs
	socket string
	id     string
	shards []int // that it has rows in
}

// SubscribePush keeps a subscription of a socket outside this process until expires, at most; zero: until it is ended, or the socket gone.
// Its ID is the only one of that socket in the destination; subscribing the same again changes nothing. When this returns, the
// subscription stands, and nothing of it reaches the socket before Begin: so the answer to a client's request can go out before the first
// delivery does. Without a Begin it begins some seconds after ctx's deadline, or a quarter of an hour: its maker has died. A request that is
// refused, or in doubt, may be made again. The faults are those of Subscribe, Exists for an ID that is another subscription's, and Exhausted for
// more in the destination than Limits.Subscriptions.
func (s *ChannelSet) SubscribePush(ctx context.Context, call *Call, socket string, expires time.Time, r *SubscribeRequest) (*PushSubscription, error) {
	if s.opts.Pusher == nil {
		return nil, Unavailable.Errorf("Nothing can be pushed here.")
	}
	if socket == "" || len(socket) > maxSocket {
		return nil, Invalid.Errorf("A socket needs a name of at most %d bytes.", maxSocket)
	}
	v, err := s.newSubscription(ctx, call, nil, r)
	if err != nil {
		return nil, err
	}
	logs := s.logsOf(r.Topic.Destination)
	meta, err := logs.load(ctx)
	if err != nil {
		return nil, err
	}
	sub, silent := &PushSubscription{logs: logs, socket: socket, id: r.ID}, s.silenceOf(ctx)
	for i, p := range v.done {
		row := &pushRow{
			Subscription: v.Subscription, socket: socket, created: v.created, counts: meta.shardCounts(), leads: i == 0,
			silent: silent, until: r.Until, pending: true, epoch: v.epoch, head: p.position, start: v.done, expires: expires,
		}
		if err := logs.log(p.shard).addRow(ctx, row); err != nil {
			return nil, err
		}
		sub.shards = append(sub.shards, p.shard)
	}
	return sub, nil
}

// Begin has the subscription's messages sent, from where it begins. When it returns without an error they are on their way to the socket,
// or left to who is at work there. It may be called again after an error; where the subscription has ended it does nothing.
func (p *PushSubscription) Begin(ctx context.Context) error {
	for _, shard := range p.shards {
		if err := p.logs.log(shard).beginRow(ctx, p.socket, p.id); err != nil {
			return fmt.Errorf("begin a subscription: %w", err)
		}
	}
	return nil
}

// addRow keeps a new row. The lease comes first: what is published once the row stands finds somebody to push it.
func (l *log) addRow(ctx context.Context, row *pushRow) error {
	s, err := l.loadLease(ctx, pushLeaseSort)
	if err != nil {
		return err
	}
	if err := s.begin(ctx, false); err != nil {
		return err
	}
	row.key = l.rowKey(row.socket, row.ID, s.wide)
	return l.createRow(ctx, row)
}

// beginRow makes a silent row one that is just pending, since rounds have passed it by. Where none has passed anything that it is to get, it
// becomes active at once; otherwise it is served first.
func (l *log) beginRow(ctx context.Context, socket, id string) error {
	var row *pushRow
	err := retry(ctx, func(bool) (err error) {
		row, err = l.findRow(ctx, socket, id)
		if err != nil || row == nil || row.silent.IsZero() {
			return err
		}
		row.silent = time.Time{}
		row.version, err = l.set.store.Replace(ctx, row.item())
		return storeError("begin push row", err)
	})
	if err != nil || row == nil || !row.pending {
		return err
	}
	if done, err := l.activateNew(ctx, row); done || err != nil {
		return err
	}
	if err := l.serveNew(ctx, row); err != nil && ctx.Err() == nil {
		l.set.opts.Logger.WarnContext(ctx, "left to the next publish or the sweep", "partition", l.partition, "error", err)
	}
	return nil
}

// activateNew makes a pending row active, without the lease, where the cursor has not passed its head and nobody is at work: every round from
// now on reads the rows after this one was pending. So a crowd of sockets that comes at once does not stand in line. A holder that
// stands still counts as one at work, since it has read the rows before.
func (l *log) activateNew(ctx context.Context, row *pushRow) (done bool, err error) {
	s, err := l.loadLease(ctx, pushLeaseSort)
	if err != nil || s.holder != "" || s.round.place != "" || s.epoch != row.epoch || s.cursor > row.head.before() {
		return false, err
	}
	row.pending = false
	_, err = l.set.store.Replace(ctx, row.item())
	if isConflict(err) {
		err = nil // a round has served it meanwhile, or it has ended
	}
	return err == nil, storeError("activate push row", err)
}

// createRow creates a row, unless the subscription has one.
func (l *log) createRow(ctx context.Context, row *pushRow) error {
	return retry(ctx, func(bool) error {
		present, err := l.findRow(ctx, row.socket, row.ID)
		switch {
		case err != nil:
			return err
		case present != nil && !present.is(&row.Subscription):
			return Exists.Errorf("The socket has another subscription with this id.")
		case present != nil:
			return nil
		}
		if err := l.checkRoom(ctx, row); err != nil {
			return err
		}
		_, err = l.set.store.Create(ctx, row.item())
		return storeError("save push row", err)
	})
}

// checkRoom is the fault for a socket that has too many subscriptions.
func (l *log) checkRoom(ctx context.Context, row *pushRow) error {
	most, prefix := l.set.opts.Limits.Subscriptions, socketPrefix(row.socket)
	items, err := l.set.store.Range(ctx, row.key.Partition, prefix, most, 0)
	if err != nil {
		return storeError("load push rows", err)
	}
	mine := 0
	for _, it := range items {
		if strings.HasPrefix(it.Sort, prefix) {
			mine++
		}
	}
	if mine >= most {
		return Exhausted.Errorf("A socket has more than %d subscriptions.", most)
	}
	return nil
}

// serveNew sends a pending row what lies between its head and the cursor. Where another process holds the lease it may have read the rows
// before this one was there, so it is tried again a few times; then the next publish or the sweep does it.
func (l *log) serveNew(ctx context.Context, row *pushRow) error {
	for try := range servePauses {
		if err := pause(ctx, try); err != nil {
			return err
		}
		s, err := l.loadLease(ctx, pushLeaseSort)
		if err != nil {
			return err
		}
		err = s.workOnce(ctx, func(ctx context.Context) error { return s.catchUp(ctx, row) })
		if errors.Is(err, errHeld) {
			continue
		}
		if err != nil {
			return err
		}
		more, err := l.stands(ctx, s.cursor)
		if err != nil || !more {
			return err
		}
		return l.push(ctx)
	}
	return nil
}

// UnsubscribePush ends the subscription with that ID of a socket to a topic. It is no error if there is none. What is on its way
// may still arrive.
func (s *ChannelSet) UnsubscribePush(ctx context.Context, socket string, v *Subscription) error {
	logs, err := s.mustLogsOf(v.Topic.Destination)
	if err != nil {
		return err
	}
	return logs.dropRows(ctx, socket, v)
}

// dropRows deletes the rows of a subscription in all shards.
func (l *destinationLogs) dropRows(ctx context.Context, socket string, v *Subscription) error {
	meta, err := l.load(ctx)
	if err != nil {
		return err
	}
	for _, shard := range l.shardsOf(&meta, v.Topic.Subtopic) {
		if err := l.log(shard).dropRow(ctx, socket, v); err != nil {
			return fmt.Errorf("end a subscription: %w", err)
		}
	}
	return nil
}

// dropRow deletes a row. Who deletes the leading one of a subscription, tells who wants to know that it has ended.
func (l *log) dropRow(ctx context.Context, socket string, v *Subscription) error {
	var ended *pushRow
	err := retry(ctx, func(bool) (err error) {
		ended, err = l.findRow(ctx, socket, v.ID)
		if err != nil || ended == nil || ended.Topic != v.Topic {
			ended = nil
			return err
		}
		return storeError("delete push row", l.set.store.Delete(ctx, ended.key, ended.version))
	})
	if err == nil && ended != nil && ended.leads {
		l.set.unsubscribed(ctx, nil, []subscription{{Subscription: ended.Subscription}})
	}
	return err
}
