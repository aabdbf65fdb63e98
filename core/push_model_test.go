package core_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

var pushRuns = flag.Uint64("push.runs", 800, "runs of TestPushModel, without faults and with them")

// A pushWorld is a world in which sockets elsewhere, and a bridge, get what is published, and what is known of it from outside.
type pushWorld struct {
	*world
	raw core.Store

	mu        sync.Mutex
	clock     int // orders what is known
	published map[string]publication
	sockets   map[string]*socket
	bridged   []string
}

type publication struct {
	topic        core.Topic
	begun, acked int // 0: never
}

// A socket of the world gets deliveries, and may be out of reach.
type socket struct {
	name  string
	gone  bool
	until time.Time // out of reach
	subs  map[string]*socketSubscription
}

type socketSubscription struct {
	core.Subscription
	replay core.Replay
	asked  time.Time // first
	told   bool      // that it stands: nothing may come before that, as long as who was asked may tell it
	acked  int
	ended  bool
	got    []string // message ids, in the order in which they came
}

func newPushWorld(t *testing.T, seed uint64) *pushWorld {
	t.Helper()
	raw := memory.New(nil)
	w := &pushWorld{
		world: newWorld(t, seed, raw), raw: raw,
		published: map[string]publication{}, sockets: map[string]*socket{},
	}
	for range 3 {
		w.start(w.options, &core.Destination{Name: "news", TTL: 20 * time.Hour}, &core.Destination{Name: "sharded", TTL: 20 * time.Hour, Shards: 2})
	}
	return w
}

func (w *pushWorld) options(p *process) *core.Options {
	return &core.Options{
		Timeout: 24 * time.Hour, Pusher: worldPusher{w, p},
		Bridges: []*core.Follower{{Name: "b", Destination: "news", Deliver: func(ctx context.Context, _ int, messages []*core.Message) error {
			return w.step(p, fmt.Sprint("bridge ", len(messages)), func() error {
				for _, m := range messages {
					w.bridged = append(w.bridged, m.ID)
				}
				return nil
			})
		}}},
	}
}

// A worldPusher sends from one process.
type worldPusher struct {
	w *pushWorld
	p *process
}

func (u worldPusher) Push(ctx context.Context, name string, deliveries []core.Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return u.w.step(u.p, fmt.Sprint("push ", name, " ", len(deliveries)), func() error {
		u.w.mu.Lock()
		defer u.w.mu.Unlock()
		s := u.w.sockets[name]
		switch {
		case s.gone:
			return core.ErrSocketGone
		case time.Now().Before(s.until):
			return errors.New("out of reach")
		}
		for _, d := range deliveries {
			v := s.subs[d.Subscription]
			if !v.told && time.Since(v.asked) < 15*time.Minute {
				u.w.fail("%s came to %s before the subscription was answered", d.Message.ID, name)
			}
			v.got = append(v.got, d.Message.ID)
		}
		return nil
	})
}

func (u worldPusher) CloseSocket(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return u.w.step(u.p, "close "+name, func() error {
		u.w.mu.Lock()
		defer u.w.mu.Unlock()
		s := u.w.sockets[name]
		if !s.gone && time.Now().Before(s.until) && len(s.name)%2 == 0 {
			return errors.New("out of reach")
		}
		s.gone = true
		return nil
	})
}

// tick numbers what is known.
func (w *pushWorld) tick() int {
	w.clock++
	return w.clock
}

func (w *pushWorld) publish(id string, t core.Topic) act {
	return func(p *process) {
		w.mu.Lock()
		w.published[id] = publication{topic: t, begun: w.tick()}
		w.mu.Unlock()
		_, err := p.set.Publish(context.Background(), nil, &core.Publication{Topic: t, MessageID: id, Body: id})
		w.mu.Lock()
		defer w.mu.Unlock()
		if known := w.published[id]; err == nil {
			known.acked = w.tick()
			w.published[id] = known
		}
	}
}

func (w *pushWorld) subscribe(name string, v core.Subscription, replay core.Replay) act {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.sockets[name]
	if s == nil {
		s = &socket{name: name, subs: map[string]*socketSubscription{}}
		w.sockets[name] = s
	}
	kept := &socketSubscription{Subscription: v, replay: replay, asked: time.Now()}
	s.subs[v.ID] = kept
	return func(p *process) {
		for range 2 { // a client whose answer is lost asks again
			sub, err := p.set.SubscribePush(context.Background(), nil, name, time.Time{}, &core.SubscribeRequest{Subscription: v, Replay: kept.replay})
			if err == nil {
				w.mu.Lock()
				if kept.told = true; kept.acked == 0 {
					kept.acked = w.tick()
				}
				w.mu.Unlock()
				if sub.Begin(context.Background()) == nil {
					return
				}
			}
		}
	}
}

func (w *pushWorld) unsubscribe(id string) act {
	return func(p *process) {
		for name, s := range w.sockets {
			v := s.subs[id]
			if v == nil {
				continue
			}
			w.mu.Lock()
			v.ended = true
			w.mu.Unlock()
			_ = p.set.UnsubscribePush(context.Background(), name, &v.Subscription)
		}
	}
}

