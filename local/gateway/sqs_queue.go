package gateway

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// A queue is messages and which of them the function has.
type queue struct {
	name string
	fifo bool
	opts *SQSOptions
	wake chan struct{} // something has changed

	mu       sync.Mutex
	messages []*queued // in the order in which they were sent
	dead     []*queued
	sequence int64
	sent     map[string]duplicate // by deduplication id
}

// queued is a message in a queue.
type queued struct {
	id         string
	body       string
	attributes map[string]attribute
	group      string // of a FIFO queue, as the two below
	dedup      string
	sequence   string
	size       int // bytes in an event

	// Guarded by the queue's lock.
	sentAt, firstReceived time.Time
	visibleAt             time.Time // in the future: it is with the function, or delayed
	receives              int
	receipt               string // of the latest delivery
}

// A delivery is a message on its way to the function, the how manieth time.
type delivery struct {
	*queued

	receipt  string
	receives int
}

// A duplicate is what a message was that had an id.
type duplicate struct {
	at           time.Time
	id, sequence string
}

// dedupFor is how long a FIFO queue knows the ids of its messages.
const dedupFor = 5 * time.Minute

// add appends a message. Of one that the queue has had it returns the first. It returns false when the queue is full.
func (q *queue) add(m *queued, now time.Time, delay time.Duration) bool {
	m.size = q.recordSize(m)
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.messages) >= maxQueued {
		return false
	}
	if q.fifo && q.known(m, now) {
		return true
	}
	m.sentAt, m.visibleAt = now, now.Add(delay)
	if q.fifo {
		q.sequence++
		m.sequence = fmt.Sprintf("%020d", q.sequence)
		q.sent[m.dedup] = duplicate{now, m.id, m.sequence}
	}
	q.messages = append(q.messages, m)
	q.signal()
	return true
}

// known tells whether a message has been sent already, and gives it the id that it had. q.mu is held.
func (q *queue) known(m *queued, now time.Time) bool {
	for id, d := range q.sent {
		if now.Sub(d.at) > dedupFor {
			delete(q.sent, id)
		}
	}
	if m.dedup == "" {
		m.dedup = fmt.Sprintf("%x", sha256.Sum256([]byte(m.body)))
	}
	d, ok := q.sent[m.dedup]
	if ok {
		m.id, m.sequence = d.id, d.sequence
	}
	return ok
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // it is awake
	}
}

// take returns messages for one event and hides them, or none and how long it will take until there may be some.
func (q *queue) take(now time.Time) (batch []delivery, again time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.buryUnwanted(now)
	again = time.Hour
	group, chosen := "", false
	busy := map[string]bool{} // groups of which a message before is not done
	size := 0
	for _, m := range q.messages {
		visible := !m.visibleAt.After(now)
		if !visible {
			again = min(again, m.visibleAt.Sub(now))
		}
		if !visible || q.fifo && (busy[m.group] || chosen && m.group != group) {
			busy[m.group] = true
			continue
		}
		if size += m.size; chosen && size > local.MaxPayload-eventFrame {
			break // it is the first of the next event
		}
		group, chosen = m.group, true
		batch = append(batch, q.hide(m, now))
		if len(batch) == q.opts.BatchSize {
			break
		}
	}
	return batch, again
}

// hide notes that a message goes to the function. q.mu is held.
func (q *queue) hide(m *queued, now time.Time) delivery {
	if m.receives == 0 {
		m.firstReceived = now
	}
	m.receives++
	m.receipt = q.opts.NewID()
	m.visibleAt = now.Add(q.opts.Visibility)
	return delivery{m, m.receipt, m.receives}
}

// buryUnwanted sets messages aside that the function was handed often enough. q.mu is held.
func (q *queue) buryUnwanted(now time.Time) {
	q.messages = slices.DeleteFunc(q.messages, func(m *queued) bool {
		unwanted := m.receives >= q.opts.MaxReceives && !m.visibleAt.After(now)
		if unwanted {
			q.dead = append(q.dead, m)
			q.opts.Logger.Warn("message is a dead letter", "queue", q.name, "id", m.id, "receives", m.receives)
		}
		return unwanted
	})
	q.dead = q.dead[max(0, len(q.dead)-maxQueued):]
}

// done deletes the messages of a batch that have not failed. One that went out again meanwhile, having become visible, stays.
func (q *queue) done(batch []delivery, failed map[string]bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	finished := map[*queued]bool{}
	for _, d := range batch {
		finished[d.queued] = !failed[d.id] && d.receipt == d.queued.receipt
	}
	q.messages = slices.DeleteFunc(q.messages, func(m *queued) bool { return finished[m] })
	q.signal()
	if len(failed) > 0 {
		q.failed(len(failed))
	}
}

// failed tells of messages that come again when they are visible.
func (q *queue) failed(n int) {
	q.opts.Logger.Info("messages come again", "queue", q.name, "messages", n, "visibility", q.opts.Visibility)
}

// counts are how many messages wait, are with the function, and are dead letters.
func (q *queue) counts(now time.Time) (waiting, hidden, dead int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		if m.visibleAt.After(now) {
			hidden++
		} else {
			waiting++
		}
	}
	return waiting, hidden, len(q.dead)
}
