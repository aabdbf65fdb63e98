package core

import (
	"context"
	"errors"
	"time"
)

// next returns the number for the next entry: that behind the tail, while that is young. anew: somebody else was faster, so the tail
// is looked for again.
func (l *log) next(ctx context.Context, anew bool) (_ uint64, err error) {
	now := l.set.Now()
	known := l.knownTail()
	number := known.number + 1
	if anew || !known.youngerThan(l.trust(), now) {
		if number, err = l.findNext(ctx, now); err != nil {
			return 0, err
		}
	}
	return number, l.keepHintNear(ctx, number-1)
}

// trust is how long a tail that this process has seen is good for the next number without a look at the store.
func (l *log) trust() time.Duration {
	if l.usesHints() {
		return youngTail
	}
	return trimTrust
}

// keepHintNear raises the hint where it is so far behind the tail that a jump from it might not come out above.
func (l *log) keepHintNear(ctx context.Context, tail uint64) error {
	l.mu.Lock()
	hint := l.hint
	l.mu.Unlock()
	if !l.usesHints() || tail < hint+hintMust {
		return nil
	}
	return l.raiseHint(ctx, tail)
}

func (t tail) young(now time.Time) bool { return t.youngerThan(youngTail, now) }

func (t tail) youngerThan(age time.Duration, now time.Time) bool {
	return !t.appended.IsZero() && now.Sub(t.appended) < age
}

// usesHints reports whether numbers may have to be found without entries: a Trimmer always keeps the last one.
func (l *log) usesHints() bool { return l.set.trimmer == nil }

// findNext returns the number for the next entry from what is stored.
func (l *log) findNext(ctx context.Context, now time.Time) (uint64, error) {
	t, err := l.findTail(ctx)
	if err != nil {
		return 0, err
	}
	if !l.usesHints() || t.young(now) {
		return t.number + 1, nil
	}
	head, err := l.loadHead(ctx)
	switch {
	case err != nil:
		return 0, err
	case head.number > t.number && now.Sub(head.raised) < youngTail:
		return head.number, nil // somebody has jumped there and not yet appended
	}
	return l.jump(ctx, t, head)
}

// findTail finds the last entry: by the store's Last, or by reading from what is known to the end. No other way is safe: where
// entries were removed there are holes.
func (l *log) findTail(ctx context.Context) (tail, error) {
	if l.set.tailer != nil {
		return l.lastOf(ctx)
	}
	head, err := l.loadHead(ctx)
	if err != nil {
		return tail{}, err
	}
	t := l.knownTail()
	from := max(t.number, head.number)
	found, err := l.pageToEnd(ctx, max(from, 1)-1)
	if err != nil || found.number >= from && found.number > 0 {
		return found, err
	}
	if t.number > 0 && t.number >= head.number {
		return tail{number: t.number}, nil // it was removed meanwhile, and nothing stands behind it
	}
	return l.pageToEnd(ctx, max(head.floor, 1)-1) // the hint is of a jump that nothing was appended behind
}

func (l *log) lastOf(ctx context.Context) (tail, error) {
	it, err := l.set.tailer.Last(ctx, l.partition)
	switch {
	case errors.Is(err, ErrNoItem):
		return tail{}, nil
	case err != nil:
		return tail{}, storeError("find end of log", err)
	}
	e, err := readEntry(l.destination.Name, it)
	if err != nil {
		return tail{}, err
	}
	return l.tailOf(e), nil
}

func (l *log) tailOf(e *entry) tail {
	l.saw(e)
	if e.isGap() {
		return tail{number: e.number}
	}
	return tail{number: e.number, appended: e.appended}
}

// pageToEnd reads all entries behind a number and returns the last one.
func (l *log) pageToEnd(ctx context.Context, after uint64) (t tail, err error) {
	for {
		entries, err := l.readStored(ctx, after)
		if err != nil || len(entries) == 0 {
			return t, err
		}
		last := entries[len(entries)-1]
		t, after = l.tailOf(last), last.number
	}
}

// jump leaves a distance behind a tail that is old or gone, so that whoever still believes in a number there finds it taken. The
// order counts: gaps first, then the hint; what is appended comes last.
func (l *log) jump(ctx context.Context, t tail, h head) (uint64, error) {
	if err := l.createGap(ctx, t.number+1); err != nil {
		return 0, err
	}
	if h.number > t.number+1 {
		if err := l.createGap(ctx, h.number); err != nil {
			return 0, err
		}
	}
	h.number, h.raised = max(t.number, h.number)+jumpLength, l.set.Now()
	if err := l.saveHead(ctx, h); err != nil {
		return 0, err
	}
	return h.number, nil
}

// createGap takes a number out of use. A gap that is there already is as good; a message is a conflict, and all starts again.
func (l *log) createGap(ctx context.Context, number uint64) error {
	gap := &entry{number: number}
	err := l.put(ctx, gap)
	if conflict, ok := errors.AsType[*ConflictError](err); ok {
		present, err := l.present(ctx, number, conflict.Present)
		if err != nil {
			return err
		}
		if present == nil || !present.isGap() {
			return conflict
		}
		return nil
	}
	return err
}

// A head is the hint where the end of a log is, and the floor, where the living begin. Both only rise.
type head struct {
	number  uint64
	raised  time.Time
	floor   uint64 // everything below has expired
	version uint64
}

const headForm = 1

func (l *log) loadHead(ctx context.Context) (h head, err error) {
	items, err := l.set.store.Get(ctx, l.metaKey)
	if err != nil || len(items) == 0 {
		return h, storeError("load head of log", err)
	}
	_, r, err := readForm(items[0].Body, headForm)
	if err != nil {
		return h, err
	}
	h = head{number: r.uint(), raised: r.time(), floor: r.uint(), version: items[0].Version}
	l.noteHint(h)
	return h, r.err
}

// saveHead keeps the head on the condition that nobody else has raised it.
func (l *log) saveHead(ctx context.Context, h head) error {
	w := formWriter{b: []byte{headForm}}
	w.uint(h.number)
	w.time(h.raised)
	w.uint(h.floor)
	_, err := l.set.save(ctx, Item{Key: l.metaKey, Version: h.version, Body: w.b})
	if err == nil {
		l.noteHint(h)
	}
	return storeError("save head of log", err)
}

func (l *log) noteHint(h head) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hint = max(l.hint, h.number)
}

// raiseHint lets the head hint name an entry that stands, and moves the floor on.
func (l *log) raiseHint(ctx context.Context, number uint64) error {
	return retry(ctx, func(bool) error {
		h, err := l.loadHead(ctx)
		if err != nil || h.number+hintEvery > number {
			return err // nearer than this process knew
		}
		if h.floor, err = l.livingFrom(ctx, h.floor); err != nil {
			return err
		}
		h.number, h.raised = number, l.set.Now()
		return l.saveHead(ctx, h)
	})
}

// livingFrom returns the number below which everything has expired, from one that was so before. It does not look far: it is asked
// every hundred appends.
func (l *log) livingFrom(ctx context.Context, floor uint64) (uint64, error) {
	entries, err := l.readStored(ctx, max(floor, 1)-1)
	if err != nil {
		return floor, err
	}
	// Clocks differ, and a reader may be late.
	long := l.set.Now().Add(-time.Minute)
	for _, e := range entries {
		if !e.dead(long) {
			return e.number, nil
		}
		floor = e.number
	}
	return floor, nil
}
