package postgres

import (
	"context"
	"crypto/rand"
	stdsql "database/sql"
	"strings"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// tellWithin is how long a notification may take.
const tellWithin = 2 * time.Second

// A teller sends notifications.
//
// They go out after the write, in a statement of their own. In the transaction of the write they would make commits wait for one another:
// PostgreSQL holds one lock for all notifications of a server from before a commit is written to the disk until after that. A transaction
// that does nothing but notify does not wait for the disk. (16 clients that insert, with fsync, on one machine: 4,900 a second; 3,400 with a
// notification behind each; 120 to 440 with one inside.) While one statement is on its way the next one gathers what it will say, so that
// many who write at once cost few of them.
type teller struct {
	db      *stdsql.DB
	channel string
	self    string        // what this instance's payloads begin with
	turn    chan struct{} // holds one: who sends

	mu        sync.Mutex
	gathering *batch // what the next statement says; nil: nothing yet
}

// A batch is what one statement says.
type batch struct {
	names map[string]struct{}
	sent  chan struct{} // closed
}

func newTeller(db *stdsql.DB, channel string) *teller {
	return &teller{db: db, channel: channel, self: rand.Text()[:8] + " ", turn: make(chan struct{}, 1)}
}

// tell returns when the name has been told, or could not be.
func (t *teller) tell(ctx context.Context, name string) {
	b := t.join(name)
	select {
	case t.turn <- struct{}{}:
		if t.take(b) {
			t.send(ctx, b)
		}
		<-t.turn
	case <-b.sent:
	case <-ctx.Done():
	}
}

// join puts a name into the batch that gathers.
func (t *teller) join(name string) *batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gathering == nil {
		t.gathering = &batch{names: map[string]struct{}{}, sent: make(chan struct{})}
	}
	t.gathering.names[name] = struct{}{}
	return t.gathering
}

// take closes a batch for further names; false: somebody has sent it.
func (t *teller) take(b *batch) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gathering != b {
		return false
	}
	t.gathering = nil
	return true
}

// send tells what is in the batch, for all who wait for it. An error is theirs who hear nothing, and look by themselves after a while.
func (t *teller) send(ctx context.Context, b *batch) {
	defer close(b.sent)
	core.Charge(ctx, core.Units{Writes: 1})
	payloads := make([]string, 0, len(b.names))
	for name := range b.names {
		payloads = append(payloads, t.self+name)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWithin) // it is for others too
	defer cancel()
	_ = notify(ctx, t.db, t.channel, payloads)
}

// notify sends notifications in one statement.
func notify(ctx context.Context, db *stdsql.DB, channel string, payloads []string) error {
	_, err := db.ExecContext(ctx, "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload", channel, payloads)
	return err
}

// foreign returns the name in a payload; false: it is one of this instance's, which knows.
func (t *teller) foreign(payload string) (name string, ok bool) {
	_, name, _ = strings.Cut(payload, " ")
	return name, !strings.HasPrefix(payload, t.self)
}
