package amf

import (
	"context"
	"net/url"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

// A caller is who sends a packet: the client behind the DSId of its messages, or, for what has none, behind a cookie or the URL. It
// remembers the last one, so that the bodies of a packet share it and the store is asked once.
type caller struct {
	id      string // what client was looked up by
	client  *core.Client
	conn    *core.Connection
	partial bool // nothing is known of the client but its connection: see introduce

	urlKnown bool // urlClient has been looked up
	url      *core.Client
	minted   bool // url is new, and the client has to hear of it
}

// nilID is what a Flex client sends that has no id yet.
const nilID = "nil"

// lookup finds the client with that DSId. It stays nil for an id that is missing, and for one that is not ours.
func (c *caller) lookup(ctx context.Context, s *step, id string, partial bool) error {
	switch {
	case id == "" || id == nilID:
		c.set("", nil, nil)
		return nil
	case c.id == id && (partial || !c.partial):
		return nil
	}
	load := s.set.Load
	if partial {
		load = s.set.LoadConnection
	}
	client, conn, err := load(ctx, s.in.Channel.Name, id)
	if err == nil {
		c.set(id, client, conn)
		c.partial = partial
	}
	return err
}

// set makes client the one behind id.
func (c *caller) set(id string, client *core.Client, conn *core.Connection) {
	c.id, c.client, c.conn = id, client, conn
}

// introduce tells call who sends a message: nobody without a DSId, and with one that is not ours somebody who can be given no
// session, since a Flex client that has an id takes no other. A poll, which comes every few seconds, has use for its connection alone:
// partial leaves the rest of the client unread.
func (c *caller) introduce(ctx context.Context, s *step, call *core.Call, id string, partial bool) error {
	if err := c.lookup(ctx, s, id, partial); err != nil {
		return err
	}
	if c.id != "" && c.client == nil {
		call.NoSession = foreignID()
		return nil
	}
	call.Client, call.Conn = c.client, c.conn
	return nil
}

// adopt takes over what a command has made of the client and its connection.
func (c *caller) adopt(call *core.Call) {
	if call.Client != nil {
		c.set(call.Client.ID(), call.Client, call.Conn)
	}
}

// introduceByURL tells call whom cookie or URL name; nobody where they say nothing, or nothing of ours.
func (c *caller) introduceByURL(ctx context.Context, s *step, call *core.Call) error {
	if !c.urlKnown {
		for _, id := range []string{s.set.SessionID(&s.in.Peer), urlSession(s.in.Peer.URL)} {
			if id == "" || c.url != nil {
				continue
			}
			client, err := s.set.Client(ctx, id)
			if err != nil {
				return err
			}
			c.url = client
		}
		c.urlKnown = true
	}
	call.Client = c.url
	return nil
}

// remember keeps the client that a call without one was given, for the calls behind it in the packet.
func (c *caller) remember(call *core.Call) {
	if call.Minted() {
		c.url, c.minted = call.Client, true
	}
}

// foreignID is the fault for what needs a session and comes with an id that is not ours.
func foreignID() *core.Fault {
	return core.Conflict.Errorf("The DSId was not given out by this server.").WithName("Server.Processing.DuplicateSessionDetected")
}

// sessionParameter names the parameter of the URL that AppendToGatewayUrl adds.
const sessionParameter = "patchbay"

// announce tells the client of a NetConnection call the id of its new session, in two ways: not every player keeps cookies, and
// whoever does should not need the URL.
func (s *step) announce() {
	if !s.caller.minted {
		return
	}
	id := s.caller.url.ID()
	s.in.SetCookie(s.set.SessionCookie(id, &s.in.Peer))
	separator := "?"
	if u := s.in.Peer.URL; u != nil && u.RawQuery != "" {
		separator = "&"
	}
	s.packet.AppendToGatewayURL(separator + sessionParameter + "=" + id)
}

// urlSession returns the id that the URL brings back. A client that was told several has appended them all; the last one counts.
func urlSession(u *url.URL) string {
	if u == nil {
		return ""
	}
	i := strings.LastIndex(u.RawQuery, sessionParameter+"=")
	if i < 0 {
		return ""
	}
	id := u.RawQuery[i+len(sessionParameter)+1:]
	if end := strings.IndexAny(id, "&?;"); end >= 0 {
		id = id[:end]
	}
	return id
}
