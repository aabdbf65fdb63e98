package postgres

import (
	"context"
	stdsql "database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

const (
	// maxPayload is how long a notification may be: PostgreSQL takes fewer than 8,000 bytes.
	maxPayload = 7999
	// maxPending is how many notices wait at most while the server does not answer.
	maxPending = 10_000
	// sendWithin is how long one statement with notices may take.
	sendWithin = 10 * time.Second
)

// BusOptions are what a Bus can be told. The zero value is good.
type BusOptions struct {
	Channel string       // the channel's name; default "patchbay_bus"
	Logger  *slog.Logger // hears once that the server is away, and once that it is back; default: nobody does
}

// A Bus is a core.Bus over PostgreSQL's LISTEN and NOTIFY. It has two connections: one that listens, and one that sends when there is
// something. What is published while the server is away is sent when it is back, the last notice of each log and connection; what others
// publish meanwhile is lost.
type Bus struct {
	where    *settings
	channel  string
	hearing  *health
	sending  *health
	db       *stdsql.DB
	listener *listener
	signal   chan struct{} // holds one: something is pending
	cancel   context.CancelFunc
	ended    chan struct{} // closed when send has ended

	mu      sync.Mutex
	next    int
	heard   map[int]func(core.Notice)
	pending map[core.Notice]uint64 // the highest number, by the notice without it
	closed  bool
}

var _ core.Bus = (*Bus)(nil)

// OpenBus connects to the database of a URL, as Open does, and returns a bus between all who name the same database and channel. Where the
// URL is that of a pooler that gives each transaction another connection, direct=HOST:PORT has to name the server.
func OpenBus(ctx context.Context, url string, opts *BusOptions) (*Bus, error) {
	where, err := parse(url)
	if err != nil {
		return nil, err
	}
	where = where.direct
	where.conns = 1
	b := &Bus{
		where: where, channel: "patchbay_bus", db: where.open(),
		signal: make(chan struct{}, 1), ended: make(chan struct{}), heard: map[int]func(core.Notice){}, pending: map[core.Notice]uint64{},
	}
	if opts != nil && opts.Channel != "" {
		b.channel = opts.Channel
	}
	logger := slog.New(slog.DiscardHandler)
	if opts != nil && opts.Logger != nil {
		logger = opts.Logger
	}
	b.hearing, b.sending = &health{what: "hearing notices", logger: logger}, &health{what: "sending notices", logger: logger}
	b.listener = newListener(where, b.channel)
	b.listener.heard, b.listener.up, b.listener.down = b.hear, b.hearing.well, b.hearing.ill
	sending, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	go b.send(sending)
	if err := b.listener.await(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Publish implements core.Bus. It returns before the notice is sent. Of several about one log only the last is sent.
func (b *Bus) Publish(_ context.Context, n core.Notice) error {
	if size := len(encodeNotice(n)); size > maxPayload {
		return fmt.Errorf("bus: a notice of %d bytes is longer than the %d that PostgreSQL takes", size, maxPayload)
	}
	about := n
	about.Number = 0
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return core.ErrClosed
	}
	number, known := b.pending[about]
	if !known && len(b.pending) == maxPending {
		return fmt.Errorf("bus: %d notices wait to be sent: there is no room for another", maxPending)
	}
	b.pending[about] = max(number, n.Number)
	select {
	case b.signal <- struct{}{}:
	default: // it will be sent with what is pending already
	}
	return nil
}

// Subscribe implements core.Bus.
func (b *Bus) Subscribe(hear func(core.Notice)) (cancel func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	id := b.next
	b.heard[id] = hear
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.heard, id)
	}
}

// Close ends the connections, and returns when they are gone. It may be called twice.
func (b *Bus) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	<-b.ended
	b.listener.close()
	return b.db.Close()
}

// hear hands on what the server has told. What is no notice of ours it passes over.
func (b *Bus) hear(payload string) {
	n, ok := decodeNotice(payload)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, hear := range b.heard {
		hear(n)
	}
}

// send sends what is pending, until Close. Where that fails it tries again later, with what has come meanwhile.
func (b *Bus) send(ctx context.Context) {
	defer close(b.ended)
	longest := shortestBreak
	for {
		select {
		case <-b.signal:
		case <-ctx.Done():
			return
		}
		notices := b.take()
		err := b.notify(ctx, notices)
		if err == nil {
			b.sending.well()
			longest = shortestBreak
			continue
		}
		if ctx.Err() == nil {
			b.sending.ill(b.where.explain(err))
		}
		b.putBack(notices)
		rest(ctx, longest)
		longest = min(2*longest, longestBreak)
	}
}

// A health logs when something begins to fail, and when it is well again. One goroutine uses it.
type health struct {
	what    string
	logger  *slog.Logger
	failing bool
}

func (h *health) ill(err error) {
	if !h.failing {
		h.logger.Warn("bus: trouble", "with", h.what, "error", err)
	}
	h.failing = true
}

func (h *health) well() {
	if h.failing {
		h.logger.Info("bus: well again", "with", h.what)
	}
	h.failing = false
}

func (b *Bus) notify(ctx context.Context, notices []core.Notice) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	payloads := make([]string, len(notices))
	for i, n := range notices {
		payloads[i] = encodeNotice(n)
	}
	return notify(ctx, b.db, b.channel, payloads)
}

func (b *Bus) take() []core.Notice {
	b.mu.Lock()
	defer b.mu.Unlock()
	notices := make([]core.Notice, 0, len(b.pending))
	for n, number := range b.pending {
		n.Number = number
		notices = append(notices, n)
	}
	clear(b.pending)
	return notices
}

// putBack has notices sent once more. What has come meanwhile is newer.
func (b *Bus) putBack(notices []core.Notice) {
	for _, n := range notices {
		_ = b.Publish(context.Background(), n) // one that has no room any more is lost, as the bus may
	}
}

// A wireNotice is a notice as it is sent. Names are bytes, since text would have to be UTF-8 without NUL.
type wireNotice struct {
	Realm       []byte `json:"r,omitempty"`
	Destination []byte `json:"d,omitempty"`
	Shard       int    `json:"s,omitempty"`
	Number      uint64 `json:"n,omitempty"`
	Connection  []byte `json:"c,omitempty"`
}

func encodeNotice(n core.Notice) string {
	w := wireNotice{[]byte(n.Realm), []byte(n.Destination), n.Shard, n.Number, []byte(n.Connection)}
	text, _ := json.Marshal(&w) //nolint:errchkjson // bytes and numbers can be written
	return string(text)
}

func decodeNotice(payload string) (core.Notice, bool) {
	var w wireNotice
	if json.Unmarshal([]byte(payload), &w) != nil {
		return core.Notice{}, false
	}
	return core.Notice{
		Realm: string(w.Realm), Destination: string(w.Destination), Shard: w.Shard, Number: w.Number, Connection: string(w.Connection),
	}, true
}
