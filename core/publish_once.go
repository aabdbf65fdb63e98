package core

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

// A publish with an id of the caller has an item named by the id, which holds the slot: the number in the log that is being tried.
// It is moved by compare-and-set, and only after another message or a gap was read in that slot. So however often and by however
// many it is tried, one of the numbers at most gets the message.
type slot struct {
	number  uint64
	version uint64
}

const (
	onceFor   = 10 * time.Minute // how long the same id is the same message
	onceGrace = 10 * time.Minute // how much longer its item stays, for clocks and long tries
	slotForm  = 1
)

func (l *log) slotKeyOf(id string) Key {
	// A slash in an id is not one in a name: "b/c" of destination "a" is not "c" of "a/b".
	return l.set.key("u/"+l.destination.Name+"/"+url.PathEscape(id), fmt.Sprintf("slot/%d", l.shard))
}

// publishOnce appends a message unless one with its id was appended.
func (l *log) publishOnce(ctx context.Context, m *Message, id string) error {
	e, err := l.newEntry([]*Message{m})
	if err != nil {
		return err
	}
	m.once = true
	done := false
	err = retry(ctx, func(anew bool) (err error) {
		e.begun = l.set.Now()
		if done, err = l.trySlot(ctx, e, l.slotKeyOf(id), anew); done || err != nil {
			return err
		}
		return l.put(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("append once to %s: %w", l.partition, err)
	}
	if !done {
		l.appended(ctx, e)
	}
	return nil
}

// trySlot gives the entry the number that is to be tried. done: a message with the id is in the log.
func (l *log) trySlot(ctx context.Context, e *entry, key Key, anew bool) (done bool, err error) {
	number, err := l.next(ctx, anew)
	if err != nil {
		return false, err
	}
	held, err := l.loadSlot(ctx, key)
	if err != nil {
		return false, err
	}
	if held.version != 0 {
		// This comes after the look at the tail: what was there then is seen now, unless it was removed for its age.
		present, err := l.present(ctx, held.number, nil)
		switch {
		case err != nil:
			return false, err
		case present != nil && present.holds(e.messages[0].ID):
			return true, nil
		case present == nil && held.number >= number:
			e.number = held.number
			return false, nil
		}
	}
	e.number = number
	return false, l.saveSlot(ctx, key, slot{number, held.version})
}

func (l *log) loadSlot(ctx context.Context, key Key) (slot, error) {
	items, err := l.set.store.Get(ctx, key)
	if err != nil || len(items) == 0 {
		return slot{}, storeError("load slot", err)
	}
	_, r, err := readForm(items[0].Body, slotForm)
	if err != nil {
		return slot{}, err
	}
	return slot{r.uint(), items[0].Version}, r.err
}

func (l *log) saveSlot(ctx context.Context, key Key, s slot) error {
	w := formWriter{b: []byte{slotForm}}
	w.uint(s.number)
	_, err := l.set.save(ctx, Item{Key: key, Version: s.version, Expires: l.set.Now().Add(onceFor + onceGrace), Body: w.b})
	return storeError("save slot", err)
}
