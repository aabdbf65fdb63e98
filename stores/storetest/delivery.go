package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

func testSubtopics(o *town) {
	o.processes(2, core.Destination{Shards: 4})
	all, some := o.newInhabitant("*"), o.newInhabitant("a", "c.*", "d")
	o.pass(time.Minute) // a subscription is sure of its messages after some seconds
	o.mustPublish(0, "1", "a", "b", "c.x", "d")
	o.mustPublish(1, "2", "b")
	o.mustPublish(0, "3", "d", "c.y")
	for id, want := range map[string][]string{all: {"1", "2", "3"}, some: {"1", "3"}} {
		got := o.all(id)
		slices.Sort(got) // shards have no common order
		if !slices.Equal(got, want) {
			o.t.Errorf("got %q, want %q", got, want)
		}
	}
}

func testOnce(o *town) {
	o.processes(4, core.Destination{Shards: 2})
	id := o.newInhabitant("a", "b", "*")
	o.pass(time.Hour / 2)
	o.mustPublish(0, "before", "a")
	const ids = 5
	together(o.t, 20, func(i int) error {
		for n := range ids {
			p := &core.Publication{Topic: core.Topic{Destination: destination, Subtopic: "a"}, Body: fmt.Sprint(n), ID: fmt.Sprint("id", n)}
			if _, err := o.set(i).Publish(o.t.Context(), nil, p); err != nil {
				return err
			}
			if err := o.publish(o.t.Context(), i, "other", "a"); err != nil {
				return err
			}
		}
		return nil
	})
	got := slices.DeleteFunc(o.all(id), func(text string) bool { return text == "other" || text == "before" })
	slices.Sort(got)
	if want := []string{"0", "1", "2", "3", "4"}; !slices.Equal(got, want) {
		o.t.Errorf("got %q, want %q", got, want)
	}
}

// testInbox: what many send to one connection at once comes to it alone, all of it.
func testInbox(o *town) {
	o.processes(3, core.Destination{})
	to, other := o.newInhabitant(), o.newInhabitant()
	const senders, each = 6, 5
	together(o.t, senders, func(i int) error {
		for n := range each {
			_, conn, err := o.set(i).LoadConnection(o.t.Context(), channel, to)
			if err != nil {
				return err
			}
			p := &core.Publication{Topic: core.Topic{Destination: destination}, Body: fmt.Sprintf("%d/%d", i, n)}
			if _, err := o.set(i).Send(o.t.Context(), conn, "s", p); err != nil {
				return err
			}
		}
		return nil
	})
	got := o.all(to)
	if n := len(slices.Compact(slices.Sorted(slices.Values(got)))); n != senders*each || len(got) != n {
		o.t.Errorf("got %d messages, %d of them different; want %d", len(got), n, senders*each)
	}
	o.wantAll(other)
}

func testExpired(o *town) {
	o.processes(2, core.Destination{TTL: time.Minute, Replay: true})
	early := o.newInhabitant("")
	o.mustPublish(0, "short")
	p := &core.Publication{Topic: core.Topic{Destination: destination}, Body: "long", TTL: 30 * time.Minute}
	_, err := o.set(1).Publish(o.t.Context(), nil, p)
	o.ok(err)
	_, conn, err := o.set(0).LoadConnection(o.t.Context(), channel, early)
	o.ok(err)
	_, err = o.set(0).Send(o.t.Context(), conn, "s", &core.Publication{Topic: core.Topic{Destination: destination}, Body: "to one"})
	o.ok(err)
	o.pass(2 * time.Minute)
	o.wantAll(early, "long")
	o.wantAll(o.newInhabitant(""), "long")
}

// testTrimmed: the sweep removes what has expired from the front of a log, never the last entry, and the log goes on behind it.
func testTrimmed(o *town) {
	o.processes(2, core.Destination{TTL: time.Second})
	id := o.newInhabitant("")
	for n := range 20 {
		o.mustPublish(n, fmt.Sprint(n))
	}
	log := o.realm + "/t/" + destination + "/0"
	before, err := o.store.Range(o.t.Context(), log, "", 0, 0)
	o.ok(err)
	o.pass(20 * time.Minute)
	for _, set := range o.sets {
		o.ok(set.Sweep(o.t.Context()))
	}
	after, err := o.store.Range(o.t.Context(), log, "", 0, 0)
	o.ok(err)
	if _, ok := o.store.(core.Trimmer); ok && (len(after) != 1 || after[0].Sort != before[len(before)-1].Sort) {
		o.t.Errorf("the log was trimmed to %s, want its last entry", texts(after))
	}
	o.mustPublish(1, "new")
	o.wantAll(id, "new")
}

