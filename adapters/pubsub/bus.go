package pubsub

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/patchbay-go/patchbay/core"
)

// BusOptions are what a Bus can be told. The zero value is good.
type BusOptions struct {
	ClientOptions
	// Queue is how many notices may wait to be sent; more are dropped. Default 1024.
	Queue int
	// Logger is told when Pub/Sub is away, and when it is back. Default: nobody is.
	Logger *slog.Logger
}

// A Bus is a core.Bus over a topic of Pub/Sub. Each has a subscription of its own, which it makes and deletes; that of an instance which was
// killed Pub/Sub removes after a day. It has one goroutine that sends and one that receives, until Close: an instance of Cloud Run needs its
// CPU between requests for that.
type Bus struct {
	client       *client
	topic        string
	subscription string
	instance     string
	logger       *slog.Logger
	queue        chan core.Notice
	stats        busCounters

	ctx    context.Context //nolint:containedctx // it is the Bus's life: Close ends it
	end    context.CancelFunc
	work   sync.WaitGroup
	closed sync.Once
	ended  error // what closing gave; set by it

	mu      sync.RWMutex
	last    int
	hearers map[int]func(core.Notice)
}

var _ core.Bus = (*Bus)(nil)

// ErrClosed is what Publish returns after Close.
var ErrClosed = errors.New("the bus is closed")

// BusStats are what a Bus has done so far, in notices, but for Ignored.
type BusStats struct {
	Sent    uint64 // to Pub/Sub; several of one log count as one
	Dropped uint64 // since the queue was full, or Pub/Sub did not take them
	Heard   uint64 // of other instances
	Ignored uint64 // messages that were none of a Bus of this version
}

type busCounters struct{ sent, dropped, heard, ignored atomic.Uint64 }

// Stats returns them.
func (b *Bus) Stats() BusStats {
	c := &b.stats
	return BusStats{Sent: c.sent.Load(), Dropped: c.dropped.Load(), Heard: c.heard.Load(), Ignored: c.ignored.Load()}
}

// OpenBus returns a Bus over a project's topic. Before it returns it has made its subscription, and the error says what is missing.
// Later failures are no errors, but are logged.
func OpenBus(ctx context.Context, project, topic string, opts *BusOptions) (*Bus, error) {
	var o BusOptions
	if opts != nil {
		o = *opts
	}
	if o.Queue <= 0 {
		o.Queue = 1024
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Bus{logger: o.Logger, queue: make(chan core.Notice, o.Queue), hearers: map[int]func(core.Notice){}}
	if err := b.open(ctx, project, topic, &o); err != nil {
		return nil, fmt.Errorf("open pubsub bus: %w", err)
	}
	b.work.Go(b.send)
	b.work.Go(b.receive)
	return b, nil
}

func (b *Bus) open(ctx context.Context, project, topic string, o *BusOptions) (err error) {
	if err := b.name(project, topic); err != nil {
		return err
	}
	b.ctx, b.end = context.WithCancel(context.WithoutCancel(ctx))
	if b.client, err = o.dial(b.ctx); err != nil {
		b.end()
		return err
	}
	err = b.subscribe(ctx)
	if status.Code(err) == codes.NotFound && o.Emulator != "" {
		err = errors.Join(ignore(codes.AlreadyExists, b.makeTopic(ctx)), b.subscribe(ctx))
	}
	if err != nil {
		b.end()
		return errors.Join(fmt.Errorf("subscribe to %s: %w%s", b.topic, err, advice(err)), b.client.Close())
	}
	return nil
}

// name gives the instance a name that no other has.
func (b *Bus) name(project, topic string) (err error) {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails
	b.instance = hex.EncodeToString(random)
	if b.topic, err = topicName(project, topic); err != nil {
		return err
	}
	b.subscription, err = subscriptionName(project, topic+"-"+b.instance)
	return err
}

func (b *Bus) makeTopic(ctx context.Context) error {
	_, err := b.client.CreateTopic(about(ctx, "name", b.topic), &pubsubpb.Topic{Name: b.topic})
	return err
}

// The shortest times that Pub/Sub allows: what is not heard soon is not worth hearing.
const (
	retention   = 10 * time.Minute
	expiration  = 24 * time.Hour
	ackDeadline = 10 // seconds
)

// instanceAttribute says which instance a payload is of, so that Pub/Sub does not send it back there.
const instanceAttribute = "instance"

// subscribe makes the subscription. It may be there already, from a try whose answer was lost.
func (b *Bus) subscribe(ctx context.Context) error {
	_, err := b.client.CreateSubscription(about(ctx, "name", b.subscription), &pubsubpb.Subscription{
		Name: b.subscription, Topic: b.topic, AckDeadlineSeconds: ackDeadline,
		MessageRetentionDuration: durationpb.New(retention),
		ExpirationPolicy:         &pubsubpb.ExpirationPolicy{Ttl: durationpb.New(expiration)},
		Filter:                   fmt.Sprintf("attributes.%s != %q", instanceAttribute, b.instance),
	})
	return ignore(codes.AlreadyExists, err)
}

func ignore(code codes.Code, err error) error {
	if status.Code(err) == code {
		return nil
	}
	return err
}

// advice says what to do about what Pub/Sub answers.
func advice(err error) string {
	switch status.Code(err) {
	case codes.NotFound:
		return ": make the topic first (gcloud pubsub topics create)"
	case codes.PermissionDenied:
		return ": give the service account the roles pubsub.publisher on the topic, and pubsub.subscriber and permission to create and delete subscriptions " +
			"(pubsub.editor has all) on the project"
	case codes.Unavailable, codes.DeadlineExceeded:
		return ": is it reached from here?"
	}
	return ""
}

// Publish implements core.Bus: it puts the notice into the queue and returns. Where that is full, it is dropped, which is no error: what
// nobody is told of is found all the same.
func (b *Bus) Publish(_ context.Context, n core.Notice) error {
	if b.ctx.Err() != nil {
		return ErrClosed
	}
	if !fits(n) {
		b.stats.dropped.Add(1) // nobody would take it
		return nil
	}
	select {
	case b.queue <- n:
	default:
		b.stats.dropped.Add(1)
	}
	return nil
}

// Subscribe implements core.Bus. hear does not get the notices of this instance.
func (b *Bus) Subscribe(hear func(core.Notice)) (cancel func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	id := b.last
	b.hearers[id] = hear
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.hearers, id)
	}
}

// tell gives a notice to all who hear.
func (b *Bus) tell(n core.Notice) {
	b.stats.heard.Add(1)
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, hear := range b.hearers {
		hear(n)
	}
}

// farewell is how long deleting the subscription may take: whoever closes may have no more than a second or two.
const farewell = time.Second

// Close sends what is in the queue, if Pub/Sub takes it soon, deletes the subscription and ends the connections. It may be called twice.
func (b *Bus) Close() error {
	b.closed.Do(func() {
		b.end()
		b.work.Wait()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), farewell)
		defer cancel()
		_, err := b.client.DeleteSubscription(about(ctx, "subscription", b.subscription), &pubsubpb.DeleteSubscriptionRequest{Subscription: b.subscription})
		if ignore(codes.NotFound, err) != nil {
			b.logger.WarnContext(ctx, "the bus's subscription stays for a day", "subscription", b.subscription, "error", err)
		}
		b.ended = b.client.Close()
	})
	return b.ended
}
