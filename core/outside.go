package core

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"
)

// An OutsideSocket is a socket that a Gateway holds: each of its units is a request of its own, served by any function at all, several at
// once and in any order. What belongs to the socket is stored, and was loaded when the unit came: one read. Its methods may be called by
// any number of goroutines.
type OutsideSocket struct {
	set    *ChannelSet
	id     string
	stored atomic.Pointer[outsideItem] // as it was last read or written; never changed in place
}

// An outsideItem is what is stored of an OutsideSocket, and the version it was stored under.
type outsideItem struct {
	outsideState
	version uint64
}

type outsideState struct {
	channel    string
	expires    time.Time
	addr       string
	target     string // the URL that it was opened with
	header     http.Header
	claims     map[string]any
	principal  *Principal // whom the request that opened it has proved to be
	trusted    time.Time  // until when; zero: as long as the socket lives
	session    string     // the id of the caller's session; "": none
	subscribed []Subscription
}

// OpenOutside keeps what belongs to a socket that a Gateway has opened on a channel, until expires at most, when the gateway will have closed
// it. peer is who asked for it: who that is, by claims or HTTP Basic, is found out now and kept; headers that hold secrets, and what is beyond a few
// kilobytes of them, are not. Opening it again changes nothing that came since. The faults are those of Identify.
func (s *ChannelSet) OpenOutside(ctx context.Context, channel, id string, peer *Peer, expires time.Time) (*OutsideSocket, error) {
	if _, err := s.eventWriter(channel); err != nil {
		return nil, Invalid.Errorf("Channel %q takes no sockets.", channel).WithCause(err)
	}
	o := &OutsideSocket{set: s, id: id}
	if id == "" || len(socketName(channel, id)) > maxSocket {
		return nil, Invalid.Errorf("A socket needs a name of at most %d bytes.", maxSocket)
	}
	principal, err := s.Identify(ctx, peer)
	if err != nil {
		return nil, err
	}
	v := &outsideItem{outsideState: outsideState{
		channel: channel, expires: expires, addr: peer.Addr, header: keptHeader(peer.Header), claims: peer.Claims,
		principal: principal, trusted: s.trustedUntil(peer.Claims), session: s.SessionID(peer),
	}}
	if peer.URL != nil {
		v.target = peer.URL.String()
	}
	if err := s.noteOutsideExpiry(ctx, o, expires); err != nil {
		return nil, err
	}
	err = o.save(ctx, v)
	if isConflict(err) {
		return s.LoadOutside(ctx, id) // the gateway asks again, whose answer was lost
	}
	return o, err
}

// LoadOutside returns what is kept of a socket, in one read; ErrNoConnection is the cause of the fault where it has ended, or was never opened.
func (s *ChannelSet) LoadOutside(ctx context.Context, id string) (*OutsideSocket, error) {
	o := &OutsideSocket{set: s, id: id}
	v, err := o.load(ctx)
	if err == nil && !s.Now().Before(v.expires) {
		return nil, connectionEnded()
	}
	return o, err
}

// EndOutside forgets a socket that the gateway has closed, and ends its subscriptions. It may be called twice, and for one that never was. The rows
// go before the item that lists them: where it was broken off, the sweep begins anew and finds all. Who deletes a row, acts.
func (s *ChannelSet) EndOutside(ctx context.Context, id string) error {
	o := &OutsideSocket{set: s, id: id}
	err := retry(ctx, func(bool) error {
		v, err := o.load(ctx)
		if err != nil {
			return err
		}
		if err := o.drop(ctx, v.subscribed); err != nil {
			return err
		}
		return storeError("delete socket", s.store.Delete(ctx, o.key(), v.version))
	})
	if errors.Is(err, ErrNoConnection) {
		return nil
	}
	return err
}

// Channel returns the name of the channel that the socket was opened on.
func (o *OutsideSocket) Channel() string { return o.stored.Load().channel }

// ID returns the gateway's name for the socket.
func (o *OutsideSocket) ID() string { return o.id }

// Peer returns what is known of who opened the socket.
func (o *OutsideSocket) Peer() Peer {
	v := o.stored.Load()
	p := Peer{Transport: "websocket", Addr: v.addr, Header: v.header.Clone(), Claims: v.claims}
	if u, err := url.Parse(v.target); err == nil && v.target != "" {
		p.URL = u
	}
	return p
}

