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

// connect makes the client's connection on the channel, agrees with it on small messages, and tells it its id. The result is the
// configuration, if the client has asked for it.
func (e *Endpoint) connect(ctx context.Context, call *core.Call) (any, error) {
	r := FromCall(call)
	conn, err := call.ChannelSet().Connect(ctx, r.channel.Name, call.Client)
	if err != nil {
		return nil, err
	}
	call.Conn = conn
	agreed := e.agree(r)
	if err := changeSession(ctx, conn, func(s *session) { s.messagingVersion = agreed }); err != nil {
		return nil, err
	}
	r.SetReplyHeader(headerID, call.Client.ID())
	if agreed > 0 {
		r.SetReplyHeader(headerMessagingVersion, agreed)
	}
	if r.Message.Headers.NeedsConfig {
		return e.configuration(call), nil
	}
	return nil, nil
}

// agree returns the version of small messages that both sides speak; 0: none.
func (e *Endpoint) agree(r *Request) byte {
	if e.opts.NoSmallMessages || !(r.Message.Headers.MessagingVersion >= messagingVersion) {
		return 0
	}
	return messagingVersion
}
