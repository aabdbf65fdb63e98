package amf

import (
	"context"

	"github.com/patchbay-go/patchbay/core"
)

// A consumer is a Flex Consumer that subscribes.
type consumer struct {
	call  *core.Call
	id    string // its clientId
	known bool   // it had one before: it may have subscribed before

	looked bool
	others []*core.Connection // the client's on other channels of this kind; see elsewhere
}

// consumer returns who a message subscribes, and puts its clientId into the message for the answer. A client that has no connection, since
// it has not pinged or its connection has expired, gets one, and one without a DSId gets that too.
func (e *Endpoint) consumer(ctx context.Context, call *core.Call) (*consumer, error) {
	r, set := FromCall(call), call.ChannelSet()
	client, err := call.Session(ctx)
	if err != nil {
		return nil, err
	}
	c := &consumer{call: call, known: r.Message.ClientID != ""}
	if c.id, err = e.consumerID(ctx, set, client, r.Message.ClientID); err != nil {
		return nil, err
	}
	if call.Conn == nil {
		if call.Conn, err = set.Connect(ctx, r.channel.Name, client); err != nil {
			return nil, err
		}
	}
	r.Message.ClientID = c.id
	return c, nil
}

// subscribe makes one of the consumer's subscriptions. One that is new here begins behind what a former one has confirmed: one whose place
// was to be preserved, or one on another channel, from which a client has come whose channel there has failed. That one ends then.
func (c *consumer) subscribe(ctx context.Context, r *core.SubscribeRequest) error {
	v, set := &r.Subscription, c.call.ChannelSet()
	v.ID = c.id
	agreed := readSession(c.call.Conn.Session())
	preserved := agreed.cursor(v)
	former, err := c.elsewhere(ctx, v)
	if err != nil {
		return err
	}
	if r.After = preserved; preserved == "" && former != nil {
		r.After = former.Cursor(v)
	}
	if err := set.Subscribe(ctx, c.call, c.call.Conn, r); err != nil {
		return messagingFault(err)
	}
	if former != nil {
		if err := finish(ctx, set, former, v); err != nil {
			return err
		}
	}
	if preserved == "" {
		return nil
	}
	return changeSession(ctx, c.call.Conn, func(s *session) { s.dropCursor(v) })
}

// elsewhere returns the client's connection on another channel that has a subscription which is new here; nil: there is none.
func (c *consumer) elsewhere(ctx context.Context, v *core.Subscription) (*core.Connection, error) {
	if !c.known || c.call.Conn.Cursor(v) != "" {
		return nil, nil
	}
	if !c.looked {
		var err error
		if c.others, err = otherConnections(ctx, c.call); err != nil {
			return nil, err
		}
		c.looked = true
	}
	for _, conn := range c.others {
		if conn.Cursor(v) != "" {
			return conn, nil
		}
	}
	return nil, nil
}

// otherConnections returns the connections that the caller has on other channels of this kind.
func otherConnections(ctx context.Context, call *core.Call) (others []*core.Connection, err error) {
	set := call.ChannelSet()
	for _, c := range set.Channels() {
		if _, ok := c.Endpoint.(*Endpoint); !ok || c == FromCall(call).channel {
			continue
		}
		_, conn, err := set.LoadConnection(ctx, c.Name, call.Client.ID())
		if err != nil {
			return nil, err
		}
		if conn != nil {
			others = append(others, conn)
		}
	}
	return others, nil
}
