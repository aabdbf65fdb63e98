package core_test

import (
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

// What was sent to one connection says what it came by as what was published does.
func TestSendTellsDestination(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "news"})
	if _, err := p.set.Send(t.Context(), p.conn, "s", &core.Publication{Topic: core.Topic{Destination: "news", Subtopic: "a.b"}, Body: "x"}); err != nil {
		t.Fatal(err)
	}
	_, conn, err := p.set.LoadConnection(t.Context(), "c", p.conn.Client().ID())
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.set.Poll(t.Context(), conn, &core.PollRequest{ID: "1"})
	if err != nil || len(b.Deliveries) != 1 {
		t.Fatalf("got %v, %v; want one delivery", b, err)
	}
	d := b.Deliveries[0]
	if d.Subscription != "s" || d.Message.Destination != "news" || len(d.Message.Subtopics) != 1 || d.Message.Subtopics[0] != "a.b" {
		t.Errorf("got subscription %q, destination %q, subtopics %q", d.Subscription, d.Message.Destination, d.Message.Subtopics)
	}
}

// A subscription that ends for a while goes on where it was by its cursor.
func TestCursorResumes(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "news"})
	v := core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}
	p.subscribe(v)
	cursor := p.conn.Cursor(&v)
	if _, err := p.set.Unsubscribe(t.Context(), p.conn, &v); err != nil {
		t.Fatal(err)
	}
	p.publish("news", "", "meanwhile")
	if got := p.conn.Cursor(&v); got != "" {
		t.Errorf("a subscription that is not there has the cursor %q", got)
	}
	if err := p.set.Subscribe(t.Context(), nil, p.conn, &core.SubscribeRequest{Subscription: v, After: cursor}); err != nil {
		t.Fatal(err)
	}
	p.wantPoll("1", []string{"s:meanwhile"})
}