// Principal returns whom the request that opened the socket has proved to be, or nil. The fault is Unauthenticated when that is not true any
// longer, since the claims have expired.
func (o *OutsideSocket) Principal() (*Principal, error) {
	v := o.stored.Load()
	if !v.trusted.IsZero() && !o.set.Now().Before(v.trusted) {
		return nil, Unauthenticated.Errorf("The login has expired. Connect again.")
	}
	return v.principal, nil
}

// SessionID returns the id of the caller's session, "" where there is none.
func (o *OutsideSocket) SessionID() string { return o.stored.Load().session }

// SetSession keeps the id of the session that a call has got in place of old. Of two calls that get one at once, the first one's is kept.
func (o *OutsideSocket) SetSession(ctx context.Context, old, id string) error {
	return o.update(ctx, func(v *outsideState) (bool, error) {
		if v.session != old {
			return false, nil
		}
		v.session = id
		return true, nil
	})
}

// Send posts a unit to the socket now, ahead of the answer to what is being served. One that is gone is forgotten. Its end may have come while a
// subscription was made, whose rows it did not find: they are known here.
func (o *OutsideSocket) Send(ctx context.Context, unit []byte) error {
	err := o.set.opts.Gateway.Post(ctx, o.id, unit)
	if errors.Is(err, ErrSocketGone) {
		ctx := context.WithoutCancel(ctx)
		if err := o.drop(ctx, o.stored.Load().subscribed); err != nil {
			o.set.opts.Logger.WarnContext(ctx, "push rows not deleted", "socket", HashID(o.name()), "error", err)
		}
		o.set.forgetSocket(ctx, o.name())
	}
	return err
}

// MaxUnit is how many bytes a unit to the socket may have.
func (o *OutsideSocket) MaxUnit() int { return o.set.opts.Gateway.MaxUnit() }

