package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// How much traffic there is.
const (
	trafficSets       = 4
	trafficPublishers = 20
	trafficTopics     = 8
)

// testTraffic: many publish while others read, by feeds and polls, in several processes. Each reader gets each message once, and all get
// those of a topic in one order, which keeps that of each publisher.
func testTraffic(o *town, shards int) {
	each := o.load.Publishes
	o.processes(trafficSets, core.Destination{Shards: shards})
	ctx, cancel := context.WithTimeout(o.t.Context(), 5*time.Minute)
	defer cancel()
	readers := []reader{o.readByFeed, o.readByFeed, o.readByPolls, o.readByPolls}
	orders := make([]order, len(readers))
	var ready, publishers sync.WaitGroup
	ready.Add(len(readers))
	for i := range trafficPublishers {
		publishers.Go(func() {
			ready.Wait()
			o.publishMany(ctx, cancel, i, each)
		})
	}
	together(o.t, len(readers), func(i int) (err error) {
		subscribed := sync.OnceFunc(ready.Done)
		defer subscribed()
		orders[i], err = readAll(ctx, readers[i], i, subscribed, trafficPublishers*each)
		return err
	})
	publishers.Wait()
	if !o.t.Failed() {
		wantOrders(o.t, orders, trafficPublishers*each)
	}
}

// A reader subscribes by one of the processes, says so, and takes messages until ctx ends.
type reader func(ctx context.Context, process int, subscribed func(), take func(*core.Message)) error

// An order is the ids of messages as they came, by subtopic.
type order map[string][]string

// readAll reads until as many messages have come as there are to be.
func readAll(ctx context.Context, read reader, process int, subscribed func(), total int) (order, error) {
	seen, left := order{}, total
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	err := read(ctx, process, subscribed, func(m *core.Message) {
		seen[m.Subtopics[0]] = append(seen[m.Subtopics[0]], m.ID)
		if left--; left == 0 {
			stop()
		}
	})
	if left == 0 && errors.Is(err, context.Canceled) {
		return seen, nil
	}
	return nil, fmt.Errorf("%d messages are missing: %w", left, err)
}

// publishMany publishes one after the other, to all topics in turn.
func (o *town) publishMany(ctx context.Context, cancel context.CancelFunc, i, each int) {
	for n := range each {
		topic := core.Topic{Destination: destination, Subtopic: fmt.Sprintf("t%d", n%trafficTopics)}
		p := &core.Publication{Topic: topic, Body: n, MessageID: fmt.Sprintf("%d/%d", i, n)}
		for {
			_, err := o.set(i).Publish(ctx, nil, p)
			if f, ok := errors.AsType[*core.Fault](err); ok && f.Code == core.Conflict {
				continue // too many at once: nothing was published
			}
			if err != nil && ctx.Err() == nil {
				o.t.Errorf("publish: %v", err)
				cancel()
			}
			break
		}
	}
}

func (o *town) readByFeed(ctx context.Context, i int, subscribed func(), take func(*core.Message)) error {
	feed := o.set(i).NewFeed()
	defer feed.Close(context.WithoutCancel(ctx))
	v := core.Subscription{ID: "s", Topic: core.Topic{Destination: destination, Subtopic: "*"}}
	if err := feed.Subscribe(ctx, nil, &core.SubscribeRequest{Subscription: v}); err != nil {
		return err
	}
	subscribed()
	for {
		events, err := feed.Next(ctx)
		if err != nil {
			return err
		}
		for _, e := range events {
			take(e.Message)
		}
	}
}

// readByPolls polls by each process in turn.
func (o *town) readByPolls(ctx context.Context, i int, subscribed func(), take func(*core.Message)) error {
	id, err := o.inhabitant(ctx, i, "*")
	if err != nil {
		return err
	}
	subscribed()
	for ack := ""; ; i++ {
		b, err := o.poll(ctx, i, id, ack, time.Second)
		if err != nil {
			return err
		}
		for _, d := range b.Deliveries {
			take(d.Message)
		}
		if len(b.Deliveries) > 0 {
			ack = b.ID
		}
	}
}

// wantOrders fails unless all readers saw the same: total messages, each once, of each publisher in order.
func wantOrders(t *testing.T, orders []order, total int) {
	t.Helper()
	seen := map[string]bool{}
	for topic, order := range orders[0] {
		for i, other := range orders {
			if !slices.Equal(other[topic], order) {
				t.Errorf("reader %d saw another order of %s than reader 0", i, topic)
			}
		}
		next := map[string]int{}
		for _, id := range order {
			var n int
			publisher, number, _ := strings.Cut(id, "/")
			if _, err := fmt.Sscan(number, &n); err != nil || n < next[publisher] {
				t.Errorf("%s came after message %d of its publisher", id, next[publisher]-1)
			}
			next[publisher] = n + 1
			if seen[id] {
				t.Errorf("%s came twice", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != total {
		t.Errorf("%d messages came, want %d", len(seen), total)
	}
}

// testCrowd: one publish reaches each of very many subscribers, once.
func testCrowd(o *town) {
	const workers = 20
	subscribers := o.load.Subscribers
	o.processes(2, core.Destination{})
	ids := make([]string, subscribers)
	together(o.t, workers, func(w int) (err error) {
		for i := w; i < subscribers; i += workers {
			if ids[i], err = o.inhabitant(o.t.Context(), i, ""); err != nil {
				return err
			}
		}
		return nil
	})
	o.mustPublish(1, "to all")
	together(o.t, workers, func(w int) error {
		for i := w; i < subscribers; i += workers {
			b, err := o.poll(o.t.Context(), i, ids[i], "", 0)
			if err != nil {
				return err
			}
			if len(b.Deliveries) != 1 {
				return fmt.Errorf("subscriber %d got %d messages, want one", i, len(b.Deliveries))
			}
			again, err := o.poll(o.t.Context(), i+1, ids[i], b.ID, 0)
			if err != nil {
				return err
			}
			if len(again.Deliveries) != 0 {
				return fmt.Errorf("subscriber %d got the message again", i)
			}
		}
		return nil
	})
}
