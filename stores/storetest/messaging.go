package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A Load is how much Messaging does at most. With -short it is small in any case.
type Load struct {
	Publishes   int // by each of 20 publishers, twice
	Subscribers int // who all get one message
}

// What stores bear in about a minute: those that answer in microseconds, and those behind a connection to a server in development.
var (
	Full    = Load{Publishes: 1000, Subscribers: 10_000}
	Network = Load{Publishes: 100, Subscribers: 1000}
	short   = Load{Publishes: 50, Subscribers: 200}
)

// Messaging tests what core promises about messages (docs/delivery.md), over several ChannelSets on one store, as several processes
// would have, under the Full load.
func Messaging(t *testing.T, open Open) {
	t.Helper()
	MessagingUnder(t, open, Full)
}

// MessagingUnder is Messaging under that load.
func MessagingUnder(t *testing.T, open Open, load Load) {
	t.Helper()
	if testing.Short() {
		load.Publishes, load.Subscribers = min(load.Publishes, short.Publishes), min(load.Subscribers, short.Subscribers)
	}
	tests := []struct {
		name string
		run  func(*town)
	}{
		{"publishers and readers at once", func(o *town) { testTraffic(o, 1) }},
		{"publishers and readers at once, four shards", func(o *town) { testTraffic(o, 4) }},
		{"ten thousand subscriptions", testCrowd},
		{"a message with several subtopics comes once", testSubtopics},
		{"one of many publishes with an id is the message", testOnce},
		{"what is sent to one connection", testInbox},
		{"what has expired is not delivered", testExpired},
		{"a log is trimmed and goes on", testTrimmed},
		{"a cursor of another epoch", testForeignCursor},
		{"logs that are lost", testLostLogs},
		{"the count of shards changes", testReshard},
		{"who waits hears of a publish elsewhere", testWaiting},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(newTown(t, open, load)) })
	}
}

// A town is some processes over one store. Their clock is the suite's own and only goes forward.
type town struct {
	t      *testing.T
	store  core.Store
	load   Load
	realm  string
	sets   []*core.ChannelSet
	offset atomic.Int64
}

func newTown(t *testing.T, open Open, load Load) *town {
	t.Helper()
	s := newSubject(t, open)
	return &town{t: t, store: s.Store, load: load, realm: s.p[len("storetest/"):]}
}

// destination is the one that everything here is published to.
const destination = "news"

// processes starts processes that know the destination.
func (o *town) processes(n int, d core.Destination) {
	d.Name = destination
	for range n {
		set := core.NewChannelSet(core.NewServiceMapper(), o.store, &core.Options{
			Realm: o.realm, Timeout: timeout, Now: o.now, Reread: 20 * time.Millisecond,
		})
		set.Map(&core.Channel{Name: channel, Endpoint: silent{}}).AddDestination(&d)
		o.t.Cleanup(set.Drain)
		o.sets = append(o.sets, set)
	}
}

func (o *town) now() time.Time { return time.Now().Add(time.Duration(o.offset.Load())) }

func (o *town) pass(d time.Duration) { o.offset.Add(int64(d)) }

func (o *town) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// set returns one of the processes.
func (o *town) set(i int) *core.ChannelSet { return o.sets[i%len(o.sets)] }

// inhabitant returns the id of a new client with a connection and a subscription to each subtopic, made by one of the processes.
func (o *town) inhabitant(ctx context.Context, i int, subtopics ...string) (string, error) {
	client, err := o.set(i).NewClient(ctx)
	if err != nil {
		return "", err
	}
	conn, err := o.set(i).Connect(ctx, channel, client)
	if err != nil {
		return "", err
	}
	for _, subtopic := range subtopics {
		v := core.Subscription{ID: "s", Topic: core.Topic{Destination: destination, Subtopic: subtopic}}
		if err := o.set(i).Subscribe(ctx, nil, conn, &core.SubscribeRequest{Subscription: v}); err != nil {
			return "", err
		}
	}
	return client.ID(), nil
}

func (o *town) newInhabitant(subtopics ...string) string {
	o.t.Helper()
	id, err := o.inhabitant(o.t.Context(), 0, subtopics...)
	o.ok(err)
	return id
}

// publish publishes a text to subtopics by one of the processes.
func (o *town) publish(ctx context.Context, i int, text string, subtopics ...string) error {
	p := &core.Publication{Topic: core.Topic{Destination: destination}, Subtopics: subtopics, Body: text}
	_, err := o.set(i).Publish(ctx, nil, p)
	return err
}

func (o *town) mustPublish(i int, text string, subtopics ...string) {
	o.t.Helper()
	o.ok(o.publish(o.t.Context(), i, text, subtopics...))
}

// poll polls for a client by one of the processes. ack is the batch that it has got.
func (o *town) poll(ctx context.Context, i int, id, ack string, wait time.Duration) (*core.Batch, error) {
	_, conn, err := o.set(i).LoadConnection(ctx, channel, id)
	if err != nil {
		return nil, err
	}
	if conn == nil {
		return nil, fmt.Errorf("the connection of %s is gone", id)
	}
	return o.set(i).Poll(ctx, conn, &core.PollRequest{Explicit: true, Ack: ack, Wait: wait})
}

// all polls until nothing comes, each time by another process, and returns the texts.
func (o *town) all(id string) []string {
	o.t.Helper()
	texts := []string{}
	for i, ack, empty := 0, "", 0; empty < 2; i++ {
		b, err := o.poll(o.t.Context(), i, id, ack, 0)
		o.ok(err)
		if len(b.Deliveries) == 0 {
			empty++
			continue
		}
		ack, empty = b.ID, 0
		for _, d := range b.Deliveries {
			texts = append(texts, textOf(o.t, d.Message))
		}
	}
	return texts
}

func textOf(t *testing.T, m *core.Message) string {
	t.Helper()
	var text string
	if err := m.Body.Bind(&text, nil, value.Limits{}); err != nil {
		t.Fatal(err)
	}
	return text
}

// wantAll fails unless polls bring exactly these texts, in this order.
func (o *town) wantAll(id string, want ...string) {
	o.t.Helper()
	if got := o.all(id); fmt.Sprint(got) != fmt.Sprint(want) {
		o.t.Fatalf("got %q, want %q", got, want)
	}
}
