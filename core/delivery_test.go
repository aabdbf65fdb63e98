package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A clock is set by hand.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.UnixMilli(1_700_000_000_000)} }

func (c *clock) Now() time.Time { return c.now }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

// An office is several processes on one store, each with a client's connection to work for.
type office struct {
	*post
	store core.Store
	opts  *core.Options
	dests []*core.Destination
}

func newOffice(t *testing.T, store core.Store, o *core.Options, destinations ...*core.Destination) *office {
	t.Helper()
	f := &office{store: store, opts: o, dests: destinations, post: &post{t: t}}
	f.set = f.process()
	f.conn = f.connect()
	return f
}

// process starts a process more, with nothing in its memory.
func (f *office) process() *core.ChannelSet {
	set := core.NewChannelSet(core.NewServiceMapper(), f.store, f.opts)
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
	for _, d := range f.dests {
		set.AddDestination(d)
	}
	return set
}

// in returns the post as it is worked for by another process.
func (f *office) in(set *core.ChannelSet) *post { return &post{t: f.t, set: set, conn: f.conn} }

// A process that has slept knows an end of the log that was trimmed meanwhile.
func TestSleeperBehindATrimmedLog(t *testing.T) {
	c := newClock()
	f := newOffice(t, memory.New(&memory.Options{Now: c.Now}), &core.Options{Now: c.Now, Timeout: time.Hour},
		&core.Destination{Name: "news", TTL: time.Second})
	f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	sleeper := f.in(f.process())
	sleeper.publish("news", "", "1")
	f.publish("news", "", "2")
	f.publish("news", "", "3")
	f.wantPoll("a", []string{"s:1", "s:2", "s:3"})
	for range 5 {
		c.pass(time.Minute)
		if err := f.set.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sleeper.publish("news", "", "4")
	f.wantPoll("b", []string{"s:4"})
}

// interrupted is a store in which somebody else's step comes between two calls.
type interrupted struct {
	core.Store
	after func(verb string, key core.Key) // is told of each call when it has taken place
	down  func(verb string, key core.Key) bool
}

func (s *interrupted) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	items, err := s.Store.Get(ctx, keys...)
	s.after("get", keys[0])
	return items, err
}

func (s *interrupted) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	items, err := s.Store.Range(ctx, partition, after, limit, bytes)
	s.after("range", core.Key{Partition: partition})
	return items, err
}

func (s *interrupted) Create(ctx context.Context, it core.Item) (uint64, error) {
	if s.down != nil && s.down("create", it.Key) {
		return 0, errLost
	}
	version, err := s.Store.Create(ctx, it)
	s.after("create", it.Key)
	return version, err
}

// A request that comes twice at once, since somebody between was impatient, gets one batch: also the one of the two that came too late
// to record it.
func TestSameRequestAtOnce(t *testing.T) {
	store := &interrupted{Store: memory.New(nil), after: func(string, core.Key) {}}
	f := newOffice(t, store, nil, &core.Destination{Name: "news"})
	f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	f.publish("news", "", "a")
	store.after = func(verb string, key core.Key) {
		if verb == "range" {
			store.after = func(string, core.Key) {}
			f.wantPoll("1", []string{"s:a"})
		}
	}
	f.wantPoll("1", []string{"s:a"})
	f.wantPoll("2", nil)
}

// A subscription whose hook takes its time takes no message from the others of its ID that it does not get itself.
func TestSlowSubscribeHook(t *testing.T) {
	c := newClock()
	o := &core.Options{Now: c.Now}
	f := newOffice(t, memory.New(&memory.Options{Now: c.Now}), o, &core.Destination{Name: "news", Shards: 4})
	f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news", Subtopic: "b"}})
	c.pass(time.Minute)
	o.OnSubscribe = []core.SubscribeHook{func(ctx context.Context, _ *core.Connection, _ core.Subscription) error {
		c.pass(15 * time.Second)
		p := &core.Publication{Topic: core.Topic{Destination: "news"}, Subtopics: []string{"a", "b"}, Body: "to both"}
		_, err := f.set.Publish(ctx, nil, p)
		return err
	}}
	_, conn, err := f.set.LoadConnection(t.Context(), "c", f.conn.Client().ID())
	if err != nil {
		t.Fatal(err)
	}
	r := &core.SubscribeRequest{Subscription: core.Subscription{ID: "s", Topic: core.Topic{Destination: "news", Subtopic: "a"}}}
	if err := f.process().Subscribe(t.Context(), nil, conn, r); err != nil {
		t.Fatal(err)
	}
	f.wantPoll("1", []string{"s:to both"})
}

