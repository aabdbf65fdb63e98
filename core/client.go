package core

import (
	"context"
	"time"
)

// A Client is who: a principal, if somebody has logged in, and attributes, under an id that the caller's protocol carries. It is what
// was loaded at the beginning of a call; Login, Logout and attributes change what is stored and this view of it. The methods that
// take a context may be called by any number of goroutines; Login and Logout of one Client may not run beside its other methods.
type Client struct {
	set    *ChannelSet
	id     string
	handle string
	state  clientState
}

// ID returns the id. Whoever knows it is this client: it goes to the peer alone; logs get HashID.
func (c *Client) ID() string { return c.id }

// Realm returns the realm that the client belongs to.
func (c *Client) Realm() string { return c.set.opts.Realm }

// Principal returns who has logged in, or nil.
func (c *Client) Principal() *Principal { return c.state.principal }

// Expires returns when the client is forgotten if nothing more is heard of it.
func (c *Client) Expires() time.Time { return c.state.seen.Add(c.set.opts.Timeout) }

// NewClient mints an id and returns its Client, with nothing in it. It is stored when something is kept in it.
func (s *ChannelSet) NewClient(ctx context.Context) (*Client, error) {
	panic("skeleton")
}

// Client returns the Client with that id, which a peer has sent: empty and anonymous where its state has expired, and nil, without
// an error, for text that we did not mint. It notes that the client is alive, which is a write only from time to time.
func (s *ChannelSet) Client(ctx context.Context, id string) (*Client, error) {
	panic("skeleton")
}

// Load is Client and Connection in one read. The Connection is nil where the client has none on that channel.
func (s *ChannelSet) Load(ctx context.Context, channel, id string) (*Client, *Connection, error) {
	panic("skeleton")
}

type clientState struct {
	principal *Principal
	seen      time.Time
}
