package gateway

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// PubSubOptions are the settings of topics and subscriptions. The zero value is good, and nil as well.
type PubSubOptions struct {
	Options

	// Client posts pushes; nil: one with a timeout of ten minutes, the longest acknowledgement deadline.
	Client *http.Client

	// MinBackoff and MaxBackoff are how long a push that failed waits until it is tried again, at first and at most; zero: 100 ms and 10 s.
	// Google's default is to try again at once.
	MinBackoff, MaxBackoff time.Duration
}

func (o *PubSubOptions) withDefaults() *PubSubOptions {
	var filled PubSubOptions
	if o != nil {
		filled = *o
	}
	filled.Options = *filled.Options.withDefaults()
	if filled.Client == nil {
		filled.Client = &http.Client{Timeout: 10 * time.Minute}
	}
	filled.MinBackoff = orDefault(filled.MinBackoff, 100*time.Millisecond)
	filled.MaxBackoff = max(orDefault(filled.MaxBackoff, 10*time.Second), filled.MinBackoff)
	return &filled
}

// A PubSub is topics of Google Cloud Pub/Sub and their push subscriptions. What is published to a topic is posted to the endpoint of each
// of its subscriptions until it is acknowledged by a status; to a topic without subscriptions, it is handed to the function as an event
// that looks like the body of a wrapped push. Messages are kept in memory. Pushes are not signed.
type PubSub struct {
	invoker Invoker
	opts    *PubSubOptions

	ctx  context.Context //nolint:containedctx // of all pushes: they outlive the requests that they begin with
	stop context.CancelFunc
	work sync.WaitGroup

	mu            sync.Mutex
	subscriptions map[string]*subscription // by name, "projects/P/subscriptions/S"
	events        map[string]*subscription // to the function, by topic
	closed        bool
}

// NewPubSub returns topics for the function behind invoker. Call Close in the end.
func NewPubSub(inv Invoker, opts *PubSubOptions) *PubSub {
	ctx, stop := context.WithCancel(context.Background())
	return &PubSub{
		invoker: inv, opts: opts.withDefaults(), ctx: ctx, stop: stop,
		subscriptions: map[string]*subscription{}, events: map[string]*subscription{},
	}
}

// Close ends all pushes and returns when they have ended. Messages are gone then.
func (p *PubSub) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.stop()
	p.work.Wait()
}

// maxSubscriptions and maxOutstanding bound what a door keeps: subscriptions, and messages of each.
const (
	maxSubscriptions = 100
	maxOutstanding   = 10_000
	maxAtOnce        = 100 // pushes of one subscription
)

// A subscription pushes the messages of a topic.
type subscription struct {
	name    string
	topic   string
	config  pushConfig
	ordered bool
	push    func(context.Context, *pubsubMessage) error
	door    *PubSub
	places  chan struct{} // for pushes at once

	mu          sync.Mutex
	outstanding int
	lanes       map[string][]*pubsubMessage // what waits behind a message of the same ordering key
	deleted     bool
}

// to returns the subscriptions of a topic, or the function's own where it has none. It returns nil when there are too many topics.
func (p *PubSub) to(topic string) []*subscription {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []*subscription
	for _, s := range p.subscriptions {
		if s.topic == topic {
			found = append(found, s)
		}
	}
	if len(found) > 0 {
		return found
	}
	s := p.events[topic]
	if s == nil && len(p.events) < maxSubscriptions {
		s = p.newSubscription(functionSubscription(topic), topic)
		s.ordered = true
		s.push = func(ctx context.Context, m *pubsubMessage) error {
			event, err := encode(m.wrapped(s.name))
			if err == nil {
				_, err = p.invoker.Invoke(ctx, event)
			}
			return err
		}
		p.events[topic] = s
	}
	if s == nil {
		return nil
	}
	return []*subscription{s}
}

func (p *PubSub) newSubscription(name, topic string) *subscription {
	return &subscription{name: name, topic: topic, door: p, places: make(chan struct{}, maxAtOnce), lanes: map[string][]*pubsubMessage{}}
}

// add pushes a message as soon as it may be. It returns false when there are too many.
func (s *subscription) add(m *pubsubMessage) bool {
	s.door.mu.Lock()
	defer s.door.mu.Unlock() // so that Close does not miss a push
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.door.closed || s.deleted || s.outstanding >= maxOutstanding {
		return false
	}
	s.outstanding++
	if s.ordered && m.OrderingKey != "" {
		waiting, busy := s.lanes[m.OrderingKey]
		if busy {
			s.lanes[m.OrderingKey] = append(waiting, m)
			return true
		}
		s.lanes[m.OrderingKey] = nil
	}
	s.door.work.Go(func() { s.run(m) })
	return true
}

// run pushes a message, and those that wait behind it.
func (s *subscription) run(m *pubsubMessage) {
	for m != nil {
		s.deliver(m)
		m = s.behind(m)
	}
}

// behind returns the next message of the same ordering key, if one waits.
func (s *subscription) behind(m *pubsubMessage) *pubsubMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outstanding--
	if !s.ordered || m.OrderingKey == "" {
		return nil
	}
	waiting := s.lanes[m.OrderingKey]
	if len(waiting) == 0 {
		delete(s.lanes, m.OrderingKey)
		return nil
	}
	s.lanes[m.OrderingKey] = waiting[1:]
	return waiting[0]
}

// deliver pushes a message until it is acknowledged.
func (s *subscription) deliver(m *pubsubMessage) {
	ctx, opts := s.door.ctx, s.door.opts
	pause := opts.MinBackoff
	for {
		select {
		case s.places <- struct{}{}:
		case <-ctx.Done():
			return
		}
		err := s.push(ctx, m)
		<-s.places
		if err == nil || s.isDeleted() || ctx.Err() != nil {
			return
		}
		opts.Logger.Warn("message not acknowledged", "subscription", s.name, "message", m.MessageID, "again", pause, "error", err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		pause = min(2*pause, opts.MaxBackoff)
	}
}

func (s *subscription) isDeleted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deleted
}
