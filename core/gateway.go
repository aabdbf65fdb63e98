package core

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A Gateway holds sockets for functions: an API Gateway's WebSocket API. It names each, and no two alike. Its methods may be called by any
// number of goroutines, and each has to end when its ctx does.
type Gateway interface {
	// Post sends one unit to a socket. ErrSocketGone says that there is no such socket any more, and never will be; after any other error
	// the unit may be sent again.
	Post(ctx context.Context, id string, unit []byte) error
	// CloseSocket ends a socket. ErrSocketGone is as good as nil.
	CloseSocket(ctx context.Context, id string) error
	// MaxUnit is how many bytes a unit may have.
	MaxUnit() int
}

// An EventWriter is an Endpoint whose peers may have their sockets outside this process, and be sent events there.
type EventWriter interface {
	Endpoint
	// AppendEvent appends the unit that tells of an event. It appends nothing for one that the protocol has no form for, after it has
	// logged that.
	AppendEvent(ctx context.Context, set *ChannelSet, b []byte, e *FeedEvent) []byte
}

// socketName is what push rows and OutsideSockets call a socket of the gateway's that was opened on a channel.
func socketName(channel, id string) string { return channel + "/" + id }

// splitSocketName undoes socketName: names of channels have no slash.
func splitSocketName(name string) (channel, id string) {
	channel, id, _ = strings.Cut(name, "/")
	return channel, id
}

// A gatewayPusher is the Pusher of a set with a Gateway: it has the endpoint of a socket's channel write the events.
type gatewayPusher struct {
	set     *ChannelSet
	gateway Gateway
}

// Push implements Pusher. An event that is too large for the gateway is left out, and logged.
func (p *gatewayPusher) Push(ctx context.Context, socket string, deliveries []Delivery) error {
	channel, id := splitSocketName(socket)
	writer, err := p.set.eventWriter(channel)
	if err != nil {
		return err
	}
	var unit []byte
	for i := range deliveries {
		d := &deliveries[i]
		unit = writer.AppendEvent(ctx, p.set, unit[:0], &FeedEvent{Delivery: *d, Cursor: cursorText(d.source.epoch, d.source.done.with(d.shard, d.end))})
		switch {
		case len(unit) == 0:
			continue
		case len(unit) > p.gateway.MaxUnit():
			p.set.opts.Logger.WarnContext(ctx, "event left out", "channel", channel, "message", d.Message.ID, "destination", d.Message.Destination,
				"bytes", len(unit), "most", p.gateway.MaxUnit())
			continue
		}
		if err := p.gateway.Post(ctx, id, unit); err != nil {
			return err
		}
	}
	return nil
}

// CloseSocket implements Pusher.
func (p *gatewayPusher) CloseSocket(ctx context.Context, socket string) error {
	_, id := splitSocketName(socket)
	return p.gateway.CloseSocket(ctx, id)
}

func (s *ChannelSet) eventWriter(channel string) (EventWriter, error) {
	if c := s.channels[channel]; c != nil {
		if w, ok := c.Endpoint.(EventWriter); ok {
			return w, nil
		}
	}
	return nil, fmt.Errorf("channel %q: %w", channel, errNoEvents)
}

var errNoEvents = errors.New("no endpoint that writes events for sockets outside the process")
