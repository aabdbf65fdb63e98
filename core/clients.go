package core

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// NewClient mints an id and returns its Client, with nothing in it. It is stored when something is kept in it.
func (s *ChannelSet) NewClient(ctx context.Context) (*Client, error) {
	id, err := s.ids.mint(ctx, clientPurpose)
	if err != nil {
		return nil, err
	}
	return s.clientOf(id, handleOf(id)), nil
}

// clientPurpose is what the ids of clients are for: no id for another purpose is taken as one.
const clientPurpose = "client"

// Client returns the Client with that id, which a peer has sent: empty and anonymous where its state has expired, and nil, without
// an error, for text that we did not mint. It notes that the client is alive, which is a write only from time to time.
func (s *ChannelSet) Client(ctx context.Context, id string) (*Client, error) {
	client, _, err := s.Load(ctx, "", id)
	return client, err
}

// Load is Client, and the client's Connection on a channel, in one read. The Connection is nil where there is none; both are nil,
// without an error, for an id that we did not mint.
func (s *ChannelSet) Load(ctx context.Context, channel, id string) (*Client, *Connection, error) {
	handle, err := s.ids.check(ctx, clientPurpose, id)
	if err != nil || handle == "" {
		return nil, nil, err
	}
	client, now := s.clientOf(id, handle), s.Now()
	conn, err := s.read(ctx, client, channel, now)
	if err != nil {
		return nil, nil, err
	}
	if err := s.touch(ctx, client, conn, now); err != nil {
		return nil, nil, err
	}
	if conn != nil && s.expired(conn.view().seen, now) {
		return client, nil, s.end(ctx, conn, Expired)
	}
	return client, conn, nil
}

// LoadConnection is Load without what is kept of the Client, which costs a poll nothing then: principal and attributes are not there
// to see. Both are nil for an id that we did not mint. While somebody polls, both stay alive.
func (s *ChannelSet) LoadConnection(ctx context.Context, channel, id string) (*Client, *Connection, error) {
	handle, err := s.ids.check(ctx, clientPurpose, id)
	if err != nil || handle == "" {
		return nil, nil, err
	}
	client, now := s.clientOf(id, handle), s.Now()
	conn := &Connection{client: client, channel: channel}
	v, err := conn.load(ctx)
	switch {
	case errors.Is(err, ErrNoConnection):
		return client, nil, nil
	case err != nil:
		return nil, nil, err
	case s.expired(v.seen, now), s.stale(v.tended, now):
		return s.Load(ctx, channel, id)
	}
	return client, conn, nil
}

// read fills in what is stored of the client, unless that has expired, and, where a channel is named, returns its Connection there.
func (s *ChannelSet) read(ctx context.Context, client *Client, channel string, now time.Time) (*Connection, error) {
	keys := [...]Key{client.key(), client.connectionKey(channel)}
	wanted := keys[:]
	if channel == "" {
		wanted = keys[:1]
	}
	items, err := s.store.Get(ctx, wanted...)
	if err != nil {
		return nil, storeError("load client", err)
	}
	var v clientItem
	var conn *Connection
	for _, it := range items {
		if it.Key == keys[0] {
			v, err = s.readClient(it, now)
		} else {
			var stored *connectionItem
			stored, err = readConnection(it)
			conn = newConnection(client, channel, stored)
		}
		if err != nil {
			return nil, fmt.Errorf("read %q of client %s: %w", it.Sort, HashID(client.id), err)
		}
	}
	client.setView(v)
	return conn, nil
}

// touch notes that a client and its connection live, if that was noted long ago.
func (s *ChannelSet) touch(ctx context.Context, client *Client, conn *Connection, now time.Time) error {
	if v := client.view(); v.life != "" && s.stale(v.seen, now) {
		if err := client.update(ctx, func(*clientState) error { return nil }); err != nil {
			return err
		}
		if err := client.renewAttributes(ctx); err != nil {
			return err
		}
	}
	if conn == nil {
		return nil
	}
	if v := conn.view(); !s.stale(v.tended, now) || s.expired(v.seen, now) {
		return nil
	}
	return conn.touch(ctx)
}

// newLife returns a text that no other life of a client has.
func (s *ChannelSet) newLife() string {
	var raw [6]byte
	rand.Read(raw[:]) // never fails: crypto/rand, Read
	return idText.EncodeToString(raw[:])
}

// storeError is the fault for a store that does not answer; conflicts, and nil, pass.
func storeError(doing string, err error) error {
	if err == nil || isConflict(err) {
		return err
	}
	return unavailable(doing, err)
}
