package core_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// waitingStore is an interrupted store that can wait.
type waitingStore struct {
	*interrupted
	core.Waiter
}

// What is published between a poll's read and its wait ends the wait at once.
func TestPublishBetweenReadAndWait(t *testing.T) {
	for _, c := range []struct {
		name              string
		beside, elsewhere bool // somebody else waits already; another process publishes
	}{
		{"alone", false, false}, {"beside another", true, false}, {"by another process", false, true}, {"by another process, beside another", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := memory.New(nil)
				store := &interrupted{Store: m, after: func(string, core.Key) {}}
				f := newOffice(t, store, &core.Options{Reread: time.Hour}, &core.Destination{Name: "news"})
				if c.elsewhere {
					f.store = waitingStore{store, m}
					f.set = f.process()
				}
				defer f.set.Drain()
				f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news", Subtopic: "a"}})
				if c.beside {
					other := &post{t: t, set: f.set}
					other.conn = other.connect()
					other.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news", Subtopic: "b"}})
					go func() { _, _ = f.set.Poll(t.Context(), other.conn, &core.PollRequest{Wait: 2 * time.Hour}) }()
					synctest.Wait()
				}
				publisher := f.set
				if c.elsewhere {
					publisher = f.process()
				}
				store.after = func(verb string, key core.Key) {
					if verb == "range" && strings.Contains(key.Partition, "/t/") {
						store.after = func(string, core.Key) {}
						f.in(publisher).publish("news", "a", "now")
						time.Sleep(time.Millisecond) // whoever waits already has heard of it
					}
				}
				start := time.Now()
				if got := f.poll(core.PollRequest{ID: "1", Wait: time.Hour}); fmt.Sprint(got) != "[s:now]" {
					t.Errorf("got %v", got)
				}
				if took := time.Since(start); took > time.Second {
					t.Errorf("the poll took %v", took)
				}
			})
		})
	}
}
