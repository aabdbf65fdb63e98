package kills

import (
	"context"
	"flag"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

var rounds = flag.Int("kills.rounds", 3, "how often each test kills")

const (
	work     = time.Second            // between two kills
	outage   = 300 * time.Millisecond // until a server is started again
	recovery = 30 * time.Second       // until all goes on, at most
)

// A trial is a store and those who have subscribed there, before anything is published.
type trial struct {
	t       *testing.T
	kind    kind
	address string
	ledger  *ledger
	ids     []string // of the subscribers
}

func newTrial(t *testing.T, k kind, address string) *trial {
	t.Helper()
	o := &trial{t: t, kind: k, address: address}
	w := newWorker(o.open(), nil)
	subscribers := map[string][]string{}
	for _, topics := range [][]string{{"a"}, {"b"}, {"a", "b"}} {
		id, err := w.subscriber(t.Context(), topics)
		if err != nil {
			t.Fatal(err)
		}
		o.ids = append(o.ids, id)
		subscribers[id] = topics
	}
	w.drain()
	o.ledger = newLedger(subscribers)
	return o
}

// open opens the store once more, for as long as the test runs.
func (o *trial) open() core.Store {
	o.t.Helper()
	store, err := o.kind.open(o.t.Context(), o.address)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		if err := store.Close(); err != nil {
			o.t.Errorf("close: %v", err)
		}
	})
	return store
}

// crew starts two workers in this process, each with a store of its own. quiet ends their publishing, end all.
func (o *trial) crew() (quiet, end func()) {
	publishing, quiet := context.WithCancel(o.t.Context())
	polling, cancel := context.WithCancel(o.t.Context())
	var all sync.WaitGroup
	for i, subscribers := range [][]string{o.ids[:2], o.ids[2:]} {
		w := newWorker(o.open(), o.ledger.note)
		all.Go(func() { w.work(publishing, polling, []string{"p", "q"}[i], 2, subscribers) })
		o.t.Cleanup(w.drain)
	}
	return quiet, func() {
		quiet()
		cancel()
		all.Wait()
	}
}

// goesOn fails the test unless more messages are acknowledged, and come, after this moment.
func (o *trial) goesOn(after string) {
	o.t.Helper()
	acked, got := o.ledger.progress()
	const some = 10
	if !o.await(func() bool {
		a, g := o.ledger.progress()
		return a >= acked+some && g >= got+some
	}) {
		a, g := o.ledger.progress()
		o.t.Fatalf("%s: %d messages were acknowledged and %d came in %s; the last error: %s", after, a-acked, g-got, recovery, o.ledger.lastError())
	}
}

// settles fails the test unless everything that was acknowledged comes, and everything is as it was promised.
func (o *trial) settles() {
	o.t.Helper()
	if !o.await(func() bool { return len(o.ledger.missing()) == 0 }) {
		missing := o.ledger.missing()
		o.t.Errorf("%d are missing: %q", len(missing), missing[:min(len(missing), 10)])
	}
	if wrong := o.ledger.wrong(); len(wrong) > 0 {
		o.t.Errorf("%d things are wrong: %q", len(wrong), wrong[:min(len(wrong), 10)])
	}
	acked, got := o.ledger.progress()
	o.t.Logf("%d messages were acknowledged, %d came, %d errors on the way", acked, got, o.ledger.errors())
}

// await waits until something holds, and returns whether it does.
func (o *trial) await(holds func() bool) bool {
	for deadline := time.Now().Add(recovery); !holds(); wait(o.t.Context(), 10*time.Millisecond) {
		if time.Now().After(deadline) || o.t.Context().Err() != nil {
			return false
		}
	}
	return true
}
