// Package eventbridge is a bridge from a destination to a bus of Amazon EventBridge: what delivers for a core.Follower.
//
// A message goes there at least once, as an event whose detail is a JSON document with all of it (docs/bridges.md), whose source names what has
// sent it, and whose detail type is the message's destination. EventBridge keeps no order.
package eventbridge

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/patchbay-go/patchbay/adapters/internal/envelope"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// Options are what a Bridge can be told. Origin must be.
type Options struct {
	// Origin is the name of this deployment, the same in all its bridges: letters, digits, '.', '_', '-', ':' and '/', at most 64. What
	// comes back with it is known.
	Origin string
	// Source is the events' source, by which rules know them. Default "patchbay".
	Source string
	// Forward lets what came over another bridge go on. Default: it does not.
	Forward bool
	// Registry is the ChannelSet's, for the names of classes.
	Registry *value.Registry
	// Aside takes what EventBridge will never take; errors.Is(reason, ErrTooLarge) tells of one that is too large. It may get a message
	// twice. Where it returns an error, or is nil, the message stays, and nothing passes it.
	Aside func(ctx context.Context, m *core.Message, reason error) error
}

// ErrTooLarge is why a message is put aside that is larger than EventBridge allows.
var ErrTooLarge = envelope.ErrTooLarge

// A Client is what the Bridge needs of *eventbridge.Client.
type Client interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// What EventBridge takes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
const (
	maxBytes = 1 << 20 // of all events of a request
	maxBatch = 10
	timeSize = 14 // bytes that an event's time counts as
)

// A Bridge puts messages on a bus. Its Deliver is a core.Follower's.
type Bridge struct {
	client Client
	bus    string
	source string
	outlet envelope.Outlet
}

// New returns a Bridge to the bus with a name or an ARN.
func New(client Client, bus string, opts *Options) (*Bridge, error) {
	o := *opts
	if err := envelope.CheckOrigin(o.Origin); err != nil {
		return nil, fmt.Errorf("bridge to %s: %w", bus, err)
	}
	if o.Source == "" {
		o.Source = "patchbay"
	}
	return &Bridge{client: client, bus: bus, source: o.Source, outlet: envelope.Outlet{
		Writer:   envelope.Writer{Registry: o.Registry, Limits: value.Limits{Bytes: maxBytes}, Origin: o.Origin, Forward: o.Forward},
		MaxBytes: maxBytes, Overhead: timeSize + len(o.Source), Aside: o.Aside,
	}}, nil
}

// Deliver is a core.Follower's: it returns without an error when EventBridge has taken all messages, or some were put aside. After an error
// all come again, those that were taken too.
func (b *Bridge) Deliver(ctx context.Context, _ int, messages []*core.Message) error {
	parcels, err := b.outlet.Pack(ctx, messages)
	if err != nil {
		return fmt.Errorf("bridge to %s: %w", b.bus, err)
	}
	for _, batch := range b.outlet.Batches(parcels, maxBatch, maxBytes) {
		if err := b.put(ctx, batch); err != nil {
			return fmt.Errorf("bridge to %s: %w", b.bus, err)
		}
	}
	return nil
}

// put puts parcels by one request, of which EventBridge may take some and fail others. Its answers stand in the order of the events.
func (b *Bridge) put(ctx context.Context, parcels []*envelope.Parcel) error {
	in := &eventbridge.PutEventsInput{}
	for _, p := range parcels {
		in.Entries = append(in.Entries, types.PutEventsRequestEntry{
			EventBusName: &b.bus, Source: &b.source, DetailType: aws.String(p.Topic.Destination), Detail: aws.String(string(p.Data)),
			Time: aws.Time(p.Message().Timestamp),
		})
	}
	out, err := b.client.PutEvents(ctx, in)
	if err != nil {
		return err
	}
	if len(out.Entries) != len(parcels) {
		return fmt.Errorf("of %d messages, %d were answered for", len(parcels), len(out.Entries))
	}
	var errs []error
	for i, e := range out.Entries {
		if e.ErrorCode != nil {
			errs = append(errs, b.failed(ctx, parcels[i], &e))
		}
	}
	return errors.Join(errs...)
}

// malformed is the code of an event that EventBridge cannot read: the message's own fault. All others may be over another time.
const malformed = "MalformedDetail"

// failed returns the error for a message that EventBridge has failed, or has it put aside.
func (b *Bridge) failed(ctx context.Context, p *envelope.Parcel, e *types.PutEventsResultEntry) error {
	reason := fmt.Errorf("message %q: %s: %s", p.ID, aws.ToString(e.ErrorCode), aws.ToString(e.ErrorMessage))
	if aws.ToString(e.ErrorCode) == malformed {
		return b.outlet.PutAside(ctx, p.Message(), reason)
	}
	return reason
}