// Somebody else's message with the same id, in the place that was tried, is not ours.
func TestForeignMessageWithOurID(t *testing.T) {
	store := &interrupted{Store: memory.New(nil), after: func(string, core.Key) {}}
	f := newOffice(t, store, nil, &core.Destination{Name: "news"})
	f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	topic := core.Topic{Destination: "news"}
	store.after = func(verb string, key core.Key) {
		if verb == "create" && strings.Contains(key.Partition, "/u/") { // the slot
			store.after = func(string, core.Key) {}
			if _, err := f.process().Publish(t.Context(), nil, &core.Publication{Topic: topic, MessageID: "ours", Body: "theirs"}); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := f.set.Publish(t.Context(), nil, &core.Publication{Topic: topic, ID: "ours", Body: "ours"}); err != nil {
		t.Fatal(err)
	}
	f.wantPoll("1", []string{"s:theirs", "s:ours"})
}

// plainStore hides what a store can beyond its six verbs.
type plainStore struct{ core.Store }

// headless keeps every head hint from being raised while it is down.
type headless struct {
	core.Store
	down bool
}

func (s *headless) Replace(ctx context.Context, it core.Item) (uint64, error) {
	if s.down && it.Sort == "head" {
		return 0, errors.New("no answer")
	}
	return s.Store.Replace(ctx, it)
}

// The hint is never so far behind that a jump would not come out above all that was there: where it cannot be raised, nothing is appended.
func TestNothingIsAppendedFarBeyondTheHint(t *testing.T) {
	for _, warm := range []bool{true, false} {
		t.Run(fmt.Sprintf("warm %t", warm), func(t *testing.T) {
			store := &headless{Store: plainStore{memory.New(nil)}}
			f := newOffice(t, store, nil, &core.Destination{Name: "news"})
			f.publish("news", "", "first")
			store.down = true
			set, n := f.process(), 0
			for ; n < 1000; n++ {
				if !warm {
					set = f.process()
				}
				if _, err := set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "x"}); err != nil {
					break
				}
			}
			if n < 100 || n >= 900 {
				t.Errorf("%d messages were appended while the hint could not be raised", n)
			}
			store.down = false
			f.publish("news", "", "goes on")
		})
	}
}

// A store that panics in one request leaves the log to the next.
func TestPanicWhilePublishing(t *testing.T) {
	store := &interrupted{Store: memory.New(nil), after: func(string, core.Key) {}}
	f := newOffice(t, store, nil, &core.Destination{Name: "news"})
	store.after = func(_ string, key core.Key) {
		if strings.Contains(key.Partition, "/t/") {
			panic("out of order")
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the store did not panic")
			}
		}()
		f.publish("news", "", "lost")
	}()
	store.after = func(string, core.Key) {}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := f.set.Publish(ctx, nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "x"}); err != nil {
		t.Error(err)
	}
}

