package core

import (
	"fmt"
	"strconv"
	"time"
)

// An entry is an item of a log: messages that were published together, or a gap, which only takes a number.
type entry struct {
	number   uint64
	appended time.Time // by the clock of who did
	nonce    string    // tells whoever appended it that it is this one; "": a gap
	messages []*Message
	size     int // bytes as it is stored

	begun time.Time // when its number was looked for; not stored
}

func (e *entry) isGap() bool { return e.nonce == "" }

// memory returns about how many bytes the entry takes when it was read: headers may become 32 times as large.
func (e *entry) memory() int {
	size := e.size
	for _, m := range e.messages {
		size += 31 * m.headerSize
	}
	return size
}

// dead reports whether nothing of the entry will be delivered any more.
func (e *entry) dead(now time.Time) bool {
	for _, m := range e.messages {
		if !m.dead(now) {
			return false
		}
	}
	return true
}

// expires returns when the last message of the entry does; for a gap when it was made.
func (e *entry) expires() time.Time {
	last := e.appended
	for _, m := range e.messages {
		if m.Expires.After(last) {
			last = m.Expires
		}
	}
	return last
}

// holds reports whether a message with that id of the caller is in the entry.
func (e *entry) holds(id string) bool {
	for _, m := range e.messages {
		if m.once && m.ID == id {
			return true
		}
	}
	return false
}

const entryForm = 1

// form returns the entry as it is stored, in at most so many bytes.
func (e *entry) form(most int) ([]byte, error) {
	w := formWriter{b: []byte{entryForm}, most: most}
	w.text(e.nonce)
	w.time(e.appended)
	w.uint(uint64(len(e.messages)))
	for _, m := range e.messages {
		if err := w.message(m); err != nil {
			return nil, err
		}
	}
	return w.b, nil
}

func readEntry(destination string, it Item) (*entry, error) {
	_, r, err := readForm(it.Body, entryForm)
	if err != nil {
		return nil, err
	}
	e := &entry{size: len(it.Body)}
	if e.number, err = strconv.ParseUint(it.Sort, 10, 64); err != nil {
		return nil, fmt.Errorf("log entry %q: %w", it.Sort, errForm)
	}
	e.nonce, e.appended = r.text(), r.time()
	for range r.count() {
		if e.messages = append(e.messages, r.message(destination)); r.err != nil {
			break
		}
	}
	return e, r.err
}

// sortOf is how numbers are spelled in keys, so that their order is that of their bytes.
func sortOf(number uint64) string {
	const digits = 20 // of the largest
	var b [2 * digits]byte
	text := strconv.AppendUint(b[:digits], number, 10)
	for i := range digits {
		b[i] = '0'
	}
	return string(text[len(text)-digits:])
}
