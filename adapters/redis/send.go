package redis

import (
	"context"

	"github.com/patchbay-go/patchbay/core"
)

// send sends what is in the queue until the Bus is closed, and what is left then. What is on its way by then is not broken off: it ends
// by the timeout of a command.
func (b *Bus) send() {
	ctx := context.WithoutCancel(b.ctx)
	sending := spell{logger: b.logger, what: "publishing notices"}
	for b.ctx.Err() == nil {
		select {
		case n := <-b.queue:
			sending.note(ctx, b.sendTogether(ctx, n))
			sending.rest(b.ctx) // meanwhile the queue may overflow: what is in it then is no older than the rest
		case <-b.ctx.Done():
		}
	}
	for len(b.queue) > 0 && sending.fails == 0 {
		sending.note(ctx, b.sendTogether(ctx, <-b.queue))
	}
}

// sendTogether sends a notice and those behind it in the queue in one payload. Of several of one log the last is enough.
func (b *Bus) sendTogether(ctx context.Context, first core.Notice) error {
	together := newBatch()
	together.add(first)
	for !together.full() && len(b.queue) > 0 {
		together.add(<-b.queue)
	}
	err := b.client.Publish(ctx, b.channel, together.payload()).Err()
	count := &b.stats.sent
	if err != nil {
		count = &b.stats.dropped
	}
	count.Add(uint64(together.taken))
	if len(b.queue) == 0 {
		b.full.Store(false)
	}
	return err
}

// A batch are notices that are sent in one payload.
type batch struct {
	taken   int
	notices []core.Notice
	place   map[core.Notice]int // in notices, by the notice without its number
	size    int
}

func newBatch() *batch { return &batch{place: map[core.Notice]int{}, size: 1} }

// add adds a notice, in place of an earlier one of the same log or connection.
func (t *batch) add(n core.Notice) {
	t.taken++
	about := n
	about.Number = 0
	if i, ok := t.place[about]; ok {
		t.notices[i].Number = max(t.notices[i].Number, n.Number)
		return
	}
	t.place[about] = len(t.notices)
	t.notices = append(t.notices, n)
	t.size += sizeOf(n)
}

// sizeOf is how many bytes a notice has in a payload, at most.
func sizeOf(n core.Notice) int {
	const numbers = 40 // of lengths, shard and number
	return numbers + len(n.Realm) + len(n.Destination) + len(n.Connection)
}

// full reports whether another notice might be too much for a payload.
func (t *batch) full() bool { return t.size > maxPayload-3*maxText-64 }

func (t *batch) payload() []byte {
	b := make([]byte, 1, t.size)
	b[0] = payloadForm
	for _, n := range t.notices {
		b = appendNotice(b, n)
	}
	return b
}