// A publish that is tried by two at once is one message, also where one of them has long not looked at the log.
func TestTwoTriesAtOnce(t *testing.T) {
	store := &interrupted{Store: memory.New(nil), after: func(string, core.Key) {}}
	f := newOffice(t, store, nil, &core.Destination{Name: "news"})
	f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	p := &core.Publication{Topic: core.Topic{Destination: "news"}, ID: "once", Body: "once"}
	behind := f.in(f.process())
	behind.publish("news", "", "1")
	f.publish("news", "", "2")
	var tried core.Key // where the first try left off
	store.down = func(_ string, key core.Key) bool {
		tried = key
		return strings.Contains(key.Partition, "/t/")
	}
	if _, err := f.set.Publish(t.Context(), nil, p); !errors.Is(err, errLost) {
		t.Fatalf("got %v, want the store's error", err)
	}
	store.down = nil
	store.after = func(verb string, key core.Key) {
		if verb == "get" && key == tried { // nothing was there
			store.after = func(string, core.Key) {}
			if _, err := f.set.Publish(t.Context(), nil, p); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := behind.set.Publish(t.Context(), nil, p); err != nil {
		t.Fatal(err)
	}
	f.wantPoll("1", []string{"s:1", "s:2", "s:once"})
}

// A batch comes again also from a process that does not yet know of the shards it came from.
func TestSameBatchBeforeNewShardsAreKnown(t *testing.T) {
	f := newOffice(t, memory.New(nil), nil, &core.Destination{Name: "news"})
	f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news", Subtopic: "*"}})
	f.wantPoll("1", nil)
	f.dests = []*core.Destination{{Name: "news", Shards: 4}}
	later := f.in(f.process())
	for _, subtopic := range []string{"a", "b", "c", "d"} {
		later.publish("news", subtopic, subtopic)
	}
	got := later.poll(core.PollRequest{ID: "2"})
	if len(got) != 4 {
		t.Fatalf("got %v, want four messages", got)
	}
	f.wantPoll("2", got)
	f.wantPoll("3", nil)
}

// A message in a shard that a process does not yet know to be one of a subscription's comes once, also where another subscription of
// the same ID reads that shard.
func TestSharedIDBeforeOldShardsAreKnown(t *testing.T) {
	c := newClock()
	f := newOffice(t, memory.New(&memory.Options{Now: c.Now}), &core.Options{Now: c.Now}, &core.Destination{Name: "news", Shards: 3})
	for _, subtopic := range []string{"", "*"} {
		f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news", Subtopic: subtopic}})
	}
	f.dests = []*core.Destination{{Name: "news"}}
	f.in(f.process()).publish("news", "", "a")
	got := f.poll(core.PollRequest{ID: "1"})
	c.pass(2 * time.Minute)
	got = append(got, f.poll(core.PollRequest{ID: "2"})...)
	got = append(got, f.poll(core.PollRequest{ID: "3"})...)
	if fmt.Sprint(got) != "[s:a]" {
		t.Errorf("got %v, want the message once", got)
	}
}

// A publish over several shards that is finished by a later try is not taken from a subscription by one that was made in between.
func TestSubscriptionBetweenTries(t *testing.T) {
	for _, subtopics := range [][]string{{"a", "b"}, {"b", "a"}} {
		t.Run(fmt.Sprint(subtopics), func(t *testing.T) {
			c := newClock()
			store := &interrupted{Store: memory.New(&memory.Options{Now: c.Now}), after: func(string, core.Key) {}}
			f := newOffice(t, store, &core.Options{Now: c.Now}, &core.Destination{Name: "news", Shards: 4})
			f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news", Subtopic: subtopics[1]}})
			c.pass(20 * time.Minute)
			first := ""
			store.down = func(_ string, key core.Key) bool {
				if strings.Contains(key.Partition, "/t/") && first == "" {
					first = key.Partition
				}
				return strings.Contains(key.Partition, "/t/") && key.Partition != first
			}
			p := &core.Publication{Topic: core.Topic{Destination: "news"}, Subtopics: subtopics, ID: "once", Body: "a"}
			if _, err := f.set.Publish(t.Context(), nil, p); !errors.Is(err, errLost) {
				t.Fatalf("got %v, want the store's error", err)
			}
			_, conn, err := f.set.LoadConnection(t.Context(), "c", f.conn.Client().ID())
			if err != nil {
				t.Fatal(err)
			}
			r := &core.SubscribeRequest{Subscription: core.Subscription{ID: "s", Topic: core.Topic{Destination: "news", Subtopic: subtopics[0]}}}
			if err := f.set.Subscribe(t.Context(), nil, conn, r); err != nil {
				t.Fatal(err)
			}
			c.pass(time.Minute)
			store.down = nil
			if _, err := f.set.Publish(t.Context(), nil, p); err != nil {
				t.Fatal(err)
			}
			if got := f.poll(core.PollRequest{ID: "1"}); len(got) == 0 {
				t.Error("the message is lost") // it may come twice, since one subscription is younger than the first try
			}
		})
	}
}

// A client sends while its poll's reply is on the way, the reply is lost, the channel connects anew: nothing is lost, since only a poll
// confirms, and none from before the client connected anew.
func TestSendWhileReplyIsOnItsWay(t *testing.T) {
	c := newClock()
	f := newOffice(t, memory.New(&memory.Options{Now: c.Now}), &core.Options{Now: c.Now}, &core.Destination{Name: "news"})
	f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	f.publish("news", "", "a")
	f.wantPoll("1", []string{"s:a"}) // this reply is lost
	p := &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "mine", Publisher: f.conn}
	if _, err := f.set.Publish(t.Context(), nil, p); err != nil {
		t.Fatal(err)
	}
	_, conn, err := f.set.LoadConnection(t.Context(), "c", f.conn.Client().ID())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.set.Subscribe(t.Context(), nil, conn, &core.SubscribeRequest{Subscription: core.Subscription{ID: "t", Topic: core.Topic{Destination: "news", Subtopic: "x"}}}); err != nil {
		t.Fatal(err)
	}
	late := c.Now() // when a poll from before arrived that nobody has worked on yet
	c.pass(time.Second)
	if err := conn.Rollback(t.Context(), c.Now()); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Second)
	if got := f.poll(core.PollRequest{ID: "before", Received: late}); len(got) != 0 {
		t.Errorf("the poll from before got %v", got)
	}
	f.wantPoll("2", []string{"s:a", "s:mine"})
	if got := f.poll(core.PollRequest{ID: "before", Received: late}); len(got) != 0 {
		t.Errorf("the poll from before got %v", got)
	}
	f.wantPoll("2", []string{"s:a", "s:mine"})
	c.pass(time.Second)
	f.wantPoll("3", nil)
}

