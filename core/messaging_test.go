package core_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A post is a set with destinations, and a client of it.
type post struct {
	t    *testing.T
	set  *core.ChannelSet
	conn *core.Connection
}

func newPost(t *testing.T, o *core.Options, destinations ...*core.Destination) *post {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), o)
	t.Cleanup(func() { _ = set.Close() })
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
	for _, d := range destinations {
		set.AddDestination(d)
	}
	p := &post{t: t, set: set}
	p.conn = p.connect()
	return p
}

func (p *post) connect() *core.Connection {
	p.t.Helper()
	client, err := p.set.NewClient(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	conn, err := p.set.Connect(p.t.Context(), "c", client)
	if err != nil {
		p.t.Fatal(err)
	}
	return conn
}

func (p *post) subscribe(v core.Subscription) {
	p.t.Helper()
	if err := p.set.Subscribe(p.t.Context(), nil, p.conn, &core.SubscribeRequest{Subscription: v}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) publish(destination, subtopic, body string) {
	p.t.Helper()
	_, err := p.set.Publish(p.t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: destination, Subtopic: subtopic}, Body: body})
	if err != nil {
		p.t.Fatal(err)
	}
}

// poll loads the connection and polls, as an endpoint does, and returns the bodies.
func (p *post) poll(r core.PollRequest) []string {
	p.t.Helper()
	_, conn, err := p.set.LoadConnection(p.t.Context(), "c", p.conn.Client().ID())
	if err != nil {
		p.t.Fatal(err)
	}
	b, err := p.set.Poll(p.t.Context(), conn, &r)
	if err != nil {
		p.t.Fatal(err)
	}
	return bodies(p.t, b.Deliveries)
}

func bodies(t *testing.T, deliveries []core.Delivery) []string {
	t.Helper()
	var list []string
	for _, d := range deliveries {
		var body string
		if err := d.Message.Body.Bind(&body, nil, value.Limits{}); err != nil {
			t.Fatal(err)
		}
		list = append(list, d.Subscription+":"+body)
	}
	return list
}

func TestPollDelivers(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "news"})
	p.publish("news", "", "before")
	p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	p.wantPoll("1", nil)
	p.publish("news", "", "a")
	p.publish("news", "sub", "other topic")
	p.wantPoll("2", []string{"s:a"})
	p.wantPoll("2", []string{"s:a"}) // the same request again
	p.publish("news", "", "b")
	p.wantPoll("2", []string{"s:a"})
	p.wantPoll("3", []string{"s:b"})
	if err := p.conn.Rollback(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Millisecond)
	p.wantPoll("4", []string{"s:b"})
	p.wantPoll("5", nil)
}

func (p *post) wantPoll(id string, want []string) {
	p.t.Helper()
	if got := p.poll(core.PollRequest{ID: id}); fmt.Sprint(got) != fmt.Sprint(want) {
		p.t.Errorf("poll %s: got %v, want %v", id, got, want)
	}
}

// A slow store is asked once, and what it gives is delivered at once. When it has given something it is not asked for more.
func TestPollOfSlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{Store: memory.New(nil)}
		set := core.NewChannelSet(core.NewServiceMapper(), store, nil)
		t.Cleanup(func() { _ = set.Close() })
		set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
		for _, name := range []string{"news", "weather"} {
			set.AddDestination(&core.Destination{Name: name})
		}
		p := &post{t: t, set: set}
		p.conn = p.connect()
		for _, name := range []string{"news", "weather"} {
			p.subscribe(core.Subscription{ID: name, Topic: core.Topic{Destination: name}})
			p.publish(name, "", "a")
			p.publish(name, "", "b")
			p.publish(name, "", "c")
		}
		store.takes = time.Second
		p.wantPoll("1", []string{"news:a", "news:b", "news:c"})
		p.wantPoll("2", []string{"weather:a", "weather:b", "weather:c"})
		p.wantPoll("3", nil)
	})
}

// A slow store takes its time for a Range.
type slow struct {
	core.Store
	takes time.Duration
}

func (s *slow) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	time.Sleep(s.takes)
	return s.Store.Range(ctx, partition, after, limit, bytes)
}

// Where a destination chooses so, what was delivered once is not delivered again; others beside it keep their promise.
func TestPollAtMostOnce(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "ticks", AtMostOnce: true}, &core.Destination{Name: "news"})
	p.subscribe(core.Subscription{ID: "t", Topic: core.Topic{Destination: "ticks"}})
	p.publish("ticks", "", "a")
	p.wantPoll("1", []string{"t:a"})
	p.wantPoll("1", nil) // the same request again
	p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	p.publish("ticks", "", "b")
	p.publish("news", "", "c")
	p.wantPoll("2", []string{"s:c", "t:b"})
	p.wantPoll("2", []string{"s:c"})
}

func TestPollWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, nil, &core.Destination{Name: "news"})
		p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news", Subtopic: "a.*"}})
		var wg sync.WaitGroup
		start := time.Now()
		wg.Go(func() {
			if got := p.poll(core.PollRequest{ID: "1", Wait: time.Minute}); fmt.Sprint(got) != "[s:hello]" {
				t.Errorf("got %v", got)
			}
		})
		time.Sleep(10 * time.Second)
		p.publish("news", "b.c", "nobody's")
		p.publish("news", "a.c", "hello")
		wg.Wait()
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("the poll took %v, want 10s", took)
		}
		if got := p.poll(core.PollRequest{ID: "2", Wait: time.Minute}); len(got) != 0 {
			t.Errorf("got %v", got)
		}
		if took := time.Since(start); took != 70*time.Second {
			t.Errorf("both polls took %v, want 70s", took)
		}
	})
}

func TestFeedDelivers(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "news", Replay: true})
	p.publish("news", "", "a")
	feed := p.set.NewFeed()
	defer feed.Close(context.Background())
	err := feed.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}})
	if err != nil {
		t.Fatal(err)
	}
	events, err := feed.Next(t.Context())
	if err != nil || len(events) != 1 || events[0].Cursor == "" {
		t.Fatalf("got %v, %v", events, err)
	}
	p.publish("news", "", "b")
	again := p.set.NewFeed()
	defer again.Close(context.Background())
	r := &core.SubscribeRequest{Subscription: core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}, After: events[0].Cursor}
	if err := again.Subscribe(t.Context(), nil, r); err != nil {
		t.Fatal(err)
	}
	for _, f := range []*core.Feed{feed, again} {
		events, err := f.Next(t.Context())
		if err != nil || len(events) != 1 {
			t.Fatalf("got %v, %v", events, err)
		}
		if got := bodies(t, []core.Delivery{events[0].Delivery}); got[0] != "s:b" {
			t.Errorf("got %v", got)
		}
	}
}

// A message knows the connection that published it, and tells nobody else which it was.
func TestMessageIsFrom(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "news"})
	p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	for _, publisher := range []*core.Connection{p.conn, nil} {
		_, err := p.set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "a", Publisher: publisher})
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := p.set.Poll(t.Context(), p.conn, &core.PollRequest{})
	if err != nil || len(b.Deliveries) != 2 {
		t.Fatalf("got %v, %v, want two messages", b, err)
	}
	other := p.connect()
	for i, want := range []bool{true, false} {
		m := b.Deliveries[i].Message
		if m.IsFrom(p.conn) != want || m.IsFrom(other) || m.IsFrom(nil) {
			t.Errorf("message %d: from its publisher %t, from another %t, from nobody %t", i, m.IsFrom(p.conn), m.IsFrom(other), m.IsFrom(nil))
		}
	}
}
