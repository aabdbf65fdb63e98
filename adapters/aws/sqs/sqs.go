// Package sqs is a bridge from a destination to a queue of Amazon SQS: what delivers for a core.Follower.
//
// A message goes there at least once, as a JSON document with all of it or as its body alone: docs/bridges.md. To a FIFO queue messages go in
// groups, one for each topic of theirs, which keep their order, and SQS drops what comes twice within five minutes. The way back, from a queue
// to a destination, is adapters/lambda's.
package sqs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/patchbay-go/patchbay/adapters/internal/envelope"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// Options are what a Bridge can be told. Origin must be.
type Options struct {
	// Origin is the name of this deployment, the same in all its bridges: letters, digits, '.', '_', '-', ':' and '/', at most 64. What
	// comes back with it is known.
	Origin string
	// AsIs sends the body of a message as it is, with the rest as attributes. Default: a JSON document with all of it.
	AsIs bool
	// Forward lets what came over another bridge go on. Default: it does not.
	Forward bool
	// Registry is the ChannelSet's, for the names of classes.
	Registry *value.Registry
	// MaxBytes is how many bytes the queue takes of a message. Default 1 MiB, the most there is.
	MaxBytes int
	// Aside takes what SQS will never take; errors.Is(reason, ErrTooLarge) tells of one that is too large. It may get a message twice. Where
	// it returns an error, or is nil, the message stays, and nothing passes it.
	Aside func(ctx context.Context, m *core.Message, reason error) error
}

// ErrTooLarge is why a message is put aside that is larger than the queue allows.
var ErrTooLarge = envelope.ErrTooLarge

// A Client is what the Bridge needs of *sqs.Client.
type Client interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// What SQS takes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	maxBytes = 1 << 20 // of a message, and of all of a request
	maxBatch = 10
	maxName  = 128 // characters of a group or of what tells what comes twice
)

// A Bridge sends messages to a queue. Its Deliver is a core.Follower's.
type Bridge struct {
	client Client
	queue  string
	fifo   bool
	most   int
	outlet envelope.Outlet
}

// New returns a Bridge to the queue at a URL.
func New(client Client, queueURL string, opts *Options) (*Bridge, error) {
	o := *opts
	if err := envelope.CheckOrigin(o.Origin); err != nil {
		return nil, fmt.Errorf("bridge to %s: %w", queueURL, err)
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = maxBytes
	}
	b := &Bridge{client: client, queue: queueURL, fifo: strings.HasSuffix(queueURL, ".fifo"), most: min(o.MaxBytes, maxBytes)}
	b.outlet = envelope.Outlet{
		Writer:   envelope.Writer{Registry: o.Registry, Limits: value.Limits{Bytes: b.most}, Origin: o.Origin, Forward: o.Forward, Text: true},
		MaxBytes: b.most, Overhead: overhead, Aside: o.Aside,
	}
	if o.AsIs {
		b.outlet.Writer.Form = envelope.AsIs
	}
	return b, nil
}

// overhead is for the types of a message's attributes, which count: at most ten times "String".
const overhead = 64

// Deliver is a core.Follower's: it returns without an error when SQS has taken all messages, or some were put aside. After an error all come
// again, those that were taken too.
func (b *Bridge) Deliver(ctx context.Context, _ int, messages []*core.Message) error {
	parcels, err := b.outlet.Pack(ctx, messages)
	if err != nil {
		return fmt.Errorf("bridge to %s: %w", b.queue, err)
	}
	for _, batch := range b.outlet.Batches(parcels, maxBatch, maxBytes) {
		if err := b.send(ctx, batch); err != nil {
			return fmt.Errorf("bridge to %s: %w", b.queue, err)
		}
	}
	return nil
}

// send sends parcels by one request, of which SQS may take some and fail others.
func (b *Bridge) send(ctx context.Context, parcels []*envelope.Parcel) error {
	in := &sqs.SendMessageBatchInput{QueueUrl: &b.queue}
	for i, p := range parcels {
		in.Entries = append(in.Entries, b.entry(i, p))
	}
	out, err := b.client.SendMessageBatch(ctx, in)
	if err != nil {
		return err
	}
	if n := len(out.Successful) + len(out.Failed); n != len(parcels) {
		return fmt.Errorf("of %d messages, %d were answered for", len(parcels), n)
	}
	var errs []error
	for _, f := range out.Failed {
		errs = append(errs, b.failed(ctx, parcels, &f))
	}
	return errors.Join(errs...)
}

func (b *Bridge) entry(i int, p *envelope.Parcel) types.SendMessageBatchRequestEntry {
	e := types.SendMessageBatchRequestEntry{
		Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(p.Data)), MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for name, text := range p.Attributes {
		e.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(text)}
	}
	if b.fifo {
		e.MessageGroupId = aws.String(envelope.Short(p.Group(), maxName))
		e.MessageDeduplicationId = aws.String(envelope.Short(p.ID, maxName))
	}
	return e
}

// failed returns the error for a message that SQS has failed, or has it put aside where that is the message's own fault.
func (b *Bridge) failed(ctx context.Context, parcels []*envelope.Parcel, f *types.BatchResultErrorEntry) error {
	i, err := strconv.Atoi(aws.ToString(f.Id))
	if err != nil || i < 0 || i >= len(parcels) {
		return fmt.Errorf("an answer for message %q, which was not sent", aws.ToString(f.Id))
	}
	reason := fmt.Errorf("message %q: %s: %s", parcels[i].ID, aws.ToString(f.Code), aws.ToString(f.Message))
	if f.SenderFault && envelope.IsOfContent(aws.ToString(f.Code)) {
		return b.outlet.PutAside(ctx, parcels[i].Message(), reason)
	}
	return reason
}
