package kills

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/servers"
)

var rounds = flag.Int("kills.rounds", 3, "how often each test kills")

const (
	work     = time.Second            // between two kills
	told     = 100 * time.Millisecond // until what a server answered before it was killed is told of
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
	feed    *ledger  // of what comes by a feed; nil: there is none
	shifts  int
}

func newTrial(t *testing.T, k kind, address string) *trial {
	t.Helper()
	o := &trial{t: t, kind: k, address: address}
	w := newWorker(o.open())
	o.subscribe(w)
	w.drain()
	return o
}

// subscribe makes subscribers anew, and a ledger for them.
func (o *trial) subscribe(w *worker) {
	o.t.Helper()
	o.ids = nil
	subscribers := map[string][]string{}
	for _, topics := range [][]string{{"a"}, {"b"}, {"a", "b"}} {
		id, err := w.subscriber(o.t.Context(), topics)
		if err != nil {
			o.t.Fatal(err)
		}
		o.ids = append(o.ids, id)
		subscribers[id] = topics
	}
	o.ledger = newLedger(subscribers)
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

// crew makes two workers in this process, each with a store of its own.
func (o *trial) crew() [2]*worker {
	var crew [2]*worker
	for i := range crew {
		crew[i] = newWorker(o.open())
		o.t.Cleanup(crew[i].drain)
	}
	return crew
}

// follow has a feed followed until the test ends.
func (o *trial) follow(w *worker) {
	o.t.Helper()
	o.feed = newLedger(map[string][]string{feedName: topics})
	f, err := newFollower(o.t.Context(), w, o.feed.note)
	if err != nil {
		o.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(o.t.Context())
	var all sync.WaitGroup
	all.Go(func() { f.follow(ctx) })
	o.t.Cleanup(func() {
		cancel()
		all.Wait()
	})
}

// note enters what a crew has seen.
func (o *trial) note(e event) {
	o.ledger.note(e)
	if o.feed != nil && e.Acked != nil {
		o.feed.note(e)
	}
}

// shift has a crew work, and tell of what it sees. quiet ends its publishing, end all.
func (o *trial) shift(crew [2]*worker, tell func(event)) (quiet, end func()) {
	publishing, quiet := context.WithCancel(o.t.Context())
	polling, cancel := context.WithCancel(o.t.Context())
	o.shifts++
	var all sync.WaitGroup
	for i, subscribers := range [][]string{o.ids[:2], o.ids[2:]} {
		crew[i].tell = tell
		name := fmt.Sprintf("%d.%d", o.shifts, i)
		all.Go(func() { crew[i].work(publishing, polling, name, 2, subscribers) })
	}
	return quiet, func() {
		quiet()
		cancel()
		all.Wait()
	}
}

// outage kills a server and starts it again, and fails the test if anything is acknowledged while there is none. Errors are no sign of that: a
// driver that tries again hides an outage that ends soon.
func (o *trial) outage(server *servers.Server) {
	o.t.Helper()
	server.Kill()
	wait(o.t.Context(), told)
	before, _ := o.ledger.progress()
	wait(o.t.Context(), outage)
	if acked, _ := o.ledger.progress(); acked != before {
		o.t.Errorf("%d messages were acknowledged while the server was gone", acked-before)
	}
	if err := server.Restart(o.t.Context()); err != nil {
		o.t.Fatal(err)
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
	for _, l := range o.ledgers() {
		if !o.await(func() bool { return len(l.missing()) == 0 }) {
			missing := l.missing()
			o.t.Errorf("%d are missing: %q", len(missing), missing[:min(len(missing), 10)])
		}
	}
	o.isRight()
	for _, l := range o.ledgers() {
		acked, got := l.progress()
		o.t.Logf("%d messages were acknowledged, %d came, %d errors on the way", acked, got, l.errors())
	}
}

// isRight fails the test unless what came is as it was promised.
func (o *trial) isRight() {
	o.t.Helper()
	for _, l := range o.ledgers() {
		if wrong := l.wrong(); len(wrong) > 0 {
			o.t.Errorf("%d things are wrong: %q", len(wrong), wrong[:min(len(wrong), 10)])
		}
	}
}

func (o *trial) ledgers() []*ledger {
	if o.feed == nil {
		return []*ledger{o.ledger}
	}
	return []*ledger{o.ledger, o.feed}
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
