package kills

import (
	"fmt"
	"slices"
	"sync"
)

// A ledger holds what workers have seen against what is promised.
type ledger struct {
	subscribers map[string][]string // the topics of each

	mu     sync.Mutex
	acked  []message
	got    map[string]map[message]bool     // by subscriber
	order  map[string]map[string][]message // by subscriber and topic, what came for the first time
	ids    map[message]string
	failed int
	last   string // error
	faults []string
}

func newLedger(subscribers map[string][]string) *ledger {
	l := &ledger{subscribers: subscribers, got: map[string]map[message]bool{}, order: map[string]map[string][]message{}, ids: map[message]string{}}
	for s := range subscribers {
		l.got[s], l.order[s] = map[message]bool{}, map[string][]message{}
	}
	return l
}

// note enters an event.
func (l *ledger) note(e event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case e.Failed != "":
		l.failed++
		l.last = e.Failed
	case e.Acked != nil:
		l.acked = append(l.acked, *e.Acked)
	case e.Got != nil:
		l.receive(e.By, *e.Got, e.ID)
	}
}

func (l *ledger) receive(by string, m message, id string) {
	if known, ok := l.ids[m]; ok && known != id {
		l.faults = append(l.faults, fmt.Sprintf("%s came to %s as %s, and before as %s", m.text(), by, id, known))
	}
	l.ids[m] = id
	if !slices.Contains(l.subscribers[by], m.Topic) {
		l.faults = append(l.faults, fmt.Sprintf("%s came to %s, which has not subscribed to it", m.text(), by))
	}
	if !l.got[by][m] {
		l.got[by][m] = true
		l.order[by][m.Topic] = append(l.order[by][m.Topic], m)
	}
}

// progress returns how many messages were acknowledged, and how many came, once for each subscriber.
func (l *ledger) progress() (acked, got int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, messages := range l.got {
		got += len(messages)
	}
	return len(l.acked), got
}

// errors returns how many times somebody had to try again, and lastError why.
func (l *ledger) errors() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

func (l *ledger) lastError() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// missing returns what was acknowledged and has not come.
func (l *ledger) missing() (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.acked {
		for s, topics := range l.subscribers {
			if slices.Contains(topics, m.Topic) && !l.got[s][m] {
				list = append(list, fmt.Sprintf("%s has not got %s", s, m.text()))
			}
		}
	}
	return list
}

// wrong returns what else is not as promised.
func (l *ledger) wrong() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Concat(l.faults, l.disorder(), l.discord())
}

// disorder finds messages of one publisher that came behind what it published later. What was not acknowledged may come late.
func (l *ledger) disorder() (list []string) {
	acked := map[message]bool{}
	for _, m := range l.acked {
		acked[m] = true
	}
	for s, topics := range l.order {
		for _, order := range topics {
			last := map[string]message{}
			for _, m := range order {
				if before, ok := last[m.Publisher]; ok && acked[m] && before.N > m.N {
					list = append(list, fmt.Sprintf("%s got %s behind %s", s, m.text(), before.text()))
				}
				if acked[m] {
					last[m.Publisher] = m
				}
			}
		}
	}
	return list
}

// discord finds topics that two subscribers have seen in different orders.
func (l *ledger) discord() (list []string) {
	first := map[string]string{} // by topic, the subscriber that others are held against
	for s, topics := range l.order {
		for topic, order := range topics {
			other, ok := first[topic]
			if !ok {
				first[topic] = s
				continue
			}
			for i, m := range l.order[other][topic] {
				if i < len(order) && order[i] != m {
					list = append(list, fmt.Sprintf("at place %d of %s %s got %s, and %s got %s", i, topic, s, order[i].text(), other, m.text()))
					break
				}
			}
		}
	}
	return list
}
