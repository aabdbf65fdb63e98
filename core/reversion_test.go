package core_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A cursor that names what a store has lost hides nothing that is published afterwards, however much it is.
func TestCursorOfWhatIsLost(t *testing.T) {
	store := memory.New(nil)
	news := core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}}
	start := func() *post {
		set := core.NewChannelSet(core.NewServiceMapper(), store, nil)
		t.Cleanup(set.Drain)
		set.Map(&core.Channel{Name: "c", Endpoint: nobody{}}).AddDestination(&core.Destination{Name: "news"})
		return &post{t: t, set: set}
	}
	p := start()
	p.publish("news", "", "kept")
	kept, err := p.beginning(news, "")
	if err != nil {
		t.Fatal(err)
	}
	lost := kept[:len(kept)-len("1")] + "7" // as one that had read six messages more

	revert(t, store, "realm1/t/news/0")
	p, want := start(), []string{}
	for i := range 10 {
		want = append(want, fmt.Sprint("s:", i))
		p.publish("news", "", fmt.Sprint(i))
	}
	for name, after := range map[string]string{"of what is lost": lost, "of what was kept": kept} {
		if got := p.behind(news, after); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("behind a cursor %s came %v, want %v", name, got, want)
		}
	}
}

// revert has a log go on behind what it may have lost, as a store does.
func revert(t *testing.T, store *memory.Store, log string) {
	t.Helper()
	last, err := store.Last(t.Context(), log)
	if err != nil {
		t.Fatal(err)
	}
	behind := core.BehindLost(last)
	if len(behind) == 0 {
		t.Fatalf("nothing is to stand behind %q", last.Key)
	}
	for _, it := range behind {
		if _, err := store.Create(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
}

// behind returns what a feed gives at once that begins behind a cursor.
func (p *post) behind(v core.Subscription, after string) []string {
	p.t.Helper()
	feed := p.set.NewFeed()
	defer feed.Close(context.WithoutCancel(p.t.Context()))
	if err := feed.Subscribe(p.t.Context(), nil, &core.SubscribeRequest{Subscription: v, After: after}); err != nil {
		p.t.Fatal(err)
	}
	events, err := feed.Next(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	deliveries := make([]core.Delivery, len(events))
	for i, e := range events {
		deliveries[i] = e.Delivery
	}
	return bodies(p.t, deliveries)
}

// A log whose first entries are lost goes on far behind its beginning.
func TestCursorOfAWholeLogThatIsLost(t *testing.T) {
	store := memory.New(nil)
	start := func() *post {
		set := core.NewChannelSet(core.NewServiceMapper(), store, nil)
		t.Cleanup(set.Drain)
		set.Map(&core.Channel{Name: "c", Endpoint: nobody{}}).AddDestination(&core.Destination{Name: "a/news", Shards: 3})
		return &post{t: t, set: set}
	}
	news := core.Subscription{ID: "s", Topic: core.Topic{Destination: "a/news", Subtopic: "x"}}
	here, err := start().beginning(news, "")
	if err != nil {
		t.Fatal(err)
	}
	lost := strings.Replace(here, ":0", ":3", 1) // as one that had read three messages
	revert(t, store, "realm1/m/a/news")
	p := start()
	p.publish("a/news", "x", "new")
	if got := p.behind(news, lost); fmt.Sprint(got) != "[s:new]" {
		t.Errorf("behind the cursor %s came %v, want the new message", lost, got)
	}
}

func TestBehindLostIsForLogs(t *testing.T) {
	for _, key := range []core.Key{
		{Partition: "realm1/c/client", Sort: "i/channel/00000000000000000001"}, {Partition: "realm1/m/news/0", Sort: "head"},
		{Partition: "realm1/t/news/0", Sort: "x"}, {Partition: "t/news/0", Sort: "00000000000000000001"},
		{Partition: "realm1/t/news/0", Sort: "18446744073709551615"}, {Partition: "", Sort: ""},
	} {
		if got := core.BehindLost(core.Item{Key: key}); len(got) > 0 {
			t.Errorf("behind %q stands %q, want nothing", key, got[0].Key)
		}
	}
}
