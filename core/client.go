package core

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A Client is who: a principal, if somebody has logged in, and attributes, under an id that the caller's protocol carries. It is what
// was loaded at the beginning of a call; Login, Logout and attributes change what is stored and this view of it. Its methods may be
// called by any number of goroutines.
type Client struct {
	set       *ChannelSet
	id        string
	handle    string // the part of id that names what is stored
	partition string // where it is stored

	mu     sync.Mutex
	stored clientItem // as it was last read or written
}

// A clientItem is what is stored of a Client, and the version it was stored under.
type clientItem struct {
	clientState
	version uint64 // 0: nothing is stored under the id
}

// A clientState is what is stored of a Client.
type clientState struct {
	// life tells one life of an id from the next: after it has expired, or logged out, the attributes of the life before are not
	// seen any more, whether they have been removed or not. Empty: nothing has been kept yet.
	life      string
	principal *Principal
	seen      time.Time // when it was last noted that the client lives
	// attributes are the names of those that there are, and perhaps of some that have been deleted. They are what touch renews
	// and what the limit counts.
	attributes []string
}

// ID returns the id. Whoever knows it is this client: it goes to the peer alone; logs get HashID.
func (c *Client) ID() string { return c.id }

// Realm returns the realm that the client belongs to.
func (c *Client) Realm() string { return c.set.opts.Realm }

// Principal returns who has logged in, or nil.
func (c *Client) Principal() *Principal { return c.view().principal }

// Expires returns when the client is forgotten if nothing more is heard of it; the zero time where nothing has been kept in it.
func (c *Client) Expires() time.Time {
	v := c.view()
	if v.version == 0 {
		return time.Time{}
	}
	return v.seen.Add(c.set.opts.Timeout)
}

func (c *Client) view() clientItem {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stored
}

func (c *Client) setView(v clientItem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stored = v
}

// clientOf returns the Client with that id and handle, of which nothing has been read yet.
func (s *ChannelSet) clientOf(id, handle string) *Client {
	return &Client{set: s, id: id, handle: handle, partition: s.partition("c/", handle)}
}

func (c *Client) key() Key { return Key{c.partition, "client"} }

// update changes what is stored of the client. It is computed from what this view has, and again from what is stored whenever
// something else was saved meanwhile. Whatever it changes, the client was seen now.
func (c *Client) update(ctx context.Context, change func(*clientState) error) error {
	view := c.view()
	return retry(ctx, func(anew bool) (err error) {
		if anew {
			if view, err = c.load(ctx); err != nil {
				return err
			}
		}
		next := clientItem{clientState: view.clientState, version: view.version}
		next.attributes = slices.Clone(view.attributes)
		if next.life == "" {
			next.life = c.set.newLife()
		}
		if err := change(&next.clientState); err != nil {
			return err
		}
		next.seen = c.set.Now()
		next.version, err = c.set.save(ctx, c.item(next))
		if err == nil {
			c.setView(next)
		}
		return storeError("save client", err)
	})
}

// load reads what is stored now.
func (c *Client) load(ctx context.Context) (clientItem, error) {
	items, err := c.set.store.Get(ctx, c.key())
	if err != nil || len(items) == 0 {
		return clientItem{}, storeError("load client", err)
	}
	return c.set.readClient(items[0], c.set.Now())
}

// item returns what is to be stored.
func (c *Client) item(v clientItem) Item {
	return Item{Key: c.key(), Version: v.version, Expires: v.seen.Add(c.set.opts.Timeout), Body: v.form()}
}

const clientForm = 1

func (s clientState) form() []byte {
	w := formWriter{b: []byte{clientForm}}
	w.text(s.life)
	w.time(s.seen)
	w.principal(s.principal)
	w.texts(s.attributes)
	return w.b
}

// readClient returns what an item holds; only its version where it has expired, since it is then replaced.
func (s *ChannelSet) readClient(it Item, now time.Time) (clientItem, error) {
	_, r, err := readForm(it.Body, clientForm)
	if err != nil {
		return clientItem{}, err
	}
	v := clientItem{version: it.Version}
	v.life, v.seen = r.text(), r.time()
	v.principal = r.principal()
	v.attributes = r.texts()
	if r.err == nil && s.expired(v.seen, now) {
		return clientItem{version: it.Version}, nil
	}
	return v, r.err
}

func (s *ChannelSet) expired(seen, now time.Time) bool { return !now.Before(seen.Add(s.opts.Timeout)) }

// stale reports whether it is time to note again that something lives: so that an idle one costs no write but now and then.
func (s *ChannelSet) stale(seen, now time.Time) bool {
	return !now.Before(seen.Add(s.opts.Timeout / 4))
}
