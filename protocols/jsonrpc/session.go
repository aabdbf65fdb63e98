package jsonrpc

import (
	"context"

	"github.com/patchbay-go/patchbay/core"
)

// A caller is who sent a unit: all requests of a batch come from one.
type caller struct {
	client   *core.Client    // the session of the cookie, or the one that a request of this unit got
	identity *core.Principal // who the unit itself says it is, by HTTP Basic
	err      error           // why nobody knows who calls: the answer to all requests
	minted   bool            // the session is new and has to be told

	identified bool // identity and err are known: of a socket
}

// identify finds out who sent a unit, once for all its requests. A session's id that we did not mint is no session; it is not an
// error, since browsers keep cookies longer than we do, and a new one takes its place when a session is needed.
func (c *caller) identify(ctx context.Context, set *core.ChannelSet, session string, from *core.Peer) error {
	if session != "" {
		client, err := set.Client(ctx, session)
		if err != nil {
			c.err = err
			return err
		}
		c.client = client
	}
	if !c.identified {
		c.identity, c.err = set.Identify(ctx, from)
	}
	return c.err
}

// introduce tells a call who calls. Someone who says wrongly who they are may not even call what is open to anyone.
func (c *caller) introduce(call *core.Call) error {
	call.Client, call.Identity = c.client, c.identity
	return c.err
}

// remember keeps the session that a call has got, for the calls behind it in a batch.
func (c *caller) remember(call *core.Call) {
	c.client, c.minted = call.Client, c.minted || call.Minted()
}
