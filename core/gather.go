package core

import (
	"context"
	"slices"
	"time"

	"github.com/patchbay-go/patchbay/core/selector"
)

// A Delivery is a message for a subscription.
type Delivery struct {
	Subscription string // the ID
	Topic        Topic  // by which it got the message: the subtopic is one of the message's; empty for the inbox
	Message      *Message

	source *subscription
	end    position // behind the message, in its shard
	shard  int
}

// A gathering reads for some subscriptions what stands behind the place that each has reached.
type gathering struct {
	set    *ChannelSet
	now    time.Time
	subs   []reading
	cached bool // what this process has read already will do
	most   int  // messages
	bytes  int

	began  time.Time
	waited time.Duration // of that, for the store
	found  []Delivery
	size   int
	passed int  // messages that were read and not delivered
	full   bool // it stopped at its limit
}

// How many messages that nobody wants are read at most before an answer, and how long anything is read: many subscriptions, with
// conditions that take time, could keep a processor busy for minutes. What the store has given is gone through however slow the store was:
// else a poll of a slow one would deliver a single message, and read the others once more.
const (
	mostPassed  = 10_000
	gatherSpell = 250 * time.Millisecond
)

// isOver reports whether it is time to answer. What was read by then counts, and the next one goes on behind it.
func (g *gathering) isOver() bool {
	return g.most > 0 && (len(g.found) >= g.most || g.size >= g.bytes || g.passed >= mostPassed ||
		len(g.found)+g.passed > 0 && time.Since(g.began)-g.waited >= gatherSpell)
}

// isLate reports whether it is time to answer in place of asking the store for more.
func (g *gathering) isLate() bool {
	return g.most > 0 && len(g.found)+g.passed > 0 && time.Since(g.began) >= gatherSpell
}

// A reading is a subscription, from where it is read, to where (no positions: to the end), and how far that came.
type reading struct {
	*subscription
	from, to positions
	bounded  bool
	reached  positions
	living   string // the epoch of reached

	condition *selector.Selector // while it is read
	looked    *Message           // the last one that condition was asked for
	selected  bool               // what it said
	frequency float64            // messages a second that it gets at most; 0: all
	pace      pace               // in the shard that is being read
}

// gather reads. Every shard is read once, whatever the number of subscriptions to it.
func (g *gathering) gather(ctx context.Context) error {
	g.began = time.Now()
	defer g.forgetConditions()
	byDestination := map[string][]*reading{}
	for i := range g.subs {
		r := &g.subs[i]
		r.reached = r.from
		var err error
		if r.condition, err = g.set.selectors.parse(r.Selector); err != nil {
			return err
		}
		byDestination[r.Topic.Destination] = append(byDestination[r.Topic.Destination], r)
	}
	for _, name := range sortedKeys(byDestination) {
		logs := g.set.logsOf(name)
		if logs == nil {
			continue // it was taken away, or not yet added in this process
		}
		if err := g.gatherDestination(ctx, logs, byDestination[name]); err != nil || g.full {
			return err
		}
	}
	return nil
}

// forgetConditions lets go of the parsed selectors: somebody may wait for long with what was read, and they may be large.
func (g *gathering) forgetConditions() {
	for i := range g.subs {
		g.subs[i].condition, g.subs[i].looked = nil, nil
	}
}

func (g *gathering) gatherDestination(ctx context.Context, logs *destinationLogs, readings []*reading) error {
	meta, err := logs.load(ctx)
	if err != nil {
		return err
	}
	byShard := map[int][]*reading{}
	for _, r := range readings {
		if r.living = meta.epoch; r.epoch != meta.epoch {
			r.from, r.to, r.reached = nil, nil, nil // of logs that are lost: all that there is now is news
		}
		r.frequency = logs.destination.outFrequency(r.MaxFrequency)
		for _, shard := range r.shards(logs, &meta) {
			byShard[shard] = append(byShard[shard], r)
		}
	}
	shards := make([]int, 0, len(byShard))
	for shard := range byShard {
		shards = append(shards, shard)
	}
	slices.Sort(shards)
	for _, shard := range shards {
		group := newGroup(g, logs.log(shard), byShard[shard], readings)
		if err := group.gather(ctx); err != nil || g.full {
			return err
		}
	}
	return nil
}

// shards returns the shards to read. A batch is read again in those it came from, also where this process does not yet know that the
// count of shards has changed.
func (r *reading) shards(logs *destinationLogs, meta *destinationMeta) []int {
	if !r.bounded {
		return logs.shardsOf(meta, r.Topic.Subtopic)
	}
	shards := make([]int, len(r.to))
	for i, p := range r.to {
		shards[i] = p.shard
	}
	return shards
}

// A group is the readings of one shard.
type group struct {
	*gathering
	log       *log
	readings  []*reading
	consumers []consumer
}

// A consumer is the readings of a destination that share an ID, at least one of which is of the group's shard: that one stands for all.
type consumer struct {
	*reading
	all []*reading
}

// newGroup returns the group of some readings of one shard. all are those of the whole destination.
func newGroup(g *gathering, l *log, readings, all []*reading) *group {
	n := &group{gathering: g, log: l, readings: readings}
	for _, r := range readings {
		if slices.ContainsFunc(n.consumers, func(c consumer) bool { return c.ID == r.ID }) {
			continue
		}
		c := consumer{reading: r}
		for _, o := range all {
			if o.ID == r.ID {
				c.all = append(c.all, o)
			}
		}
		n.consumers = append(n.consumers, c)
	}
	return n
}

