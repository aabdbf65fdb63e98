package core

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// A Connection is where: a Client on one channel. It is what was loaded at the beginning of a call; Update changes what is stored
// and this view of it. Its methods may be called by any number of goroutines.
type Connection struct {
	client  *Client
	channel string

	// stored is as it was last read or written. It is never changed in place, so that nobody has to copy it to look at it.
	stored atomic.Pointer[connectionItem]
}

// A connectionItem is what is stored of a Connection, and the version it was stored under.
type connectionItem struct {
	connectionState
	version uint64
}

// A connectionState is what is stored of a Connection.
type connectionState struct {
	created, seen time.Time
	tended        time.Time // when its client and its slot were last looked after; whatever else is saved does not do that
	slot          int       // the place it takes on a channel that counts them; noSlot on others
	session       []byte    // the endpoint's own state

	subscriptions []subscription // never changed in place: views share them
	batch         batch
	inbox         inbox
	rolledBack    time.Time // when the front door got the request that last rolled back; a poll from before gets nothing
	stream        string    // id of the one that is open, in whatever process it runs; empty: it was closed, or there was none
}

// Client returns who is connected.
func (c *Connection) Client() *Client { return c.client }

// Channel returns the name of the channel.
func (c *Connection) Channel() string { return c.channel }

// Created returns when the client connected.
func (c *Connection) Created() time.Time { return c.view().created }

// Expires returns when the connection ends if nothing more is heard of it.
func (c *Connection) Expires() time.Time { return c.view().seen.Add(c.client.set.opts.Timeout) }

// Session returns a copy of the endpoint's own state: nil where it has kept none.
func (c *Connection) Session() []byte { return bytes.Clone(c.view().session) }

// Update changes the endpoint's own state: change is given what is stored and returns what is to be; the same again costs no write.
// It runs again when something else was saved meanwhile, so it has no effects of its own and does not change what it is given.
// Who waits for messages of the connection, here or elsewhere, is told. Where the connection has ended the fault is NotFound.
func (c *Connection) Update(ctx context.Context, change func(session []byte) ([]byte, error)) error {
	changes := false
	err := c.update(ctx, func(v *connectionState) (bool, error) {
		next, err := change(v.session)
		if changes = err == nil && !bytes.Equal(next, v.session); !changes {
			return false, err
		}
		if most := c.client.set.opts.Limits.SessionSize; len(next) > most {
			return false, TooLarge.Errorf("A connection's state has more than %d bytes.", most)
		}
		v.session = next
		return true, nil
	})
	if err == nil && changes {
		c.client.set.tellConnection(ctx, c)
	}
	return err
}

// touch notes that the connection lives, in its slot too.
func (c *Connection) touch(ctx context.Context) error {
	err := c.update(ctx, func(v *connectionState) (bool, error) {
		v.tended = c.client.set.Now()
		return true, nil
	})
	if isFault(err, NotFound) {
		return nil // it ended meanwhile; the next load tells
	}
	if err != nil {
		return err
	}
	return c.client.set.renewSlot(ctx, c)
}

// update changes what is stored, if change says so. It is computed from what this view has, and again from what is stored whenever
// something else was saved meanwhile. A saved connection was seen now.
func (c *Connection) update(ctx context.Context, change func(*connectionState) (bool, error)) error {
	view := c.view()
	return retry(ctx, func(anew bool) (err error) {
		if anew {
			if view, err = c.load(ctx); err != nil {
				return err
			}
		}
		next := *view
		if changed, err := change(&next.connectionState); err != nil || !changed {
			return err
		}
		return c.save(ctx, &next)
	})
}

// save keeps v on the condition that nothing was kept since it was loaded, and makes it the view. It is not to be changed any more. A
// saved connection was seen now.
func (c *Connection) save(ctx context.Context, v *connectionItem) (err error) {
	v.seen = c.client.set.Now()
	if v.version, err = c.client.set.save(ctx, c.item(v)); err != nil {
		return storeError("save connection", err)
	}
	c.stored.Store(v)
	return nil
}

// load reads what is stored now and makes it the view; where there is nothing the fault is NotFound.
func (c *Connection) load(ctx context.Context) (*connectionItem, error) {
	items, err := c.client.set.store.Get(ctx, c.key())
	if err != nil {
		return nil, storeError("load connection", err)
	}
	if len(items) == 0 {
		return nil, connectionEnded()
	}
	v, err := readConnection(items[0])
	if err != nil {
		return nil, fmt.Errorf("load connection: %w", err)
	}
	c.stored.Store(v)
	return v, nil
}

// view returns what was last read or written. It must not be changed.
func (c *Connection) view() *connectionItem { return c.stored.Load() }

func (c *Connection) key() Key { return c.client.connectionKey(c.channel) }

func (c *Client) connectionKey(channel string) Key { return Key{c.partition, "x/" + channel} }

// afterlife is how long the item of a connection stays beyond its end, so that whoever finds it ended can delete it and act.
const afterlife = 48 * time.Hour

func (c *Connection) item(v *connectionItem) Item {
	expires := v.seen.Add(c.client.set.opts.Timeout + afterlife)
	return Item{Key: c.key(), Version: v.version, Expires: expires, Body: v.form()}
}

const (
	connectionForm = 2   // 1 had no messaging
	usualForm      = 256 // bytes: one with a subscription fits
)

func (s *connectionState) form() []byte {
	w := formWriter{b: append(make([]byte, 0, usualForm), connectionForm)}
	w.time(s.created)
	w.time(s.seen)
	w.int(int64(s.slot))
	w.text(string(s.session))
	w.uint(uint64(len(s.subscriptions)))
	for i := range s.subscriptions {
		w.subscription(&s.subscriptions[i])
	}
	w.batch(s.batch)
	w.inbox(s.inbox)
	w.instant(s.rolledBack)
	w.text(s.stream)
	w.time(s.tended)
	return w.b
}

// newConnection returns a Connection as it was read or written.
func newConnection(client *Client, channel string, v *connectionItem) *Connection {
	c := &Connection{client: client, channel: channel}
	c.stored.Store(v)
	return c
}

func readConnection(it Item) (*connectionItem, error) {
	form, r, err := readForm(it.Body, connectionForm)
	if err != nil {
		return nil, err
	}
	v := &connectionItem{version: it.Version}
	v.created, v.seen = r.time(), r.time()
	v.slot = int(r.int())
	if session := r.bytes(); len(session) > 0 {
		v.session = session // nobody else has the item: see Store
	}
	if form > 1 {
		for range r.count() {
			v.subscriptions = append(v.subscriptions, r.subscription())
		}
		v.batch, v.inbox, v.rolledBack, v.stream, v.tended = r.batch(), r.inbox(), r.instant(), r.text(), r.time()
	}
	return v, r.err
}

// rowName names a connection in an expiry row. Handles have no slash in them.
func (c *Connection) rowName() string { return c.client.handle + "/" + c.channel }

func (s *ChannelSet) connectionOfRow(name string) *Connection {
	handle, channel, _ := strings.Cut(name, "/")
	return &Connection{client: s.clientOf("", handle), channel: channel}
}
