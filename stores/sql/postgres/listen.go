package postgres

import (
	"context"
	"errors"
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

	shortestBreak = 50 * time.Millisecond
	longestBreak  = 10 * time.Second
)

// A listener hears the notifications of a channel on a connection of its own, which it makes when it is first asked for and anew whenever it
// is lost.
type listener struct {
	where   *settings
	channel string
	heard   func(payload string) // does not block
	up      func()               // called at the beginning of each connection: what came before it was not heard

	ctx    context.Context // ends with close
	cancel context.CancelFunc
	start  sync.Once
	ended  chan struct{} // closed when the goroutine has ended, or will never run

	mu        sync.Mutex
	listening bool
	err       error         // of the last try to connect
	changed   chan struct{} // closed when one of the two changes
}

func newListener(where *settings, channel string, heard func(string), up func()) *listener {
	l := &listener{where: where, channel: channel, heard: heard, up: up, ended: make(chan struct{}), changed: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// await returns when the listener listens, or with the error of its last try.
func (l *listener) await(ctx context.Context) error {
	l.start.Do(func() { go l.run() })
	for {
		listening, changed, err := l.state()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case l.ctx.Err() != nil:
			return core.ErrClosed
		case listening || err != nil:
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-l.ctx.Done():
		}
	}
}

// close ends the connection and waits for that.
func (l *listener) close() {
	l.cancel()
	l.start.Do(func() { close(l.ended) })
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
func (l *listener) run() {
	defer close(l.ended)
	rest := shortestBreak
	for l.ctx.Err() == nil {
		connected, err := l.listen()
		l.setState(false, err)
		if connected {
			rest = shortestBreak
		}
		timer := time.NewTimer(rest/2 + rand.N(rest/2)) //nolint:gosec // G404: spreads tries, hides nothing
		select {
		case <-timer.C:
		case <-l.ctx.Done():
			timer.Stop()
		}
		rest = min(2*rest, longestBreak)
	}
}

// listen hears what comes on one connection until that ends.
func (l *listener) listen() (connected bool, err error) {
	conn, err := l.connect()
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(l.ctx) }() // how it ends tells nothing new
	l.setState(true, nil)
	l.up()
	for {
		n, err := l.next(conn)
		if err != nil {
			return true, err
		}
		if n != "" {
			l.heard(n)
		}
	}
}

func (l *listener) connect() (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(l.ctx, connectWithin)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, l.where.conn.Copy())
	if err != nil {
		return nil, l.where.explain(err)
	}
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{l.channel}.Sanitize()); err != nil {
		return nil, errors.Join(l.where.explain(err), conn.Close(ctx))
	}
	return conn, nil
}

// next returns what comes next, or nothing after a while in which nothing has come, and the connection lives.
func (l *listener) next(conn *pgx.Conn) (payload string, err error) {
	ctx, cancel := context.WithTimeout(l.ctx, aliveEvery)
	defer cancel()
	n, err := conn.WaitForNotification(ctx)
	switch {
	case err == nil:
		return n.Payload, nil
	case ctx.Err() == nil || l.ctx.Err() != nil:
		return "", err
	}
	asked, done := context.WithTimeout(l.ctx, connectWithin)
	defer done()
	return "", conn.Ping(asked)
}