// Subscribe adds a subscription of the socket, for a caller or, with a nil call, for the application. Nothing of it is sent before Begin of
// what is returned. The socket's list comes first, so that its end finds every row. The faults are those of SubscribePush.
func (o *OutsideSocket) Subscribe(ctx context.Context, call *Call, r *SubscribeRequest) (*PushSubscription, error) {
	added := false
	err := o.update(ctx, func(v *outsideState) (bool, error) {
		if added = !slices.ContainsFunc(v.subscribed, func(p Subscription) bool { return p.is(&r.Subscription) }); !added {
			return false, nil
		}
		size := r.size()
		for i := range v.subscribed {
			size += v.subscribed[i].size()
		}
		if err := o.set.allowSubscriptions(len(v.subscribed)+1, size); err != nil {
			return false, err
		}
		v.subscribed = append(slices.Clip(v.subscribed), r.Subscription)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	wanted := *r
	wanted.Until = o.stored.Load().trusted
	// Its rows are there when the sweep ends the socket, and their hooks are to run.
	sub, err := o.set.SubscribePush(ctx, call, o.name(), o.stored.Load().expires.Add(afterlife), &wanted)
	if err != nil && added {
		err = errors.Join(err, o.takeBack(context.WithoutCancel(ctx), &r.Subscription, err))
	}
	return sub, err
}

// takeBack undoes what became of a subscription that failed. What has its id is another one that was there before.
func (o *OutsideSocket) takeBack(ctx context.Context, v *Subscription, why error) error {
	if isFault(why, Exists) {
		return o.unlist(ctx, []Subscription{*v})
	}
	return o.unsubscribe(ctx, func(p Subscription) bool { return p.is(v) })
}

// Unsubscribe ends the subscriptions of the socket with that ID. It is no error if there is none.
func (o *OutsideSocket) Unsubscribe(ctx context.Context, id string) error {
	return o.unsubscribe(ctx, func(v Subscription) bool { return v.ID == id })
}

// UnsubscribeAll ends all subscriptions of the socket.
func (o *OutsideSocket) UnsubscribeAll(ctx context.Context) error {
	return o.unsubscribe(ctx, func(Subscription) bool { return true })
}

// unsubscribe drops the rows before the list forgets them: what is left half done can be done again.
func (o *OutsideSocket) unsubscribe(ctx context.Context, which func(Subscription) bool) error {
	var ended []Subscription
	for _, v := range o.stored.Load().subscribed {
		if which(v) {
			ended = append(ended, v)
		}
	}
	if len(ended) == 0 {
		return nil
	}
	if err := o.drop(ctx, ended); err != nil {
		return err
	}
	return o.unlist(ctx, ended)
}

// unlist takes subscriptions off the socket's list.
func (o *OutsideSocket) unlist(ctx context.Context, ended []Subscription) error {
	return o.update(ctx, func(v *outsideState) (bool, error) {
		kept := slices.DeleteFunc(slices.Clone(v.subscribed), func(v Subscription) bool {
			return slices.ContainsFunc(ended, func(e Subscription) bool { return e.is(&v) })
		})
		changed := len(kept) < len(v.subscribed)
		v.subscribed = kept
		return changed, nil
	})
}

// drop ends the rows of subscriptions. One of a destination that this program does not have expires.
func (o *OutsideSocket) drop(ctx context.Context, subscribed []Subscription) error {
	var errs []error
	for i := range subscribed {
		if o.set.logsOf(subscribed[i].Topic.Destination) != nil {
			errs = append(errs, o.set.UnsubscribePush(ctx, o.name(), &subscribed[i]))
		}
	}
	return errors.Join(errs...)
}

func (o *OutsideSocket) name() string { return socketName(o.Channel(), o.id) }

func (o *OutsideSocket) key() Key { return o.set.key("w/"+o.id, "socket") }

// update changes what is stored: see Connection.update.
func (o *OutsideSocket) update(ctx context.Context, change func(*outsideState) (bool, error)) error {
	return retry(ctx, func(anew bool) error {
		if anew {
			if _, err := o.load(ctx); err != nil {
				return err
			}
		}
		next := *o.stored.Load()
		if changed, err := change(&next.outsideState); err != nil || !changed {
			return err
		}
		return o.save(ctx, &next)
	})
}

func (o *OutsideSocket) save(ctx context.Context, v *outsideItem) error {
	body, err := v.form()
	if err != nil {
		return err
	}
	v.version, err = o.set.save(ctx, Item{Key: o.key(), Version: v.version, Expires: v.expires.Add(afterlife), Body: body})
	if err != nil {
		return storeError("save socket", err)
	}
	o.stored.Store(v)
	return nil
}

func (o *OutsideSocket) load(ctx context.Context) (*outsideItem, error) {
	items, err := o.set.store.Get(ctx, o.key())
	if err != nil {
		return nil, storeError("load socket", err)
	}
	if len(items) == 0 {
		return nil, connectionEnded()
	}
	v, err := readOutside(items[0])
	if err != nil {
		return nil, fmt.Errorf("load socket: %w", err)
	}
	o.stored.Store(v)
	return v, nil
}

// forgetSocket ends a socket that its gateway says is gone: its word that it closed may have been lost.
func (s *ChannelSet) forgetSocket(ctx context.Context, name string) {
	if s.opts.Gateway == nil {
		return
	}
	_, id := splitSocketName(name)
	if err := s.EndOutside(ctx, id); err != nil {
		s.opts.Logger.WarnContext(ctx, "socket left to the sweep", "socket", HashID(name), "error", err)
	}
}

// The expiry rows of sockets stand among those of connections, and begin with a slash, as no handle does.

func (s *ChannelSet) noteOutsideExpiry(ctx context.Context, o *OutsideSocket, expires time.Time) error {
	h := fnv.New32a()
	_, _ = h.Write([]byte(o.id))
	key := s.expiryKey(bucketOf(expires), int(h.Sum32()%bucketShards), "/"+o.id)
	_, err := s.store.Put(ctx, Item{Key: key, Expires: expires.Add(afterlife)})
	return storeError("save expiry row", err)
}

// sweepOutside ends the socket that an expiry row names, if that has not been done: the gateway's word that it closed was lost.
func (s *ChannelSet) sweepOutside(ctx context.Context, row Item) error {
	if err := s.EndOutside(ctx, row.Sort[1:]); err != nil {
		return err
	}
	return s.dropExpiry(ctx, row)
}
