package core

import (
	"context"
)

// A Call is one invocation, whatever protocol it came by. The endpoint that makes it fills in the exported fields and hands it to
// ChannelSet.Invoke; interceptors and targets read it. It belongs to one invocation and its goroutine, and must not be kept.
type Call struct {
	Service   string // empty: the default service
	Operation string
	Args      Args              // still encoded
	Client    *Client           // whose session this is; nil where the caller has none (yet: see Session)
	Conn      *Connection       // nil for callers without one
	Peer      Peer              // address, HTTP headers, cookies, TLS, platform claims
	Meta      map[string]string // headers of the protocol, as text
	Progress  func(v any) error // nil: the caller takes no interim results
	Back      Caller            // calls what the caller itself offers; nil: it cannot be called. It may be kept

	// Identity is who this request alone says it is, and has proved (ChannelSet.Authenticate): AMF's Credentials header, HTTP Basic.
	// It goes before the Client's principal and leaves no session behind.
	Identity *Principal

	// NoSession, where not nil, is why this caller can be given no session: the endpoint sets it for one that sent an id which we did
	// not mint.
	NoSession *Fault

	// Attachment is the protocol's own view of the call, for targets that need it: protocols/amf puts packet and message here and
	// has a function that reads them. Nil where a protocol has nothing to add.
	Attachment any

	set    *ChannelSet // set by Invoke
	minted bool
}

// Principal returns who calls: whom this request has proved to be, or else who has logged in to the caller's session; nil: anyone.
func (c *Call) Principal() *Principal {
	if c.Identity != nil {
		return c.Identity
	}
	if c.Client != nil {
		return c.Client.Principal()
	}
	return nil
}

// Session returns the caller's Client. A caller without one gets a new one now, and the endpoint announces its id with the answer:
// see Minted. It costs nothing in the store before something is kept in it. The error is NoSession where that is set.
func (c *Call) Session(ctx context.Context) (*Client, error) {
	if c.Client != nil {
		return c.Client, nil
	}
	if c.NoSession != nil {
		return nil, c.NoSession
	}
	if c.set == nil {
		return nil, Unavailable.Errorf("There are no sessions here.")
	}
	client, err := c.set.NewClient(ctx)
	if err != nil {
		return nil, err
	}
	c.Client, c.minted = client, true
	return client, nil
}

// Minted reports whether Session made Client during this call, so that its id has to be told to the caller.
func (c *Call) Minted() bool { return c.minted }

// ChannelSet returns the set that runs this call; nil before Invoke.
func (c *Call) ChannelSet() *ChannelSet { return c.set }

type callKey struct{}

// CallFrom returns the Call that ctx belongs to, for typed targets that want to know their caller; nil outside of one.
func CallFrom(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

func withCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}
