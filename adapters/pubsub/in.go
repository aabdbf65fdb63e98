package pubsub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/patchbay-go/patchbay/adapters/internal/envelope"
	"github.com/patchbay-go/patchbay/core"
)

// InOptions are what an In can be told. One of Destination and Destinations must be.
type InOptions struct {
	ClientOptions
	// Destination gets what comes. A message that was bridged out of another deployment names its own destination, and goes there if it is
	// one of Destinations.
	Destination  string
	Destinations []string
	// Origin is this deployment's name, the one that its bridges give: what carries it has been bridged out from here, and is dropped.
	// Default: there is no bridge out.
	Origin string
	// AsIs publishes what comes as a text, or as bytes where it is none. Default: it is JSON. What was bridged out of another deployment
	// comes as it was published.
	AsIs bool
	// RefusePoison gives back what will never be taken, until the subscription's dead-letter topic gets it; without one it comes for days.
	// Default: it is logged and acknowledged.
	RefusePoison bool
	// Logger is told of what is never taken, and of failures. Default: the set's.
	Logger *slog.Logger
}

// An In pulls messages from a subscription and publishes them.
type In struct {
	client       *client
	subscription string
	inlet        envelope.Inlet
	refuse       bool
	logger       *slog.Logger
	stats        inCounters
}

// InStats are what an In has done so far, in messages.
type InStats struct {
	Published uint64 // or had been before
	Dropped   uint64 // since they came from here or had expired
	Poison    uint64 // will never be taken
	Failed    uint64 // and come again
}

type inCounters struct{ published, dropped, poison, failed atomic.Uint64 }

// Stats returns them.
func (in *In) Stats() InStats {
	c := &in.stats
	return InStats{c.published.Load(), c.dropped.Load(), c.poison.Load(), c.failed.Load()}
}

// OpenIn returns an In that publishes into set what comes from a project's subscription. It connects with its first use.
func OpenIn(ctx context.Context, set *core.ChannelSet, project, subscription string, opts *InOptions) (*In, error) {
	o := *opts
	if o.Logger == nil {
		o.Logger = set.Logger()
	}
	in := &In{refuse: o.RefusePoison, logger: o.Logger, inlet: envelope.Inlet{
		Set: set, Origin: o.Origin, Destination: o.Destination, Named: o.Destinations,
	}}
	if o.AsIs {
		in.inlet.Form = envelope.AsIs
	}
	err := in.inlet.Check()
	if err == nil {
		in.subscription, err = subscriptionName(project, subscription)
	}
	if err == nil {
		in.client, err = o.dial(context.WithoutCancel(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("open bridge from pubsub: %w", err)
	}
	return in, nil
}

// Close ends the connection.
func (in *In) Close() error { return in.client.Close() }

// pullMost is how many messages are asked for at once: few enough to be published before Pub/Sub's default deadline of ten seconds.
const pullMost = 50

// Run pulls until ctx ends, whose error it then returns. Any number of processes may pull from a subscription. A subscription that keeps the
// order of messages with an ordering key has it kept here.
func (in *In) Run(ctx context.Context) error {
	pulling := outage{logger: in.logger, what: "pulling from " + in.subscription}
	for ctx.Err() == nil {
		err := in.pull(ctx)
		if ctx.Err() != nil {
			break
		}
		if code := status.Code(err); code == codes.DeadlineExceeded {
			err = nil // nothing came
		}
		pulling.note(ctx, err)
		pulling.rest(ctx)
	}
	return ctx.Err()
}

// pull publishes some messages and tells Pub/Sub what became of them.
func (in *In) pull(ctx context.Context) error {
	response, err := in.client.Pull(about(ctx, "subscription", in.subscription), &pubsubpb.PullRequest{Subscription: in.subscription, MaxMessages: pullMost})
	if err != nil {
		return err
	}
	var taken, again []string
	before := in.stats.failed.Load()
	failed := map[string]bool{} // ordering keys of which a message comes again: those behind it must not pass it
	for _, r := range response.GetReceivedMessages() {
		key := r.GetMessage().GetOrderingKey()
		if failed[key] || !in.take(ctx, r.GetMessage()) {
			failed[key] = key != ""
			again = append(again, r.GetAckId())
			continue
		}
		taken = append(taken, r.GetAckId())
	}
	err = errors.Join(in.acknowledge(ctx, taken), in.giveBack(ctx, again))
	if err == nil && in.stats.failed.Load() > before {
		err = errNotPublished
	}
	return err
}

// errNotPublished has Run rest: what was given back comes again at once.
var errNotPublished = errors.New("messages could not be published")

// take publishes a message, and reports whether it needs not to come again.
func (in *In) take(ctx context.Context, m *pubsubpb.PubsubMessage) bool {
	fate, err := in.inlet.Take(ctx, &envelope.Arrival{ID: m.GetMessageId(), Data: m.GetData(), Attributes: m.GetAttributes()})
	poison, ok := errors.AsType[*envelope.Poison](err)
	switch {
	case ok:
		in.stats.poison.Add(1)
		in.logger.ErrorContext(ctx, "message will never be taken", "subscription", in.subscription, "id", m.GetMessageId(), "reason", poison.Err)
		return !in.refuse
	case err != nil:
		in.stats.failed.Add(1)
		in.logger.WarnContext(ctx, "message not published, it comes again", "subscription", in.subscription, "id", m.GetMessageId(), "error", err)
		return false
	case fate == envelope.Published:
		in.stats.published.Add(1)
	default:
		in.stats.dropped.Add(1)
	}
	return true
}

func (in *In) acknowledge(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	// They stand: if ctx ends now they would come again for nothing.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	_, err := in.client.Acknowledge(about(ctx, "subscription", in.subscription), &pubsubpb.AcknowledgeRequest{Subscription: in.subscription, AckIds: ids})
	return err
}

// giveBack has messages come again at once, with those behind them.
func (in *In) giveBack(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := in.client.ModifyAckDeadline(about(ctx, "subscription", in.subscription),
		&pubsubpb.ModifyAckDeadlineRequest{Subscription: in.subscription, AckIds: ids, AckDeadlineSeconds: 0})
	return err
}
