package core

import (
	"context"
	"sync"
)

// A Bus carries notices between the instances of a deployment that lives long, so that who waits in one is woken by what is
// published in another. It is at most once: what it loses an interval finds. Without one, the interval does it all.
type Bus interface {
	// Publish tells the others. It must not wait for them; an error is logged and nothing more.
	Publish(ctx context.Context, n Notice) error
	// Subscribe has hear called for each notice, its own instance's included or not, until cancel is called. hear does not block.
	Subscribe(hear func(Notice)) (cancel func())
}

// A Notice says that something new is stored: in a log, or for a connection.
type Notice struct {
	Realm string

	Destination string // of a log
	Shard       int
	Number      uint64 // the entry

	Connection string // a client's handle, a slash and the channel; nobody can make an id of it
}

// A LocalBus is a Bus between ChannelSets of one process.
type LocalBus struct {
	mu    sync.RWMutex
	next  int
	heard map[int]func(Notice)
}

// NewLocalBus returns a LocalBus.
func NewLocalBus() *LocalBus { return &LocalBus{heard: map[int]func(Notice){}} }

// Publish implements Bus.
func (b *LocalBus) Publish(_ context.Context, n Notice) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, hear := range b.heard {
		hear(n)
	}
	return nil
}

// Subscribe implements Bus.
func (b *LocalBus) Subscribe(hear func(Notice)) (cancel func()) {
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

// tell tells other instances of an entry.
func (s *ChannelSet) tell(ctx context.Context, l *log, number uint64) {
	s.publishNotice(ctx, Notice{Realm: s.opts.Realm, Destination: l.destination.Name, Shard: l.shard, Number: number})
}

// tellConnection tells who waits for a connection, here and elsewhere, that it was changed.
func (s *ChannelSet) tellConnection(ctx context.Context, c *Connection) {
	s.waiting.nudge(keyOf(c))
	s.publishNotice(ctx, Notice{Realm: s.opts.Realm, Connection: c.rowName()})
}

func (s *ChannelSet) publishNotice(ctx context.Context, n Notice) {
	if s.opts.Bus == nil {
		return
	}
	if err := s.opts.Bus.Publish(ctx, n); err != nil {
		s.opts.Logger.WarnContext(ctx, "notice not published", "destination", n.Destination, "error", err)
	}
}

// hear takes a notice of another instance, or of this one.
func (s *ChannelSet) hear(n Notice) {
	switch {
	case n.Realm != s.opts.Realm:
	case n.Connection != "":
		s.waiting.nudge(keyOf(s.connectionOfRow(n.Connection)))
	default:
		if logs := s.logsOf(n.Destination); logs != nil && n.Shard >= 0 && n.Shard < maxShards {
			logs.log(n.Shard).pump.nudge(n.Number)
		}
	}
}
