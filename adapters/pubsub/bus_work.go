package pubsub

import (
	"context"
	"log/slog"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/patchbay-go/patchbay/core"
)

// sendTimeout is how long Pub/Sub may take for one payload. What has not gone by then is not worth much any more.
const sendTimeout = 5 * time.Second

// send sends what is in the queue until the Bus is closed, and what is left then.
func (b *Bus) send() {
	sending := outage{logger: b.logger, what: "publishing notices"}
	for b.ctx.Err() == nil {
		select {
		case n := <-b.queue:
			sending.note(b.ctx, b.sendTogether(n, sendTimeout))
			sending.rest(b.ctx) // meanwhile the queue may overflow: what is in it then is no older than the rest
		case <-b.ctx.Done():
		}
	}
	for len(b.queue) > 0 && sending.fails == 0 {
		sending.note(b.ctx, b.sendTogether(<-b.queue, farewell))
	}
}

// sendTogether sends a notice and those behind it in the queue in one message.
func (b *Bus) sendTogether(first core.Notice, limit time.Duration) error {
	var together batch
	together.add(first)
	for !together.full() && len(b.queue) > 0 {
		together.add(<-b.queue)
	}
	data, err := appendPayload(together.notices)
	if err == nil {
		err = b.sendPayload(data, limit)
	}
	count := &b.stats.sent
	if err != nil {
		count = &b.stats.dropped
	}
	count.Add(uint64(len(together.notices)))
	return err
}

func (b *Bus) sendPayload(data []byte, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), limit)
	defer cancel()
	defer context.AfterFunc(b.ctx, func() { time.AfterFunc(farewell, cancel) })() // who closes does not wait for all of it
	_, err := b.client.Publish(about(ctx, "topic", b.topic), &pubsubpb.PublishRequest{
		Topic:    b.topic,
		Messages: []*pubsubpb.PubsubMessage{{Data: data, Attributes: map[string]string{instanceAttribute: b.instance}}},
	})
	return err
}

// receive hands on what comes until the Bus is closed. A stream that ends is opened anew; Pub/Sub ends each after a while.
func (b *Bus) receive() {
	hearing := outage{logger: b.logger, what: "hearing notices", free: 1}
	for b.ctx.Err() == nil {
		err := b.hearSome(&hearing)
		if b.ctx.Err() != nil {
			return
		}
		hearing.note(b.ctx, err)
		hearing.rest(b.ctx)
		if status.Code(err) == codes.NotFound { // somebody has deleted it, or nobody was here for a day
			hearing.note(b.ctx, b.subscribe(b.ctx))
		}
	}
}

// hearSome hands on what comes until that fails. Nothing has to be caught up with: whoever has missed a notice finds what it is about.
func (b *Bus) hearSome(hearing *outage) error {
	stream, err := b.client.StreamingPull(about(b.ctx, "subscription", b.subscription))
	if err != nil {
		return err
	}
	begin := &pubsubpb.StreamingPullRequest{Subscription: b.subscription, StreamAckDeadlineSeconds: ackDeadline}
	if err := stream.Send(begin); err != nil {
		return err
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		hearing.note(b.ctx, nil)
		var taken []string
		for _, m := range response.GetReceivedMessages() {
			b.take(m.GetMessage())
			taken = append(taken, m.GetAckId())
		}
		if err := stream.Send(&pubsubpb.StreamingPullRequest{AckIds: taken}); err != nil {
			return err
		}
	}
}

// take hands on the notices of a message. One's own come where Pub/Sub knows no filters, as its emulator.
func (b *Bus) take(m *pubsubpb.PubsubMessage) {
	if m.GetAttributes()[instanceAttribute] == b.instance {
		return
	}
	notices, err := readPayload(m.GetData())
	if err != nil {
		b.stats.ignored.Add(1)
		return
	}
	for _, n := range notices {
		b.tell(n)
	}
}

// An outage is a time in which something fails. Its begin and its end are logged once each.
type outage struct {
	logger *slog.Logger
	what   string
	free   int // failures in a row that are nothing to speak of
	fails  int // in a row
}

func (o *outage) note(ctx context.Context, err error) {
	switch {
	case err != nil && o.fails == o.free:
		o.logger.WarnContext(ctx, o.what+" fails and is tried again", "error", err)
	case err == nil && o.fails > o.free:
		o.logger.InfoContext(ctx, o.what+" works again", "failures", o.fails)
	}
	if o.fails++; err == nil {
		o.fails = 0
	}
}

// How long after a failure it is tried again: twice as long each time.
const (
	firstPause   = 50 * time.Millisecond
	longestPause = 5 * time.Second
)

// rest waits until it is time to try again, or ctx ends.
func (o *outage) rest(ctx context.Context) {
	if o.fails == 0 {
		return
	}
	timer := time.NewTimer(min(firstPause<<min(o.fails-1, 10), longestPause))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
