package core

import (
	"context"
	"errors"
	"fmt"
)

// ErrNoConnection is the cause of NotFound where a connection has ended or there never was one.
var ErrNoConnection = errors.New("no such connection")

// connectionEnded is the fault where there was a connection and is none any more.
func connectionEnded() error {
	return NotFound.Errorf("The connection has ended.").WithCause(ErrNoConnection)
}

// Connect returns the client's Connection on a channel and makes it where there is none, which runs the connect hooks. The fault
// is Exhausted where the channel is full.
func (s *ChannelSet) Connect(ctx context.Context, channel string, client *Client) (*Connection, error) {
	ch := s.channels[channel]
	if ch == nil {
		return nil, NotFound.Errorf("There is no channel %q.", channel)
	}
	var conn *Connection
	created := false
	err := retry(ctx, func(bool) (err error) {
		conn, created, err = s.tryConnect(ctx, ch, client)
		return err
	})
	if err != nil || !created {
		return conn, err
	}
	for _, hook := range s.opts.OnConnect {
		if err := safely(func() error { return hook(ctx, conn) }); err != nil { // its panic undoes the connect too
			return nil, errors.Join(err, s.Disconnect(ctx, conn))
		}
	}
	return conn, nil
}

// tryConnect returns the connection that there is, or creates one. A conflict means that somebody else was faster.
func (s *ChannelSet) tryConnect(ctx context.Context, ch *Channel, client *Client) (_ *Connection, created bool, err error) {
	conn, err := s.read(ctx, client, ch.Name, s.Now())
	if err != nil {
		return nil, false, err
	}
	if conn != nil && !s.expired(conn.view().seen, s.Now()) {
		return conn, false, nil
	}
	if conn != nil {
		if err := s.end(ctx, conn, Expired); err != nil {
			return nil, false, err
		}
	}
	conn, err = s.create(ctx, ch, client)
	return conn, err == nil, err
}

// create keeps a new connection: first what finds and counts it, so that none is without, then the connection itself.
func (s *ChannelSet) create(ctx context.Context, ch *Channel, client *Client) (*Connection, error) {
	slot, err := s.takeSlot(ctx, ch, client)
	if err != nil {
		return nil, err
	}
	conn := &Connection{client: client, channel: ch.Name}
	now := s.Now()
	first := inboxStart(now)
	v := &connectionItem{connectionState: connectionState{created: now, tended: now, slot: slot, inbox: inbox{done: first, hint: first}}}
	if err := s.noteExpiry(ctx, conn, now.Add(s.opts.Timeout)); err != nil {
		return nil, errors.Join(err, s.leaveSlot(ctx, ch.Name, client, slot))
	}
	if err := conn.save(ctx, v); err != nil {
		return nil, errors.Join(err, s.leaveSlot(ctx, ch.Name, client, slot))
	}
	return conn, nil
}

// Disconnect ends a Connection and runs the disconnect hooks, if nobody else has ended it before. It is no error if there is none any
// more. Nothing else of the client ends with it.
func (s *ChannelSet) Disconnect(ctx context.Context, conn *Connection) error {
	return s.end(ctx, conn, Closed)
}

// end deletes a connection as it was last read. Who deletes, acts: the hooks run once, in one process.
func (s *ChannelSet) end(ctx context.Context, conn *Connection, why EndReason) error {
	err := retry(ctx, func(anew bool) error {
		if anew {
			if _, err := conn.load(ctx); err != nil {
				return err
			}
		}
		if why == Expired && !s.expired(conn.view().seen, s.Now()) {
			return errAlive
		}
		return storeError("delete connection", s.store.Delete(ctx, conn.key(), conn.view().version))
	})
	switch {
	case errors.Is(err, ErrNoConnection), errors.Is(err, errAlive):
		return nil
	case err != nil:
		return err
	}
	err = s.leaveSlot(ctx, conn.channel, conn.client, conn.view().slot)
	s.tellConnection(ctx, conn)
	s.unsubscribed(ctx, conn, conn.view().subscriptions)
	for _, hook := range s.opts.OnDisconnect {
		s.guardHook(ctx, "disconnect", func() { hook(ctx, conn, why) })
	}
	return err
}

var errAlive = errors.New("the connection lives again")

// guardHook runs a hook so that its panic stops neither the others nor the sweep.
func (s *ChannelSet) guardHook(ctx context.Context, kind string, hook func()) {
	defer func() {
		if p := recover(); p != nil {
			s.opts.Logger.ErrorContext(ctx, kind+" hook panicked", "panic", fmt.Sprint(p))
		}
	}()
	hook()
}

func isFault(err error, code Code) bool {
	f, ok := errors.AsType[*Fault](err)
	return ok && f.Code == code
}
