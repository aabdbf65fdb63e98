package core_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

func (p *post) publishHeaders(size int) error {
	p.t.Helper()
	_, err := p.set.Publish(p.t.Context(), nil, &core.Publication{
		Topic: core.Topic{Destination: "news"}, Headers: map[string]any{"h": strings.Repeat("x", size)},
	})
	return err
}

// Headers are read for each subscription, and unpacked in memory: they have a limit of their own, and count in a batch.
func TestHeadersAreBounded(t *testing.T) {
	p := newPost(t, &core.Options{Limits: core.Limits{BatchBytes: 50 << 10}}, &core.Destination{Name: "news"})
	p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	if err := core.AsFault(p.publishHeaders(16 << 10)); err == nil || err.Code != core.TooLarge || !strings.Contains(err.Message, "headers") {
		t.Errorf("16 KiB: got %v, want TooLarge", err)
	}
	for range 20 {
		if err := core.AsFault(p.publishHeaders(10 << 10)); err != nil {
			t.Fatal(err)
		}
	}
	_, conn, err := p.set.LoadConnection(t.Context(), "c", p.conn.Client().ID())
	if err != nil {
		t.Fatal(err)
	}
	batch, err := p.set.Poll(t.Context(), conn, &core.PollRequest{})
	if err != nil || len(batch.Deliveries) != 5 {
		t.Errorf("a batch of 50 KiB has %d messages of 10 KiB, %v", len(batch.Deliveries), err)
	}
}

// What is stored of a connection, and kept of a socket, has an end.
func TestSubscriptionsAreBounded(t *testing.T) {
	p := newPost(t, &core.Options{Limits: core.Limits{Subscriptions: 4, SubscriptionSize: 5000}}, &core.Destination{Name: "news"})
	feed := p.set.NewFeed()
	defer feed.Close(t.Context())
	long := "a = '" + strings.Repeat("x", 2000) + "'"
	for name, subscribe := range map[string]func(*core.SubscribeRequest) error{
		"connection": func(r *core.SubscribeRequest) error { return p.set.Subscribe(t.Context(), nil, p.conn, r) },
		"feed":       func(r *core.SubscribeRequest) error { return feed.Subscribe(t.Context(), nil, r) },
	} {
		for _, c := range []struct {
			id, selector, want string
		}{
			{"1", long, ""},
			{"2", long, ""},
			{"1", long, ""}, // it is there already
			{"3", long, "The subscriptions of a connection have more than 5000 bytes."},
			{"3", "", ""},
			{"4", "", ""},
			{"5", "", "A connection has more than 4 subscriptions."},
		} {
			v := core.Subscription{ID: c.id, Topic: core.Topic{Destination: "news"}, Selector: c.selector}
			fault := core.AsFault(subscribe(&core.SubscribeRequest{Subscription: v}))
			if c.want == "" && fault != nil || c.want != "" && (fault == nil || fault.Code != core.Exhausted || fault.Message != c.want) {
				t.Errorf("%s %s: got %v, want %q", name, c.id, fault, c.want)
			}
		}
	}
}

// Who waits with a condition that takes time is woken by every message of the topic, and answered when one is right.
func TestSlowSelectorWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, nil, &core.Destination{Name: "news"})
		p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}, Selector: "h LIKE 'x%'"})
		go func() {
			for _, h := range []string{"a", "xa", "b"} {
				time.Sleep(time.Second)
				_, err := p.set.Publish(t.Context(), nil, &core.Publication{
					Topic: core.Topic{Destination: "news"}, Headers: map[string]any{"h": h}, Body: h,
				})
				if err != nil {
					t.Error(err)
				}
			}
		}()
		start := time.Now()
		if got := fmt.Sprint(p.poll(core.PollRequest{Wait: time.Minute})); got != "[s:xa]" || time.Since(start) != 2*time.Second {
			t.Errorf("got %s after %v", got, time.Since(start))
		}
		time.Sleep(10 * time.Second)
	})
}
