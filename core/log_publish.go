package core

import (
	"context"
	"errors"
	"time"
)

// A publisher waits for its message to be part of an entry. Whoever comes first leads: it appends for all who came meanwhile, then
// hands over. So concurrent publishers in one process share conditional puts and do not race one another.
type publisher struct {
	message *Message
	size    int
	done    chan error
	lead    chan struct{} // closed when it is this one's turn to lead
}

// How much goes into one entry.
const (
	entryMessages = 100
	entryBytes    = 300_000
)

// appendTimeout bounds an append that others wait for too, and which therefore does not end with the request of who leads it.
const appendTimeout = 15 * time.Second

// publish appends a message, alone or with those of others. size is that of its stored form. When ctx ends first it is not known
// whether the message was appended.
func (l *log) publish(ctx context.Context, m *Message, size int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p := &publisher{message: m, size: size, done: make(chan error, 1), lead: make(chan struct{})}
	if !l.enqueue(p) {
		select {
		case err := <-p.done:
			return err
		case <-p.lead:
		case <-ctx.Done():
			if l.giveUp(p) {
				return ctx.Err()
			}
			select { // too late: it leads, or is part of an entry
			case err := <-p.done:
				return err
			case <-p.lead:
			}
		}
	}
	l.leadOnce(ctx)
	return <-p.done
}

// enqueue adds a publisher and reports whether it leads.
func (l *log) enqueue(p *publisher) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, p)
	if l.leading {
		return false
	}
	l.leading = true
	return true
}

// giveUp takes a publisher out of the queue, if it is still there and does not lead.
func (l *log) giveUp(p *publisher) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, q := range l.queue {
		if q == p && !isClosed(p.lead) {
			l.queue = append(l.queue[:i], l.queue[i+1:]...)
			return true
		}
	}
	return false
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// leadOnce appends an entry of the first in the queue, the leader among them, and hands over to the next.
func (l *log) leadOnce(ctx context.Context) {
	together := l.takeForEntry()
	messages := make([]*Message, len(together))
	for i, p := range together {
		messages[i] = p.message
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendTimeout)
	defer cancel()
	err := errPanicked // unless append returns
	defer func() {
		l.handOver()
		for _, p := range together {
			p.done <- err
		}
	}()
	_, err = l.append(ctx, messages)
	if errors.Is(err, context.DeadlineExceeded) { // which is appendTimeout's: nobody's request has run out of its own time
		err = Unavailable.Errorf("The message cannot be kept at the moment.").WithCause(err)
	}
}

// errPanicked is what the others of an entry hear where the store or the Bus panics in the request that leads.
var errPanicked = errors.New("publishing panicked")

// takeForEntry takes those from the front of the queue whose messages fit into one entry.
func (l *log) takeForEntry() []*publisher {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, size := 0, 0
	for n < len(l.queue) && n < entryMessages && (n == 0 || size+l.queue[n].size <= entryBytes) {
		size += l.queue[n].size
		n++
	}
	together := l.queue[:n:n]
	l.queue = l.queue[n:]
	return together
}

func (l *log) handOver() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.leading, l.queue = false, nil
		return
	}
	close(l.queue[0].lead)
}
