package core

import (
	"context"
	"fmt"
)

// How much of a log is read at once.
const (
	readEntries = 128
	readBytes   = 512 << 10
)

// readStored returns the entries behind a number from the store, in order; none: it is the end.
func (l *log) readStored(ctx context.Context, after uint64) ([]*entry, error) {
	items, err := l.set.store.Range(ctx, l.partition, sortOf(after), readEntries, readBytes)
	if err != nil {
		return nil, storeError("read log", err)
	}
	entries := make([]*entry, len(items))
	for i, it := range items {
		if entries[i], err = readEntry(l.destination.Name, it); err != nil {
			return nil, fmt.Errorf("read %s: %w", l.partition, err)
		}
	}
	if len(entries) > 0 {
		l.saw(entries[len(entries)-1])
	}
	return entries, nil
}

// read is readStored; with cached, what this process has read already is as good. Where there are no entries, nothing will ever stand
// behind after up to end: a reader may move on to there, also past what was removed. more: they may not be all.
func (l *log) read(ctx context.Context, after uint64, cached bool) (entries []*entry, end uint64, more bool, err error) {
	if cached {
		if entries, end, ok := l.pump.after(after); ok {
			return entries, end, true, nil
		}
	}
	end = l.knownTail().number // it stands, so all before it stood before this read
	entries, err = l.readStored(ctx, after)
	return entries, end, isFull(entries), err
}

// isFull reports whether a read may have ended at its limit: a shorter one has come to the end.
func isFull(entries []*entry) bool {
	size := 0
	for _, e := range entries {
		size += e.size
	}
	return len(entries) >= readEntries || size >= readBytes
}

// end returns the position behind everything that stands in the log now.
func (l *log) end(ctx context.Context) (position, error) {
	t, err := l.findTail(ctx)
	return position{number: t.number}, err
}

// begin returns the position before everything that lives.
func (l *log) begin(ctx context.Context) (position, error) {
	head, err := l.loadHead(ctx)
	return position{number: max(head.floor, 1) - 1}, err
}
