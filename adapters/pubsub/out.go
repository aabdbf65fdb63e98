package pubsub

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/patchbay-go/patchbay/adapters/internal/envelope"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// OutOptions are what an Out can be told. Origin must be.
type OutOptions struct {
	ClientOptions
	// Origin is the name of this deployment, the same in all its bridges: letters, digits, '.', '_', '-', ':' and '/', at most 64. What
	// comes back with it is known.
	Origin string
	// AsIs publishes the body of a message as it is, with the rest as attributes. Default: a JSON document with all of it.
	AsIs bool
	// Ordered gives messages an ordering key, their topic, so that subscriptions which ask for it get them in order. One key takes 1 MB
	// a second.
	Ordered bool
	// Forward lets what came over another bridge go on. Default: it does not.
	Forward bool
	// Registry is the ChannelSet's, for the names of classes.
	Registry *value.Registry
	// Aside takes what Pub/Sub will never take; errors.Is(reason, ErrTooLarge) tells of one that is too large. It may get a message twice.
	// Where it returns an error, or is nil, the message stays, and nothing passes it.
	Aside func(ctx context.Context, m *core.Message, reason error) error
}

// ErrTooLarge is why a message is put aside that is larger than Pub/Sub allows.
var ErrTooLarge = envelope.ErrTooLarge

// What Pub/Sub takes: https://cloud.google.com/pubsub/quotas. The rest of a request is left for what surrounds the messages.
const (
	maxMessageBytes = 10_000_000 - 1<<16
	maxRequestBytes = 10_000_000 - 1<<16
	maxRequest      = 1000 // messages
	messageOverhead = 64   // bytes, for what surrounds one
	maxAttribute    = 1024 // bytes
	maxOrderingKey  = 1024
)

// An Out publishes messages to a topic of Pub/Sub. Its Deliver is a core.Follower's.
type Out struct {
	client *client
	topic  string
	outlet envelope.Outlet
	order  bool
}

// OpenOut returns an Out to a project's topic. It connects with its first use.
func OpenOut(ctx context.Context, project, topic string, opts *OutOptions) (*Out, error) {
	o := *opts
	if err := envelope.CheckOrigin(o.Origin); err != nil {
		return nil, fmt.Errorf("open bridge to pubsub: %w", err)
	}
	name, err := topicName(project, topic)
	if err != nil {
		return nil, fmt.Errorf("open bridge to pubsub: %w", err)
	}
	client, err := o.dial(context.WithoutCancel(ctx))
	if err != nil {
		return nil, fmt.Errorf("open bridge to pubsub: %w", err)
	}
	out := &Out{client: client, topic: name, order: o.Ordered, outlet: envelope.Outlet{
		Writer:   envelope.Writer{Registry: o.Registry, Limits: value.Limits{Bytes: maxMessageBytes}, Origin: o.Origin, Forward: o.Forward},
		MaxBytes: maxMessageBytes, Overhead: messageOverhead, Aside: o.Aside,
	}}
	if o.AsIs {
		out.outlet.Writer.Form = envelope.AsIs
	}
	return out, nil
}

// Close ends the connection.
func (o *Out) Close() error { return o.client.Close() }

// Deliver is a core.Follower's: it returns without an error when Pub/Sub has taken all messages, or some were put aside.
func (o *Out) Deliver(ctx context.Context, _ int, messages []*core.Message) error {
	parcels, err := o.outlet.Pack(ctx, messages)
	if err != nil {
		return fmt.Errorf("bridge to %s: %w", o.topic, err)
	}
	if parcels, err = o.checked(ctx, parcels); err != nil {
		return fmt.Errorf("bridge to %s: %w", o.topic, err)
	}
	for _, run := range o.runs(parcels) {
		for _, batch := range o.outlet.Batches(run, maxRequest, maxRequestBytes) {
			if err := o.publish(ctx, batch); err != nil {
				return fmt.Errorf("bridge to %s: %w", o.topic, err)
			}
		}
	}
	return nil
}

// checked leaves out what has an attribute that Pub/Sub refuses, when it was put aside: with it a whole request would be refused.
func (o *Out) checked(ctx context.Context, parcels []*envelope.Parcel) ([]*envelope.Parcel, error) {
	good := parcels[:0]
	for _, p := range parcels {
		reason := attributesFit(p.Attributes)
		if reason == nil {
			good = append(good, p)
			continue
		}
		if err := o.outlet.PutAside(ctx, p.Message(), reason); err != nil {
			return nil, err
		}
	}
	return good, nil
}

func attributesFit(attributes map[string]string) error {
	for name, text := range attributes {
		if len(text) > maxAttribute {
			return fmt.Errorf("attribute %s has %d bytes, of which %d may be: %w", name, len(text), maxAttribute, ErrTooLarge)
		}
	}
	return nil
}

// runs returns the parcels by their ordering key, of which a request must have one alone, each run in the order of the log.
func (o *Out) runs(parcels []*envelope.Parcel) [][]*envelope.Parcel {
	if !o.order {
		return [][]*envelope.Parcel{parcels}
	}
	var runs [][]*envelope.Parcel
	place := map[string]int{}
	for _, p := range parcels {
		i, known := place[p.Group()]
		if !known {
			i = len(runs)
			place[p.Group()] = i
			runs = append(runs, nil)
		}
		runs[i] = append(runs[i], p)
	}
	return runs
}

// publish publishes parcels by one request, which is taken whole or not at all.
func (o *Out) publish(ctx context.Context, parcels []*envelope.Parcel) error {
	request := &pubsubpb.PublishRequest{Topic: o.topic}
	for _, p := range parcels {
		m := &pubsubpb.PubsubMessage{Data: p.Data, Attributes: p.Attributes}
		if o.order {
			m.OrderingKey = orderingKey(p.Group())
		}
		request.Messages = append(request.Messages, m)
	}
	response, err := o.client.Publish(about(ctx, "topic", o.topic), request)
	if err != nil {
		if status.Code(err) == codes.NotFound {
			return errors.Join(err, errors.New("make the topic first (gcloud pubsub topics create)"))
		}
		return err
	}
	if n := len(response.GetMessageIds()); n != len(parcels) {
		return fmt.Errorf("%d of %d messages were acknowledged", n, len(parcels))
	}
	return nil
}

// orderingKey is a group, or its hash where it is too long for a key or no UTF-8.
func orderingKey(group string) string {
	if len(group) <= maxOrderingKey && utf8.ValidString(group) {
		return group
	}
	return envelope.Short(group, 0)
}
