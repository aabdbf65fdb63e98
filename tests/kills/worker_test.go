package kills

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

const (
	channel     = "c"
	destination = "news"
	pause       = 5 * time.Millisecond  // between a publisher's messages
	afterFault  = 50 * time.Millisecond // until one tries again
	patience    = 5 * time.Second       // with one request
	longPoll    = 300 * time.Millisecond
)

// topics are what a publisher publishes to by turns.
var topics = []string{"a", "b"}

// A worker publishes and polls, over several ChannelSets on one store as several processes have them.
type worker struct {
	sets []*core.ChannelSet
	tell func(event)
}

func newWorker(store core.Store) *worker {
	w := &worker{}
	for range 2 {
		set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{
			Timeout: time.Hour, Secret: []byte("0123456789abcdef0123456789abcdef"), Reread: 100 * time.Millisecond,
		})
		set.Map(&core.Channel{Name: channel, Endpoint: silent{}})
		set.AddDestination(&core.Destination{Name: destination, Shards: 2, TTL: time.Hour})
		w.sets = append(w.sets, set)
	}
	return w
}

type silent struct{}

func (silent) Traits() core.Traits                                          { return core.Traits{} }
func (silent) Serve(context.Context, *core.ChannelSet, *core.Inbound) error { return nil }

// drain ends what the sets have begun.
func (w *worker) drain() {
	for _, s := range w.sets {
		s.Drain()
	}
}

// subscriber makes a client that subscribes to these topics, and returns its id.
func (w *worker) subscriber(ctx context.Context, topics []string) (string, error) {
	set := w.sets[0]
	client, err := set.NewClient(ctx)
	if err != nil {
		return "", err
	}
	conn, err := set.Connect(ctx, channel, client)
	if err != nil {
		return "", err
	}
	for _, topic := range topics {
		v := core.Subscription{ID: "s" + topic, Topic: core.Topic{Destination: destination, Subtopic: topic}}
		if err := set.Subscribe(ctx, nil, conn, &core.SubscribeRequest{Subscription: v}); err != nil {
			return "", err
		}
	}
	return client.ID(), nil
}

// work publishes by so many publishers until publishing ends, and polls for the subscribers until polling does.
func (w *worker) work(publishing, polling context.Context, name string, publishers int, subscribers []string) {
	var all sync.WaitGroup
	for i := range publishers {
		all.Go(func() { w.publish(publishing, fmt.Sprintf("%s.%d", name, i)) })
	}
	for _, s := range subscribers {
		all.Go(func() { w.poll(polling, s) })
	}
	all.Wait()
}

// publish publishes one message after the other. One of three has an id of its publisher, and is tried until it succeeds.
func (w *worker) publish(ctx context.Context, name string) {
	for n := 0; ctx.Err() == nil; n++ {
		m := message{Publisher: name, Topic: topics[n/4%2], N: n}
		p := &core.Publication{Topic: core.Topic{Destination: destination, Subtopic: m.Topic}, Body: m.text()}
		if n%3 == 0 {
			p.ID = m.text()
		}
		for tries := 0; ctx.Err() == nil; tries++ {
			if try(ctx, w.tell, func(ctx context.Context) error { _, err := w.set(n+tries).Publish(ctx, nil, p); return err }) {
				w.tell(event{Acked: &m})
				break
			}
			if p.ID == "" {
				break // it may have been kept, and nobody is promised
			}
		}
		wait(ctx, pause)
	}
}

// poll takes what comes, by long polls to one set and the other, until ctx ends.
func (w *worker) poll(ctx context.Context, id string) {
	ack := ""
	for turn := 0; ctx.Err() == nil; turn++ {
		var b *core.Batch
		try(ctx, w.tell, func(ctx context.Context) (err error) {
			set := w.set(turn)
			_, conn, err := set.LoadConnection(ctx, channel, id)
			if err != nil {
				return err
			}
			if conn == nil {
				return fmt.Errorf("the connection of %s is gone", id)
			}
			b, err = set.Poll(ctx, conn, &core.PollRequest{Explicit: true, Ack: ack, Wait: longPoll})
			return err
		})
		if b != nil && len(b.Deliveries) > 0 {
			w.take(id, b)
			ack = b.ID
		}
	}
}

// take tells of what a batch delivers.
func (w *worker) take(id string, b *core.Batch) {
	for _, d := range b.Deliveries {
		w.tell(event{By: id, Got: messageOf(d.Message), ID: d.Message.ID})
	}
}

func messageOf(m *core.Message) *message {
	var text string
	err := m.Body.Bind(&text, nil, value.Limits{})
	found, errText := parseMessage(text)
	if err != nil || errText != nil {
		panic(fmt.Sprintf("a message that nobody published: %q", text))
	}
	return &found
}

func (w *worker) set(turn int) *core.ChannelSet { return w.sets[turn%len(w.sets)] }

// try makes one request, and returns whether it went well. After a fault it tells of that and waits a little.
func try(ctx context.Context, tell func(event), request func(context.Context) error) bool {
	one, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := request(one)
	if err != nil && ctx.Err() == nil {
		tell(event{Failed: err.Error()})
		wait(ctx, afterFault)
	}
	return err == nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