func sweep(p *process) { _ = p.set.Sweep(context.Background()) }

// script makes up what is done.
func (w *pushWorld) script(length int) []act {
	var acts []act
	topics := []core.Topic{{Destination: "news"}, {Destination: "news", Subtopic: "a.b"}, {Destination: "sharded", Subtopic: "a.b"}, {Destination: "sharded", Subtopic: "c"}}
	wanted := []core.Topic{{Destination: "news"}, {Destination: "news", Subtopic: "a.*"}, {Destination: "news", Subtopic: "*"}, {Destination: "sharded", Subtopic: "*"}, {Destination: "sharded", Subtopic: "c"}}
	subs := 0
	for i := range length {
		switch n := w.rand.IntN(20); {
		case n < 5 || i == 0:
			name := strings.Repeat("s", 1+w.rand.IntN(4))
			subs++
			acts = append(acts, w.subscribe(name, core.Subscription{ID: fmt.Sprint("v", subs), Topic: wanted[w.rand.IntN(len(wanted))]}, core.ReplayAll+core.Replay(w.rand.IntN(2))))
		case n < 6 && subs > 1:
			acts = append(acts, w.unsubscribe(fmt.Sprint("v", 1+w.rand.IntN(subs))))
		case n < 7 && w.faults:
			acts = append(acts, sweep)
		case n < 8 && w.faults:
			acts = append(acts, w.disturb())
		default:
			acts = append(acts, w.publish(fmt.Sprint("m", i), topics[w.rand.IntN(len(topics))]))
		}
	}
	return acts
}

// disturb puts a socket out of reach for a while, or for ever.
func (w *pushWorld) disturb() act {
	name, n := strings.Repeat("s", 1+w.rand.IntN(4)), w.rand.IntN(20)
	return func(*process) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if s := w.sockets[name]; s != nil {
			s.gone = s.gone || n == 0
			s.until = time.Now().Add(time.Duration(n) * time.Second)
		}
	}
}

// settle lets all be well, and the sweep take up what was left: first of all what nobody can be at work on any more.
func (w *pushWorld) settle() {
	w.faults = false
	for _, s := range w.sockets {
		s.until = time.Time{}
	}
	time.Sleep(15 * time.Minute)
	for range 3 {
		time.Sleep(time.Minute)
		w.run([]act{sweep, sweep}, 1)
	}
}

// log returns the ids of a destination's messages in the order of each shard, which a process that looks only now reads.
func (w *pushWorld) log(destination string, shard int) []string {
	w.t.Helper()
	var ids []string
	f := &core.Follower{Name: "reader", Destination: destination, Replay: true, Deliver: func(_ context.Context, s int, messages []*core.Message) error {
		for _, m := range messages {
			if s == shard {
				ids = append(ids, m.ID)
			}
		}
		return nil
	}}
	set := core.NewChannelSet(core.NewServiceMapper(), memoryVerbs{w.raw}, nil)
	set.AddDestination(&core.Destination{Name: "news"}).AddDestination(&core.Destination{Name: "sharded", Shards: 2})
	f.Name = fmt.Sprint("reader", shard)
	if err := set.Follow(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
	return ids
}

// memoryVerbs are the six verbs and no more.
type memoryVerbs struct{ core.Store }

// check looks whether what is promised was kept.
func (w *pushWorld) check() {
	w.t.Helper()
	logs := map[string][][]string{"news": {w.log("news", 0)}, "sharded": {w.log("sharded", 0), w.log("sharded", 1)}}
	for id, p := range w.published {
		if p.acked > 0 && !slices.ContainsFunc(logs[p.topic.Destination], func(l []string) bool { return slices.Contains(l, id) }) {
			w.fail("%s was acknowledged and is not in the log", id)
		}
	}
	for name, s := range w.sockets {
		for id, v := range s.subs {
			for _, l := range logs[v.Topic.Destination] {
				w.checkSubscription(fmt.Sprint(name, " ", id, " ", v.Topic), s, v, l)
			}
		}
	}
	w.checkRun("bridge", w.bridged, logs["news"][0], 0)
}

// checkSubscription checks what came of one log.
func (w *pushWorld) checkSubscription(what string, s *socket, v *socketSubscription, log []string) {
	w.t.Helper()
	var wanted []string
	first := -1
	for _, id := range log {
		p := w.published[id]
		if !wants(v.Topic.Subtopic, p.topic.Subtopic) {
			continue
		}
		if first < 0 && v.acked > 0 && (p.begun > v.acked || v.replay == core.ReplayAll) {
			first = len(wanted)
		}
		wanted = append(wanted, id)
	}
	var got []string
	for _, id := range v.got {
		if slices.Contains(wanted, id) {
			got = append(got, id)
		}
	}
	if s.gone || v.ended {
		first = -2 // what came, came in order; there need not be all
	}
	w.checkRun(what, got, wanted, first)
}

func wants(pattern, subtopic string) bool {
	switch pattern {
	case "*":
		return subtopic != ""
	case "a.*":
		return strings.HasPrefix(subtopic, "a.")
	}
	return pattern == subtopic
}

// checkRun checks that what came is, repeats aside, a part of the log without a hole: from what stands at first, or before, to its end.
// With first -1 it may begin anywhere, with -2 end anywhere too.
func (w *pushWorld) checkRun(what string, got, log []string, first int) {
	w.t.Helper()
	var once []string
	for _, id := range got {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	if len(once) == 0 {
		if first >= 0 && first < len(log) {
			w.fail("%s got nothing of %v", what, log[first:])
		}
		return
	}
	begin := slices.Index(log, once[0])
	if begin < 0 || first >= 0 && begin > first || begin+len(once) > len(log) || !slices.Equal(once, log[begin:begin+len(once)]) {
		w.fail("%s got %v of %v, from %d on", what, got, log, first)
		return
	}
	if first > -2 && begin+len(once) < len(log) {
		w.fail("%s got %v of %v and not its end", what, got, log)
	}
}

func (w *pushWorld) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Errorf(format, args...)
}

// TestPushModel runs publishers, sockets, and processes that die or stand still, in made-up orders, and looks whether each socket, and a
// bridge, got all that it should have, in order.
func TestPushModel(t *testing.T) {
	kinds := map[string]func(*pushWorld){
		"no faults": func(w *pushWorld) {},
		"faults":    func(w *pushWorld) { w.faults = true },
	}
	seeds := *pushRuns
	if testing.Short() {
		seeds = min(seeds, 50)
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			for seed := range seeds {
				synctest.Test(t, func(t *testing.T) { runPushWorld(t, seed, kind) })
				if t.Failed() {
					return
				}
			}
		})
	}
}

