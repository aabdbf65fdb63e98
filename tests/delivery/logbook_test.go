package delivery

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A logbook knows everything that was ever appended to the logs and inboxes of a run, also what has been removed.
type logbook struct {
	run    *run
	byName map[string]*ledger
	names  []string // in the order of their first entries
	raised time.Time
}

// A ledger is the history of one log or inbox.
type ledger struct {
	name     string
	top      uint64 // the highest number there ever was
	numbers  map[uint64]bool
	appended time.Time
	lingers  []lingering
}

// A place is where a message stands.
type place struct {
	log    string
	number uint64
	index  int
}

func (p place) before(o place) bool {
	return p.number < o.number || p.number == o.number && p.index < o.index
}

// A lingering is an entry that the store will remove some time after it has expired.
type lingering struct {
	key core.Key
	at  time.Time
}

func newLogbook(r *run) logbook { return logbook{run: r, byName: map[string]*ledger{}} }

// logOf returns the name of the log or inbox that a key is in, and its number there.
func logOf(k core.Key) (name string, number uint64, ok bool) {
	name, sort := k.Partition, k.Sort
	if strings.HasPrefix(sort, "i/c/") {
		name, sort = name+"/i", sort[len("i/c/"):]
	} else if !isLog(name) {
		return "", 0, false
	}
	number, err := strconv.ParseUint(sort, 10, 64)
	return name, number, err == nil
}

// isLog reports whether a partition is that of a log: REALM/t/DESTINATION/SHARD.
func isLog(partition string) bool {
	_, rest, _ := strings.Cut(partition, "/")
	return strings.HasPrefix(rest, "t/")
}

// expiry takes away the expiry of a log's entry, where the store removes it late, and returns it.
func (b *logbook) expiry(it *core.Item) time.Time {
	expires := it.Expires
	if isLog(it.Partition) {
		it.Expires = time.Time{}
	}
	return expires
}

// created writes down what was appended, and fails the run where that breaks a rule: numbers come once, and nothing appears behind
// what may have been read.
func (b *logbook) created(it core.Item, expires time.Time) {
	name, number, ok := logOf(it.Key)
	inbox := strings.HasSuffix(name, "/i")
	if !ok {
		b.replaced(it)
		return
	}
	l := b.byName[name]
	if l == nil {
		l = &ledger{name: name, numbers: map[uint64]bool{}}
		b.byName[name] = l
		b.names = append(b.names, name)
	}
	found := b.messagesIn(it.Body)
	switch {
	case len(found) == 0: // a gap, which nobody reads
	case inbox: // what was not announced has let its number go when it was removed, and nobody has read so far
	case l.numbers[number]:
		b.run.fail("number %d of %s comes twice", number, name)
	case number < l.top:
		b.run.fail("%s appears in %s at %d, behind %d", found[0].id, name, number, l.top)
	}
	l.numbers[number] = true
	l.top = max(l.top, number)
	l.appended = b.run.now
	for i, m := range found {
		m.places = append(m.places, place{name, number, i})
		b.run.note("%s stands in %s at %d/%d", m.id, name, number, i)
		if n := m.standsIn(name); n > m.most() {
			b.run.fail("%s stands %d times in %s", m.id, n, name)
		}
	}
	if !expires.IsZero() && !inbox {
		l.lingers = append(l.lingers, lingering{it.Key, expires.Add(b.run.upTo(b.run.rules.linger + 1))})
	}
}

// replaced notes when a head hint was raised.
func (b *logbook) replaced(it core.Item) {
	if it.Sort == "head" {
		b.raised = b.run.now
	}
}

// messagesIn finds the messages in an entry, by their ids.
func (b *logbook) messagesIn(body []byte) (found []*message) {
	for {
		at := bytes.Index(body, []byte(idPrefix))
		if at < 0 || at+idLength > len(body) {
			return found
		}
		if n, err := strconv.Atoi(string(body[at+len(idPrefix) : at+idLength])); err == nil && n < len(b.run.messages) {
			found = append(found, b.run.messages[n])
		}
		body = body[at+idLength:]
	}
}

// remove removes what the store has kept long enough.
func (b *logbook) remove() {
	for _, name := range b.names {
		l := b.byName[name]
		l.lingers = slices.DeleteFunc(l.lingers, func(g lingering) bool {
			if g.at.After(b.run.now) {
				return false
			}
			b.run.note("the store removes %s", spell(g.key))
			if err := b.run.ground.clean.Delete(context.Background(), g.key, 0); err != nil {
				b.run.fail("the store cannot remove: %v", err)
			}
			b.run.witness.forget(g.key)
			return true
		})
	}
}

// anchor returns a time from which one of the rules counts: the last append to a log, or the last change of a hint.
func (b *logbook) anchor() time.Time {
	times := []time.Time{b.run.now}
	if !b.raised.IsZero() {
		times = append(times, b.raised)
	}
	for _, name := range b.names {
		times = append(times, b.byName[name].appended)
	}
	return pick(b.run, times...)
}

// check looks whether what was acknowledged stands in a log.
func (b *logbook) check() {
	for _, m := range b.run.messages {
		if m.acked && len(m.places) == 0 {
			b.run.fail("%s was acknowledged and stands nowhere", m.id)
		}
	}
}