// A process that stands still in the middle of a publish puts its message where nobody looks any more; so it takes that back.
func TestPublishThatStoodStill(t *testing.T) {
	for _, id := range []string{"", "once"} {
		for _, lost := range []bool{false, true} { // the answer to the late put
			t.Run(fmt.Sprintf("id %q, answer lost %t", id, lost), func(t *testing.T) {
				c := newClock()
				m := memory.New(&memory.Options{Now: c.Now})
				store := &stalling{Store: m, lost: lost}
				f := newOffice(t, struct {
					*stalling
					core.Trimmer
					core.Tailer
				}{store, m, m}, &core.Options{Now: c.Now}, &core.Destination{Name: "news", TTL: time.Second})
				f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
				f.publish("news", "", "1")
				others := f.in(f.process())
				store.stall = func() {
					others.publish("news", "", "2")
					others.publish("news", "", "3")
					others.wantPoll("a", []string{"s:1", "s:2", "s:3"})
					for range 15 {
						c.pass(time.Minute)
						if err := others.set.Sweep(t.Context()); err != nil {
							t.Error(err)
						}
					}
				}
				p := &core.Publication{Topic: core.Topic{Destination: "news"}, ID: id, Body: "late", TTL: time.Hour}
				if _, err := f.set.Publish(t.Context(), nil, p); err != nil {
					t.Fatal(err)
				}
				others.wantPoll("b", []string{"s:late"})
			})
		}
	}
}

// A stalling store lets time pass before it creates an entry of a log, once.
type stalling struct {
	core.Store
	stall func()
	lost  bool
}

func (s *stalling) Create(ctx context.Context, it core.Item) (uint64, error) {
	if s.stall == nil || !strings.Contains(it.Partition, "/t/") {
		return s.Store.Create(ctx, it)
	}
	stall := s.stall
	s.stall = nil
	stall()
	version, err := s.Store.Create(ctx, it)
	if s.lost {
		return 0, errLost
	}
	return version, err
}

// A clock that was put back holds no poll up: nobody reconnected in the future.
func TestClockPutBackAfterRollback(t *testing.T) {
	c := newClock()
	f := newOffice(t, memory.New(&memory.Options{Now: c.Now}), &core.Options{Now: c.Now}, &core.Destination{Name: "news"})
	f.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	if err := f.conn.Rollback(t.Context(), c.Now()); err != nil {
		t.Fatal(err)
	}
	f.publish("news", "", "a")
	f.wantPoll("at the same time", nil)
	c.pass(-time.Hour)
	f.wantPoll("an hour before", []string{"s:a"})
}

// An id of the caller means nothing in another destination, whatever stands in it.
func TestPublishIDsOfTwoDestinations(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "a"}, &core.Destination{Name: "a/b"})
	p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "a/b"}})
	for range 5 {
		p.publish("a", "", "x")
	}
	for _, m := range []*core.Publication{
		{Topic: core.Topic{Destination: "a"}, ID: "b/c", Body: "once"}, {Topic: core.Topic{Destination: "a/b"}, ID: "c", Body: "once"},
	} {
		if _, err := p.set.Publish(t.Context(), nil, m); err != nil {
			t.Fatal(err)
		}
	}
	feed := p.set.NewFeed()
	defer feed.Close(t.Context())
	v := core.Subscription{ID: "s", Topic: core.Topic{Destination: "a/b"}}
	if err := feed.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: v}); err != nil {
		t.Fatal(err)
	}
	if cursor := feed.Cursor("s"); !strings.HasSuffix(cursor, ".0:1") {
		t.Errorf("the only message of a/b stands before the cursor %s", cursor)
	}
	p.wantPoll("1", []string{"s:once"})
}