func runPushWorld(t *testing.T, seed uint64, kind func(*pushWorld)) {
	t.Helper()
	w := newPushWorld(t, seed)
	kind(w)
	if w.rand.IntN(4) > 0 {
		w.rowPage = 1
		for _, p := range w.processes {
			p.set.SetRowPage(w.rowPage)
		}
	}
	w.run(w.script(6+w.rand.IntN(14)), 3)
	if w.faults {
		w.settle()
	}
	w.check()
	w.end()
	if t.Failed() {
		t.Fatalf("seed %d:\n%s", seed, w.history())
	}
}

// TestPushTakenOver has one process stand still before each of its steps, for longer than a lease lasts, while a second one does all that
// it has to do, which is to publish; then it goes on before each step of a third one.
func TestPushTakenOver(t *testing.T) {
	acts := map[string]func(*pushWorld, int) act{
		"publish": func(w *pushWorld, i int) act { return w.publish(fmt.Sprint("m", i), core.Topic{Destination: "news"}) },
		"subscribe": func(w *pushWorld, i int) act {
			return w.subscribe(strings.Repeat("s", 1+i), core.Subscription{ID: "v", Topic: core.Topic{Destination: "news"}}, core.ReplayAll)
		},
		"subscribe from now on": func(w *pushWorld, i int) act {
			return w.subscribe(strings.Repeat("s", 1+i), core.Subscription{ID: "v", Topic: core.Topic{Destination: "news"}}, core.ReplayNone)
		},
	}
	for first, x := range acts {
		for third, z := range acts {
			t.Run(first+", publish, "+third, func(t *testing.T) {
				for stalls, more := 0, true; more; stalls++ {
					for goesOn, late := 0, false; !late; goesOn++ {
						synctest.Test(t, func(t *testing.T) { more, late = takeOver(t, stalls, goesOn, x, acts["publish"], z) })
						if t.Failed() {
							return
						}
					}
				}
			})
		}
	}
}

// takeOver reports whether the first act had more steps than those after which it stalls, and the third no more than those after which
// the first goes on.
func takeOver(t *testing.T, stalls, goesOn int, acts ...func(*pushWorld, int) act) (more, late bool) {
	t.Helper()
	w := newPushWorld(t, 1)
	p := w.processes
	w.beginIn(p[0], w.subscribe("ssss", core.Subscription{ID: "v", Topic: core.Topic{Destination: "news"}}, core.ReplayAll))
	w.beginIn(p[0], w.publish("m", core.Topic{Destination: "news"}))
	w.advance(p[0], forever)
	for i, a := range acts {
		w.beginIn(p[i], a(w, i))
	}
	w.advance(p[0], stalls)
	time.Sleep(40 * time.Second)
	w.advance(p[1], forever)
	late = w.advance(p[2], goesOn) < goesOn
	more = w.advance(p[0], forever) > 0
	w.advance(p[2], forever)
	w.settle()
	w.check()
	w.end()
	if t.Failed() {
		t.Fatalf("stalls after %d, goes on after %d:\n%s", stalls, goesOn, w.history())
	}
	return more, late
}

const forever = 1 << 30