func (g *group) gather(ctx context.Context) error {
	for _, r := range g.readings {
		from, _ := r.from.of(g.log.shard)
		r.pace = from.pace
	}
	after, last := g.bounds()
	for after < last {
		if g.isLate() {
			g.full = true
			return nil
		}
		asked := time.Now()
		entries, end, more, err := g.log.read(ctx, after, g.cached)
		g.waited += time.Since(asked)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			g.reach(position{number: max(after, end)}, false)
			return nil
		}
		for _, e := range entries {
			if e.number > last {
				return nil
			}
			if g.entry(e); g.full || ctx.Err() != nil {
				return ctx.Err()
			}
			after = e.number
		}
		if !more {
			return nil
		}
	}
	return nil
}

// bounds returns the number behind which somebody has to read, and the last one that anybody has to.
func (g *group) bounds() (after, last uint64) {
	after = ^uint64(0)
	for _, r := range g.readings {
		from, _ := r.from.of(g.log.shard)
		after = min(after, from.before())
		if !r.bounded {
			last = ^uint64(0)
			continue
		}
		to, _ := r.to.of(g.log.shard)
		last = max(last, to.number)
	}
	return after, last
}

// entry goes through the messages of an entry for all readings.
func (g *group) entry(e *entry) {
	for i, m := range e.messages {
		if g.isOver() {
			g.full = true
			g.reach(position{number: e.number, index: uint32(i)}, i == 0)
			return
		}
		g.message(e, i, m)
	}
	g.reach(position{number: e.number}, false)
}

// reach notes how far all readings of the shard have come. none: nothing of the entry.
func (g *group) reach(p position, none bool) {
	if none {
		return
	}
	for _, r := range g.readings {
		if r.bounded {
			if to, _ := r.to.of(g.log.shard); p.compare(to) > 0 {
				continue
			}
		}
		p.pace = r.pace
		r.reached = r.reached.with(g.log.shard, p)
	}
}

// message finds out who gets a message: each ID once.
func (g *group) message(e *entry, i int, m *Message) {
	taken, dead := false, m.dead(g.now)
	for _, r := range g.consumers {
		if dead && r.frequency == 0 {
			continue
		}
		by, subtopic := g.taker(e, i, m, r.all)
		// What is dead counts for the frequency too, so that a batch that is read again is the same.
		if by == nil || !by.pace.pass(m.Timestamp, by.frequency) || dead {
			continue
		}
		g.found = append(g.found, Delivery{
			Subscription: r.ID, Topic: Topic{m.Destination, subtopic}, Message: m,
			source: by.subscription, end: e.behind(i), shard: g.log.shard,
		})
		g.size += m.size
		taken = true
	}
	if !taken {
		g.passed++
	}
}

// behind is the position behind the message with that index.
func (e *entry) behind(i int) position {
	if i == len(e.messages)-1 {
		return position{number: e.number}
	}
	return position{number: e.number, index: uint32(i + 1)}
}

// claimAge is how much older than a message a subscription must be to be sure that it gets it from another shard: longer than clocks
// may differ.
const claimAge = 10 * time.Second

// claimedBy reports whether a subscription was surely there before any copy of the message. One with an id of the caller may have been
// tried before, and a copy of then be part of it.
func (m *Message) claimedBy(r *reading) bool {
	age := claimAge
	if m.once {
		age += onceFor
	}
	return m.Timestamp.After(r.created.Add(age))
}

// taker returns the subscription by which a consumer gets a message, and the subtopic it matches; nil where it does not, was
// delivered, or gets it from another shard. A message with several subtopics is delivered by the first that any of the consumer's
// subscriptions matches.
func (g *group) taker(e *entry, i int, m *Message, all []*reading) (*reading, string) {
	for index, subtopic := range m.subtopics() {
		for _, r := range all {
			if !r.matches(g.log.destination, m, subtopic) {
				continue
			}
			if from, here := r.from.of(g.log.shard); here && from.passes(e.number, i) {
				continue
			}
			switch {
			case len(m.Subtopics) > 0 && !m.stands(index):
				if m.claimedBy(r) {
					return nil, "" // the copy in that subtopic's shard is the one
				}
			case !slices.Contains(g.readings, r):
				// It will read this shard when this process knows that messages of its subtopic may lie here.
			case !r.within(g.log.shard, e.number, i):
				return nil, "" // it came behind the batch that is read again
			default:
				return r, subtopic
			}
		}
	}
	return nil, ""
}

// within reports whether a message is before the end of a bounded reading.
func (r *reading) within(shard int, number uint64, i int) bool {
	if !r.bounded {
		return true
	}
	to, ok := r.to.of(shard)
	return ok && to.passes(number, i)
}

// matches reports whether the subscription wants what was published to a subtopic.
func (r *reading) matches(d *Destination, m *Message, subtopic string) bool {
	return matchSubtopic(r.Topic.Subtopic, subtopic, d.Separator) && r.selects(m)
}

// selects asks the condition once for each message, however many subtopics that has.
func (r *reading) selects(m *Message) bool {
	if r.condition == nil {
		return true
	}
	if r.looked != m {
		r.looked, r.selected = m, selects(r.condition, m)
	}
	return r.selected
}
