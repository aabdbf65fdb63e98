package postgres

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/patchbay-go/patchbay/core"
)

const (
	// aliveEvery is how long a listener believes in a connection that says nothing, before it asks whether it is there.
	aliveEvery = 30 * time.Second
	// connectWithin is how long it waits for an answer.
	connectWithin = 10 * time.Second
	// hearWithin is how long it believes that what was told will be heard yet.
	hearWithin = 3 * time.Second

	shortestBreak = 50 * time.Millisecond
	longestBreak  = 10 * time.Second
)

// A listener hears the notifications of a channel on a connection of its own, which it makes when it is first asked for and anew whenever it
// is lost.
type listener struct {
	where   *settings
	channel string
	heard   func(payload string) // does not block
	up      func()               // called when a connection listens: what was told before may not have been heard
	down    func(error)          // called when one is lost, or cannot be made

	begin   func() // starts run
	once    sync.Once
	cancel  context.CancelFunc // ends it
	closing <-chan struct{}
	ended   chan struct{} // closed when run has ended, or will never begin

	mu        sync.Mutex
	listening bool
	err       error         // of the last try to connect
	changed   chan struct{} // closed when one of the two changes
}

func newListener(where *settings, channel string) *listener {
	l := &listener{
		where: where, channel: channel, heard: func(string) {}, up: func() {}, down: func(error) {},
		ended: make(chan struct{}), changed: make(chan struct{}),
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.begin, l.cancel, l.closing = func() { go l.run(ctx) }, cancel, ctx.Done()
	return l
}

// await returns when the listener listens, or with the error of its last try.
func (l *listener) await(ctx context.Context) error {
	l.once.Do(l.begin)
	for {
		listening, changed, err := l.state()
		if listening || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-l.closing:
			return core.ErrClosed
		}
	}
}

// close ends the connection and waits for that.
func (l *listener) close() {
	l.cancel()
	l.once.Do(func() { close(l.ended) })
	<-l.ended
}

func (l *listener) state() (listening bool, changed <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.listening, l.changed, l.err
}

func (l *listener) setState(listening bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listening, l.err = listening, err
	close(l.changed)
	l.changed = make(chan struct{})
}

// run listens until close, with breaks that grow while there is no connection.
func (l *listener) run(ctx context.Context) {
	defer close(l.ended)
	longest := shortestBreak
	for ctx.Err() == nil {
		connected, err := l.listen(ctx)
		l.setState(false, err)
		if ctx.Err() == nil {
			l.down(err)
		}
		if connected {
			longest = shortestBreak
		}
		rest(ctx, longest)
		longest = min(2*longest, longestBreak)
	}
}

// rest takes a break, so long at most.
func rest(ctx context.Context, longest time.Duration) {
	timer := time.NewTimer(longest/2 + rand.N(longest/2)) //nolint:gosec // G404: spreads tries, hides nothing
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// listen hears what comes on one connection until that ends.
func (l *listener) listen(ctx context.Context) (connected bool, err error) {
	conn, err := l.connect(ctx)
	if err != nil {
		return false, err
	}
	defer hangUp(ctx, conn)
	l.setState(true, nil)
	l.up()
	for {
		payload, err := next(ctx, conn)
		if err != nil {
			return true, err
		}
		if payload != "" {
			l.heard(payload)
		}
	}
}

func (l *listener) connect(ctx context.Context) (*pgx.Conn, error) {
	asked, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	conn, err := pgx.ConnectConfig(asked, l.where.conn.Copy())
	if err != nil {
		return nil, l.where.explain(err)
	}
	if err := l.subscribe(asked, conn); err != nil {
		hangUp(ctx, conn)
		return nil, l.where.explain(err)
	}
	return conn, nil
}

// subscribe has the connection listen, and finds out whether it hears: a pooler that gives each transaction another connection says that it
// listens, and nothing more.
func (l *listener) subscribe(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{l.channel}.Sanitize()); err != nil {
		return err
	}
	other, err := pgx.ConnectConfig(ctx, l.where.conn.Copy())
	if err != nil {
		return err
	}
	defer hangUp(ctx, other)
	probe := "probe " + crand.Text()
	if _, err := other.Exec(ctx, "SELECT pg_notify($1, $2)", l.channel, probe); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, hearWithin)
	defer cancel()
	for {
		n, err := conn.WaitForNotification(ctx)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("what is told is not heard; behind a pooler, name the server itself by direct=HOST:PORT: %w", err)
		case err != nil || n.Payload == probe:
			return err
		}
	}
}

// next returns what comes next, or nothing after a while in which nothing has come, and the connection lives.
func next(ctx context.Context, conn *pgx.Conn) (payload string, err error) {
	asked, cancel := context.WithTimeout(ctx, aliveEvery)
	defer cancel()
	n, err := conn.WaitForNotification(asked)
	switch {
	case err == nil:
		return n.Payload, nil
	case asked.Err() == nil || ctx.Err() != nil:
		return "", err
	}
	asked, cancel = context.WithTimeout(ctx, connectWithin)
	defer cancel()
	return "", conn.Ping(asked)
}

// hangUp says good-bye to a server that may be gone.
func hangUp(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // how it ends tells nothing new
}