// testForeignCursor: a cursor of an epoch that is over names nothing: all that there is is news.
func testForeignCursor(o *town) {
	o.processes(1, core.Destination{})
	o.mustPublish(0, "1")
	o.mustPublish(0, "2")
	cursor := ""
	for _, c := range []struct {
		name  string
		after func() string
		want  string
	}{
		{"none", func() string { return "" }, "[1 2]"},
		{"behind the first", func() string { return cursor }, "[2]"},
		{"of another epoch", func() string { return "another" + cursor[strings.IndexByte(cursor, '.'):] }, "[1 2]"},
	} {
		feed := o.set(0).NewFeed()
		v := core.Subscription{ID: "s", Topic: core.Topic{Destination: destination}}
		o.ok(feed.Subscribe(o.t.Context(), nil, &core.SubscribeRequest{Subscription: v, After: c.after(), Replay: core.ReplayAll}))
		events, err := feed.Next(o.t.Context())
		o.ok(err)
		got := []string{}
		for _, e := range events {
			got = append(got, textOf(o.t, e.Message))
		}
		if fmt.Sprint(got) != c.want {
			o.t.Errorf("cursor %s: got %v, want %s", c.name, got, c.want)
		}
		if cursor == "" {
			cursor = events[0].Cursor
		}
		feed.Close(context.WithoutCancel(o.t.Context()))
	}
}

// testLostLogs: a store that has lost logs and what it knew of the destination begins a new epoch, and subscriptions from before get
// what is published in it.
func testLostLogs(o *town) {
	o.processes(2, core.Destination{})
	id := o.newInhabitant("")
	for range 5 {
		o.mustPublish(0, "old")
	}
	if got := o.all(id); len(got) != 5 {
		o.t.Fatalf("got %q", got)
	}
	for _, partition := range []string{"/t/" + destination + "/0", "/m/" + destination, "/m/" + destination + "/0"} {
		items, err := o.store.Range(o.t.Context(), o.realm+partition, "", 0, 0)
		o.ok(err)
		for _, it := range items {
			o.ok(o.store.Delete(o.t.Context(), it.Key, 0))
		}
	}
	o.sets = nil
	o.processes(2, core.Destination{})
	o.mustPublish(0, "new")
	o.wantAll(id, "new")
}

// testReshard: messages from before and after a change of the count of shards come, each once.
func testReshard(o *town) {
	o.processes(1, core.Destination{})
	id := o.newInhabitant("a", "b.*", "")
	before := o.sets[0]
	o.mustPublish(0, "1", "a")
	o.mustPublish(0, "2", "b.x")
	o.sets = nil
	o.processes(1, core.Destination{Shards: 8})
	o.mustPublish(0, "3", "a")
	o.mustPublish(0, "4", "b.y")
	o.sets = append(o.sets, before)
	o.mustPublish(1, "5") // by a process that is still as it was
	o.pass(2 * time.Minute)
	got := o.all(id)
	slices.Sort(got)
	if want := []string{"1", "2", "3", "4", "5"}; !slices.Equal(got, want) {
		o.t.Errorf("got %q, want %q", got, want)
	}
}

// testWaiting: a poll that waits in one process gets what another publishes, by the store's Waiter or by reading again.
func testWaiting(o *town) {
	o.processes(2, core.Destination{})
	id := o.newInhabitant("a")
	ack := ""
	for range 3 {
		answer := make(chan *core.Batch, 1)
		go func() {
			b, err := o.poll(o.t.Context(), 0, id, ack, time.Minute)
			if err != nil {
				o.t.Error(err)
			}
			answer <- b
		}()
		o.mustPublish(1, "nobody's", "b")
		o.mustPublish(1, "x", "a")
		b := <-answer
		if b == nil || len(b.Deliveries) != 1 {
			o.t.Fatalf("the poll got %v, want one message", b)
		}
		ack = b.ID
	}
}
