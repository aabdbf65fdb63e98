package amf

import (
	"context"

	"github.com/patchbay-go/patchbay/core"
)

// The headers that answers carry.
const (
	headerID               = "DSId"
	headerMessagingVersion = "DSMessagingVersion"
)

// messagingVersion is the version of small messages that we speak; there is no other.
const messagingVersion = 1

// ping connects a channel. A client without an id gets one, also in place of an id that is not ours; one of ours stays for ever, since
// a Flex client can never be given another: where its state has expired it is a new, empty client under the old id.
func (e *Endpoint) ping(ctx context.Context, call *core.Call) (any, error) {
	if call.Client == nil {
		client, err := call.ChannelSet().NewClient(ctx)
		if err != nil {
			return nil, err
		}
		call.Client = client
	}
	return e.connect(ctx, call)
}

// connect makes the client's connection on the channel, or rolls back the one that there is, agrees with it on small messages, and tells
// it its id. The result is the configuration, if the client has asked for it.
func (e *Endpoint) connect(ctx context.Context, call *core.Call) (any, error) {
	r := FromCall(call)
	if err := r.reconnect(ctx, call); err != nil {
		return nil, err
	}
	if err := e.agree(ctx, call.Conn, r.Message); err != nil {
		return nil, err
	}
	r.SetReplyHeader(headerID, call.Client.ID())
	if !e.opts.NoSmallMessages && !r.Message.classless {
		r.SetReplyHeader(headerMessagingVersion, messagingVersion) // also to who did not ask, as in BlazeDS
	}
	if r.Message.Headers.NeedsConfig {
		return e.configuration(call), nil
	}
	return nil, nil
}

// reconnect makes the client's connection. One that there is belongs to a client that has lost it and connects anew, so what it was sent
// and has not confirmed comes again; but for a heartbeat, which says that nothing is lost.
func (r *Request) reconnect(ctx context.Context, call *core.Call) (err error) {
	known := call.Conn != nil
	if call.Conn, err = call.ChannelSet().Connect(ctx, r.channel.Name, call.Client); err != nil {
		return err
	}
	if !known || r.Message.Headers.is(headerHeartbeat) {
		return nil
	}
	return call.Conn.Rollback(ctx, r.received)
}

// agree keeps that the client understands small messages. Its first ping says so; its heartbeats, and a login behind the ping, say nothing
// of it, and change nothing.
func (e *Endpoint) agree(ctx context.Context, conn *core.Connection, m *Message) error {
	if e.opts.NoSmallMessages || !(m.Headers.MessagingVersion >= messagingVersion) {
		return nil
	}
	return changeSession(ctx, conn, func(s *session) { s.messagingVersion = messagingVersion })
}
