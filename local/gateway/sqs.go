package gateway

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// SQSOptions are the settings of queues. The zero value is good, and nil as well.
type SQSOptions struct {
	Options

	// Visibility is how long a message stays hidden once it was handed to the function, and so when it comes again after a failure;
	// zero: 30 seconds.
	Visibility time.Duration

	// BatchSize is how many messages an event has at most; zero: 10.
	BatchSize int

	// Parallel is how many events of one queue are with the function at once; zero: 5.
	Parallel int

	// MaxReceives is how often a message is handed to the function before it is a dead letter; zero: 5.
	MaxReceives int
}

// maxQueues and maxQueued bound what a door keeps: queues, and messages of each.
const (
	maxQueues = 100
	maxQueued = 100_000
)

func (o *SQSOptions) withDefaults() *SQSOptions {
	var filled SQSOptions
	if o != nil {
		filled = *o
	}
	filled.Options = *filled.Options.withDefaults()
	filled.Visibility = orDefault(filled.Visibility, 30*time.Second)
	filled.BatchSize = orDefault(filled.BatchSize, 10)
	filled.Parallel = orDefault(filled.Parallel, 5)
	filled.MaxReceives = orDefault(filled.MaxReceives, 5)
	return &filled
}

// An SQS is a set of queues of Amazon SQS, each with the function as the consumer of its event source mapping, ReportBatchItemFailures
// included. A queue begins to exist with its first message. One whose name ends in ".fifo" hands out messages of one group in their order,
// and the next only when the one before is done. Messages are kept in memory.
type SQS struct {
	invoker Invoker
	opts    *SQSOptions

	ctx  context.Context //nolint:containedctx // of all deliveries: they outlive the requests that they begin with
	stop context.CancelFunc
	work sync.WaitGroup

	mu     sync.Mutex
	queues map[string]*queue
	closed bool
}

// NewSQS returns queues for the function behind invoker. Call Close in the end.
func NewSQS(inv Invoker, opts *SQSOptions) *SQS {
	ctx, stop := context.WithCancel(context.Background())
	return &SQS{invoker: inv, opts: opts.withDefaults(), ctx: ctx, stop: stop, queues: map[string]*queue{}}
}

// Close ends all deliveries and returns when they have ended. Messages are gone then.
func (s *SQS) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
}

// queue returns the queue of a name, and makes it where there is none. It returns nil when there are too many, or all have ended.
func (s *SQS) queue(name string) *queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[name]
	if q == nil && !s.closed && len(s.queues) < maxQueues {
		q = &queue{
			name: name, fifo: strings.HasSuffix(name, ".fifo"), opts: s.opts,
			wake: make(chan struct{}, 1), sent: map[string]duplicate{},
		}
		s.queues[name] = q
		s.work.Go(func() { s.poll(q) })
	}
	return q
}

// poll hands messages of a queue to the function until the door is closed.
func (s *SQS) poll(q *queue) {
	places := make(chan struct{}, s.opts.Parallel)
	for {
		select {
		case places <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		batch, again := q.take(s.opts.Now())
		if len(batch) > 0 {
			s.work.Go(func() {
				defer func() { <-places }()
				s.deliver(q, batch)
			})
			continue
		}
		<-places
		timer := time.NewTimer(again)
		select {
		case <-q.wake:
		case <-timer.C:
		case <-s.ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// deliver hands the function a batch and deletes the messages that it has dealt with. Others come again when they are visible.
func (s *SQS) deliver(q *queue, batch []delivery) {
	event, err := encode(sqsEvent(q, batch))
	if err != nil {
		s.opts.Logger.Error("event not made", "queue", q.name, "error", err)
		return
	}
	result, err := s.invoker.Invoke(s.ctx, event)
	if err != nil {
		s.opts.Logger.Warn("batch not delivered", "queue", q.name, "messages", len(batch), "error", err)
		q.failed(len(batch))
		return
	}
	failed, ok := failedItems(result.Payload, batch)
	if !ok {
		s.opts.Logger.Error("malformed answer of the function: the whole batch counts as failed", "queue", q.name, "answer", string(result.Payload[:min(len(result.Payload), 200)]))
		q.failed(len(batch))
		return
	}
	q.done(batch, failed)
}

// failedItems reads which messages the function has not dealt with. A list that names one that was not in the batch, or none, is none.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
func failedItems(payload []byte, batch []delivery) (failed map[string]bool, ok bool) {
	var answer struct {
		Failures []struct {
			Item *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	var shape any
	if err := json.Unmarshal(payload, &shape); err != nil {
		return nil, true // what is no list of failures means that there are none
	}
	if _, object := shape.(map[string]any); !object {
		return nil, true
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return nil, false
	}
	ids := map[string]bool{}
	for _, m := range batch {
		ids[m.id] = true
	}
	failed = map[string]bool{}
	for _, f := range answer.Failures {
		if f.Item == nil || !ids[*f.Item] {
			return nil, false
		}
		failed[*f.Item] = true
	}
	return failed, true
}
