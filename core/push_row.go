package core

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/patchbay-go/patchbay/core/selector"
)

// A pushRow is the subscription of a socket outside this process in one shard. It is pending until a holder of the lease has sent it
// what stands behind its own head, and saved a cursor that is not before: only then may it begin, with all others, at that cursor. It
// becomes pending again where the cursor had to pass it. Before all that it is silent: its client has not been told that it stands. Who was to
// tell it may have died behind the answer, so a silence ends by itself, when nobody can be at work on the answer any more.
type pushRow struct {
	Subscription
	socket  string
	created time.Time
	counts  []int     // of shards that the subscription has rows for: see outdated
	leads   bool      // of the rows of a subscription over several shards it is the one that who deletes it acts for
	silent  time.Time // until then nobody serves it; it is pending too. Zero: it has begun
	until   time.Time // from then on it gets nothing: see SubscribeRequest.Until. Zero: as long as it lives
	pending bool
	epoch   string    // of head and start
	head    position  // it gets nothing that is up to here
	start   positions // where the subscription began, in all its shards: what the cursors of its messages say of the others
	expires time.Time
	key     Key
	version uint64

	condition *selector.Selector
	over      bool // nothing more goes there
}

const (
	pushRowForm = 2   // 1 had neither silence, nor an end of trust, nor start
	pushRowPage = 256 // rows that are read, and so are in memory, at once
	// wideRows are the partitions that the rows of a log are spread over once there are many, which manyRows says: more would be
	// read at each publish for nothing, and fewer would have a store's partition take all writes of a crowd that comes at once.
	wideRows = 8
	manyRows = 1000
	// longestSilence is how long a row is silent whose maker has no deadline: no function runs for longer.
	longestSilence = 15 * time.Minute
)

// silenceOf returns when a row that is made now may begin without a word of its maker, by whatever clock.
func (s *ChannelSet) silenceOf(ctx context.Context) time.Time {
	left := longestSilence
	if deadline, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(deadline))
	}
	return s.Now().Add(left + leaseSkew)
}

// isOver reports whether who made the row is no longer known to be who they said.
func (p *pushRow) isOver(now time.Time) bool { return !p.until.IsZero() && !now.Before(p.until) }

// isSilent reports whether the row waits for its maker's word.
func (p *pushRow) isSilent(now time.Time) bool { return now.Before(p.silent) }

func (p *pushRow) item() Item {
	w := formWriter{b: []byte{pushRowForm}}
	w.text(p.socket)
	w.bool(p.leads)
	w.bool(p.pending)
	w.instant(p.silent)
	w.instant(p.until)
	w.positions(p.start)
	w.uint(uint64(len(p.counts)))
	for _, n := range p.counts {
		w.uint(uint64(n))
	}
	w.subscription(&subscription{Subscription: p.Subscription, created: p.created, epoch: p.epoch, done: positions{{position: p.head}}})
	return Item{Key: p.key, Version: p.version, Expires: p.expires, Body: w.b}
}

func (s *ChannelSet) readPushRow(it Item) (*pushRow, error) {
	form, r, err := readForm(it.Body, pushRowForm)
	if err != nil {
		return nil, err
	}
	p := &pushRow{key: it.Key, version: it.Version, expires: it.Expires, socket: r.text(), leads: r.bool(), pending: r.bool()}
	if form > 1 {
		p.silent, p.until, p.start = r.instant(), r.instant(), r.positions()
	}
	for range r.count() {
		p.counts = append(p.counts, int(r.uint()))
	}
	v := r.subscription()
	p.Subscription, p.created, p.epoch = v.Subscription, v.created, v.epoch
	p.head, _ = v.done.of(0)
	if r.err != nil {
		return nil, r.err
	}
	p.condition, err = s.selectors.parse(p.Selector)
	return p, err
}

// rowKey names a row: in the first partition or, once there are many rows, in any. The length of a socket's name stands before it, so that
// nothing in one name runs into the other.
func (l *log) rowKey(socket, id string, wide bool) Key {
	n := 0
	if wide {
		h := fnv.New32a()
		_, _ = h.Write([]byte(socket))
		n = int(h.Sum32() % wideRows)
	}
	return Key{l.rowPartition(n), socketPrefix(socket) + id}
}

func (l *log) rowPartition(n int) string {
	return l.set.partition("p/", fmt.Sprintf("%s/%d/%d", l.destination.Name, l.shard, n))
}

func socketPrefix(socket string) string { return fmt.Sprintf("%d/%s/", len(socket), socket) }

// findRow returns the row of a socket with that ID, or nil.
func (l *log) findRow(ctx context.Context, socket, id string) (*pushRow, error) {
	keys := []Key{l.rowKey(socket, id, false), l.rowKey(socket, id, true)}
	if keys[0] == keys[1] {
		keys = keys[:1]
	}
	items, err := l.set.store.Get(ctx, keys...)
	if err != nil || len(items) == 0 {
		return nil, storeError("load push row", err)
	}
	return l.set.readPushRow(items[0])
}

// rowPages are a log's rows, page by page.
type rowPages struct {
	log   *log
	page  int // rows that are read at once
	wide  bool
	place string // of the last row that was given: a digit, the partition, and its Sort
	ended bool   // nothing stands behind it in its partition
}

// next returns the rows behind the place, some or, at the end, none.
func (r *rowPages) next(ctx context.Context) (rows []*pushRow, err error) {
	partitions := 1
	if r.wide {
		partitions = wideRows
	}
	n, sort := 0, ""
	if r.place != "" {
		n, sort = int(r.place[0]-'0'), r.place[1:]
	}
	if r.ended {
		n, sort = n+1, ""
	}
	for ; n < partitions; n, sort = n+1, "" {
		items, err := r.log.set.store.Range(ctx, r.log.rowPartition(n), sort, r.page, 0)
		if err != nil {
			return nil, storeError("load push rows", err)
		}
		if len(items) == 0 {
			continue
		}
		for _, it := range items {
			row, err := r.log.set.readPushRow(it)
			if err != nil {
				return nil, fmt.Errorf("read push row: %w", err)
			}
			rows = append(rows, row)
		}
		r.place = strconv.Itoa(n) + items[len(items)-1].Sort
		r.ended = len(items) < r.page
		return rows, nil
	}
	return nil, nil
}

// placeOf returns the place of a row of the page that was given last.
func (r *rowPages) placeOf(row *pushRow) string { return r.place[:1] + row.key.Sort }

// outdated reports whether the destination has been given another number of shards since the row was made: then there may be messages
// for its subscription where it has no row.
func (p *pushRow) outdated(meta *destinationMeta) bool {
	for _, c := range meta.counts {
		if !slices.Contains(p.counts, c.shards) {
			return true
		}
	}
	return false
}

func (m *destinationMeta) shardCounts() []int {
	counts := make([]int, len(m.counts))
	for i, c := range m.counts {
		counts[i] = c.shards
	}
	return counts
}
