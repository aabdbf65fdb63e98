package core_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A client that gets something with each poll, and so has its connection saved all the time, stays alive with its principal and its
// attributes, and keeps its place on a channel that counts them.
func TestBusyPollsKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, &core.Options{Timeout: time.Minute}, &core.Destination{Name: "news"})
		p.set.Map(&core.Channel{Name: "one", Endpoint: nobody{}, MaxConnections: 1})
		client := p.conn.Client()
		conn, err := p.set.Connect(t.Context(), "one", client)
		if err == nil {
			err = client.Set(t.Context(), "key", "value")
		}
		if err != nil {
			t.Fatal(err)
		}
		r := &core.SubscribeRequest{Subscription: core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}}
		if err := p.set.Subscribe(t.Context(), nil, conn, r); err != nil {
			t.Fatal(err)
		}
		for range 60 {
			time.Sleep(5 * time.Second)
			p.publish("news", "", "a")
			if _, conn, err = p.set.LoadConnection(t.Context(), "one", client.ID()); err != nil {
				t.Fatal(err)
			}
			if b, err := p.set.Poll(t.Context(), conn, &core.PollRequest{}); err != nil || len(b.Deliveries) != 1 {
				t.Fatalf("got %v, %v", b, err)
			}
		}
		again, err := p.set.Client(t.Context(), client.ID())
		if err != nil {
			t.Fatal(err)
		}
		if v, _, err := again.Get(t.Context(), "key"); v != "value" || err != nil {
			t.Errorf("the attribute is %v, %v", v, err)
		}
		other, err := p.set.NewClient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.set.Connect(t.Context(), "one", other); err == nil {
			t.Error("another client has got the place of one that is there")
		}
	})
}
