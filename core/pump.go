package core

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core/selector"
)

// A pump reads a log once for all in this process who wait for it: waiting polls, streams and sockets. It runs while somebody
// listens. What it has read it keeps a while, so that those whom it wakes need not read the store.
type pump struct {
	log    *log
	signal chan struct{} // holds one: read on

	mu      sync.Mutex
	running bool
	since   uint64   // recent is what stands behind this number
	at      uint64   // up to this one
	recent  []*entry //
	size    int      // bytes that recent takes
	known   uint64   // an append with this number is known of
	exact   map[string]map[*listener]struct{}
	wild    map[*listener]struct{}
}

// A listener is one who waits for the messages of a subscription in one shard.
type listener struct {
	log       *log
	subtopic  string
	condition *selector.Selector
	at        position // what is up to here it has seen
	waiter    *waiter
}

const (
	pumpEntries = 512
	pumpBytes   = 8 << 20
	pumpLinger  = 5 * time.Second // how long a pump runs on without listeners
)

func (p *pump) init(l *log) {
	p.log = l
	p.signal = make(chan struct{}, 1)
	p.exact, p.wild = map[string]map[*listener]struct{}{}, map[*listener]struct{}{}
}

// add puts a listener in. It is woken at once where something stands behind what it has seen, as far as this process knows.
func (p *pump) add(l *listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.running:
		p.running, p.since, p.at = true, l.at.before(), l.at.before()
		p.recent, p.size = nil, 0
		go p.run()
	case l.at.before() < p.since:
		l.waiter.notify() // it is further behind than what is kept here
	default:
		for _, e := range p.behind(l.at.before()) {
			if p.wants(l, e) {
				l.waiter.notify()
				break
			}
		}
	}
	if isWildcard(l.subtopic) {
		p.wild[l] = struct{}{}
	} else {
		if p.exact[l.subtopic] == nil {
			p.exact[l.subtopic] = map[*listener]struct{}{}
		}
		p.exact[l.subtopic][l] = struct{}{}
	}
	if p.known > p.at {
		p.readOn()
	}
}

func (p *pump) drop(l *listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.wild, l)
	if same := p.exact[l.subtopic]; same != nil {
		if delete(same, l); len(same) == 0 {
			delete(p.exact, l.subtopic)
		}
	}
}

// wants reports whether a listener waits for something of an entry.
func (p *pump) wants(l *listener, e *entry) bool {
	for i, m := range e.messages {
		if l.at.passes(e.number, i) {
			continue
		}
		for _, subtopic := range m.subtopics() {
			if matchSubtopic(l.subtopic, subtopic, p.log.destination.Separator) && selects(l.condition, m) {
				return true
			}
		}
	}
	return false
}

// nudge tells the pump that an entry with that number stands in the log.
func (p *pump) nudge(number uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = max(p.known, number)
	if p.running && p.known > p.at {
		p.readOn()
	}
}

func (p *pump) readOn() {
	select {
	case p.signal <- struct{}{}:
	default:
	}
}

// run reads the log whenever there is something, or may be.
func (p *pump) run() {
	s := p.log.set
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	idle := time.Time{}
	for failures := 0; ; {
		p.waitForMore(ctx, failures)
		if err := p.read(ctx); err != nil {
			if failures++; !s.draining() { // or the store may be closed already
				s.opts.Logger.WarnContext(ctx, "log not read", "partition", p.log.partition, "error", err)
			}
		} else {
			failures = 0
		}
		if idle = p.idleSince(idle, time.Now()); p.stop(idle, time.Now()) {
			return
		}
	}
}

// waitForMore returns when something may stand behind what was read.
func (p *pump) waitForMore(ctx context.Context, failures int) {
	s := p.log.set
	if failures > 0 {
		_ = pause(ctx, 2+failures) // the store does not answer
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	told := make(chan struct{})
	if s.waiter != nil {
		p.mu.Lock()
		after := p.log.key(p.at)
		p.mu.Unlock()
		go func() {
			defer close(told)
			if s.waiter.Wait(ctx, []Key{after}) != nil {
				<-ctx.Done() // it could not: the interval has to do
			}
		}()
	}
	timer := time.NewTimer(min(s.rereadAfter(), pumpLinger))
	defer timer.Stop()
	select {
	case <-p.signal:
	case <-told:
	case <-timer.C:
	case <-s.drained:
	}
}

// read reads to the end of the log and wakes who waits for what is there.
func (p *pump) read(ctx context.Context) error {
	for {
		p.mu.Lock()
		at := p.at
		p.mu.Unlock()
		entries, err := p.log.readStored(ctx, at)
		if err != nil || len(entries) == 0 {
			return err
		}
		p.mu.Lock()
		for _, e := range entries {
			p.keep(e)
			p.dispatch(e)
		}
		ended := !isFull(entries) && p.known <= p.at
		p.mu.Unlock()
		if ended {
			return nil
		}
	}
}

// keep adds an entry to the recent ones and drops the oldest where they are too many.
func (p *pump) keep(e *entry) {
	p.recent = append(p.recent, e)
	p.at = e.number
	p.size += e.memory()
	for len(p.recent) > pumpEntries || p.size > pumpBytes {
		p.since, p.size = p.recent[0].number, p.size-p.recent[0].memory()
		p.recent[0] = nil
		p.recent = p.recent[1:]
	}
}

// dispatch wakes the listeners that want something of an entry.
func (p *pump) dispatch(e *entry) {
	for _, m := range e.messages {
		for _, subtopic := range m.subtopics() {
			for l := range p.exact[subtopic] {
				if selects(l.condition, m) {
					l.waiter.notify()
				}
			}
		}
	}
	for l := range p.wild {
		if p.wants(l, e) {
			l.waiter.notify()
		}
	}
}

// after returns what was read behind a number, and how far was read; false: that is further back than what is kept.
func (p *pump) after(number uint64) (entries []*entry, end uint64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running || number < p.since {
		return nil, 0, false
	}
	return slices.Clone(p.behind(number)), p.at, true // keep drops the oldest in place
}

// behind returns the recent entries behind a number. Many ask that have just been woken, all for the last one.
func (p *pump) behind(number uint64) []*entry {
	i := len(p.recent)
	for i > 0 && p.recent[i-1].number > number {
		i--
	}
	return p.recent[i:]
}

func (p *pump) idleSince(idle, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case len(p.exact)+len(p.wild) > 0:
		return time.Time{}
	case idle.IsZero():
		return now
	}
	return idle
}

// stop ends the pump, where nobody has listened for a while or the set ends.
func (p *pump) stop(idle, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.exact)+len(p.wild) > 0 && !p.log.set.draining() {
		return false
	}
	if !p.log.set.draining() && (idle.IsZero() || now.Sub(idle) < pumpLinger) {
		return false
	}
	p.running, p.recent, p.size = false, nil, 0
	return true
}
