package amf

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A flexClient is a client of a test, with one consumer.
type flexClient struct {
	t        testing.TB
	set      *core.ChannelSet
	id       string
	messages int // sent
}

// newFlexClient returns a client that has pinged and whose consumer "c" has subscribed.
func newFlexClient(t testing.TB, set *core.ChannelSet, destination string) *flexClient {
	t.Helper()
	client, err := set.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := &flexClient{t: t, set: set, id: client.ID()}
	c.command(CommandPing, "")
	c.command(CommandSubscribe, fmt.Sprintf(`"destination": %q, "clientId": "c"`, destination))
	return c
}

// packet returns a packet with a command that has members beside the usual ones.
func (c *flexClient) packet(operation int, members string) []byte {
	c.t.Helper()
	c.messages++
	if members != "" {
		members += ", "
	}
	return packetOf(c.t, "3", formEach3, "null",
		fmt.Sprintf(`[{"$command": %d, %s"messageId": "m%d", "headers": {"DSId": %q}}]`, operation, members, c.messages, c.id))
}

// command sends a command and returns the answer in short.
func (c *flexClient) command(operation int, members string) string {
	c.t.Helper()
	return shortReply(c.t, serveUnit(c.t, c.set, c.packet(operation, members)))
}

func (c *flexClient) poll() string {
	c.t.Helper()
	return c.command(CommandPoll, "")
}

// shortReply returns the only body of a reply in short.
func shortReply(t testing.TB, r *recorder) string {
	t.Helper()
	bodies := readReplyIn(t, r.unit, true).bodies
	if len(bodies) != 1 {
		t.Fatalf("got %d bodies: %q", len(bodies), bodies)
	}
	return bodies[0]
}

// publishUnit returns a packet that publishes text.
func publishUnit(t testing.TB, destination, text string) []byte {
	t.Helper()
	return packetOf(t, "3", formEach3, "null", fmt.Sprintf(`[{"$async": %q, "destination": %q, "clientId": "p", "body": %q}]`, text, destination, text))
}

// A storeCounter counts what the store is asked.
type storeCounter struct {
	mu            sync.Mutex
	reads, writes int
}

func (c *storeCounter) CallStarted(ctx context.Context, _ *core.Call) (context.Context, func(*core.Fault)) {
	return ctx, func(*core.Fault) {}
}

func (c *storeCounter) StoreUsed(_ context.Context, verb string, _ int, _ time.Duration, _ error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch verb {
	case "get", "range", "last":
		c.reads++
	default:
		c.writes++
	}
}

func (c *storeCounter) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := fmt.Sprintf("%d reads, %d writes", c.reads, c.writes)
	c.reads, c.writes = 0, 0
	return text
}

// What messaging asks of the store is promised: docs/delivery.md.
func TestStoreUse(t *testing.T) {
	counter := &storeCounter{}
	set := addDestinations(newTestSetWith(t, New(nil), &core.Options{Observer: counter, Now: movingClock()}))
	c := newFlexClient(t, set, "messages")
	serveUnit(t, set, publishUnit(t, "messages", "warm"))
	c.poll()
	c.poll()
	for _, row := range []struct {
		name string
		do   func()
		want string
	}{
		{"idle poll", func() { c.poll() }, "2 reads, 0 writes"},
		{"publish without a session", func() { serveUnit(t, set, publishUnit(t, "messages", "one")) }, "0 reads, 1 writes"},
		{"delivering poll", func() { c.poll() }, "2 reads, 1 writes"},
		{"poll that confirms", func() { c.poll() }, "2 reads, 1 writes"},
		{"idle poll again", func() { c.poll() }, "2 reads, 0 writes"},
		{"poll for one consumer", func() { c.command(CommandPoll, `"clientId": "c", "destination": "messages"`) }, "2 reads, 0 writes"},
		{"heartbeat", func() {
			serveUnit(t, set, packetOf(t, "3", formEach3, "null", `[{"$command": 5, "messageId": "h", "headers": {"DSId": "`+c.id+`", "DS<3": true}}]`))
		}, "2 reads, 0 writes"},
	} {
		counter.take()
		row.do()
		if got := counter.take(); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

// A consumer's id is good for the client that it was made for; one that is none of ours is good for anybody.
func TestConsumerIDs(t *testing.T) {
	e := New(nil)
	set := newTestSet(t, e)
	ann, bob := must(set.NewClient(t.Context())), must(set.NewClient(t.Context()))
	made := must(e.consumerID(t.Context(), set, ann, ""))
	if !madeUUID.MatchString(made) {
		t.Errorf("%q is no UUID in upper case", made)
	}
	if again := must(e.consumerID(t.Context(), set, ann, "")); again == made {
		t.Errorf("made %s twice", made)
	}
	other := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), &core.Options{Secret: []byte("another secret, as long as that")})
	for _, c := range []struct {
		name, id string
		client   *core.Client
		refused  bool
	}{
		{"its own", made, ann, false},
		{"another's", made, bob, true},
		{"another's, of another server", must(e.consumerID(t.Context(), other, ann, "")), bob, false},
		{"in lower case", strings.ToLower(made), bob, false},
		{"any UUID", "6F0A1B2C-0000-4000-8000-000000000001", bob, false},
		{"no UUID", "my own", bob, false},
		{"as long as one", strings.Repeat("-", idSize), bob, false},
		{"almost one", made[:idSize-1] + "G", bob, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := e.consumerID(t.Context(), set, c.client, c.id)
			if c.refused != (err != nil) || err == nil && got != c.id {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// A message that cannot be written for a client, alone or with the others, keeps nothing from it that can.
func TestUnwritableMessages(t *testing.T) {
	limits := core.Limits{Value: value.Limits{Bytes: 100_000}}
	set := addDestinations(newTestSetWith(t, New(nil), &core.Options{Limits: limits, Now: movingClock()}))
	c := newFlexClient(t, set, "messages")
	text := strings.Repeat("x", 1000)
	repeated := func(n int) value.Packed { // in AMF0 each of them is written in full
		return must(value.PackValue(slices.Repeat([]any{text}, n), nil, value.Limits{}))
	}
	for i, body := range []any{"first", repeated(60), repeated(200), repeated(60), "last"} {
		p := &core.Publication{Topic: core.Topic{Destination: "messages"}, Body: body, MessageID: fmt.Sprint(i)}
		if _, err := set.Publish(t.Context(), nil, p); err != nil {
			t.Fatal(err)
		}
	}
	poll := func(id string) string {
		return shortReply(t, serveUnit(t, set, packetOf(t, "0", formAMF0, "null",
			`[{"$command": 2, "messageId": "`+id+`", "headers": {"DSId": "`+c.id+`"}}]`)))
	}
	got := poll("1")
	for i, want := range []bool{true, true, false, false, true} {
		if is := strings.Contains(got, fmt.Sprintf(`"$async": "%d"`, i)); is != want {
			t.Errorf("message %d: delivered %v, want %v", i, is, want)
		}
	}
	if got := poll("2"); strings.Contains(got, "$async") || !strings.Contains(got, "onResult") {
		t.Errorf("the next poll: got %.200s", got)
	}
}

// Clients that publish and poll at once: each consumer gets every message once, and those of one publisher in its order.
func TestMessagingAtOnce(t *testing.T) {
	const publishers, each, consumers = 4, 25, 3
	set := addDestinations(newTestSetWith(t, New(nil), &core.Options{Now: movingClock()}))
	clients := make([]*flexClient, consumers)
	for i := range clients {
		clients[i] = newFlexClient(t, set, "messages")
	}
	var wg sync.WaitGroup
	for p := range publishers {
		wg.Go(func() {
			for i := range each {
				serveUnit(t, set, publishUnit(t, "messages", fmt.Sprintf("%d/%02d", p, i)))
			}
		})
	}
	for _, c := range clients {
		wg.Go(func() {
			next := make([]int, publishers)
			for got := 0; got < publishers*each; {
				for _, part := range strings.Split(c.poll(), `"$async": "`)[1:] {
					var p, i int
					if _, err := fmt.Sscanf(part, "%d/%d", &p, &i); err != nil || i != next[p] {
						t.Errorf("got %.10q, want message %d of its publisher", part, next[p])
						return
					}
					next[p]++
					got++
				}
			}
		})
	}
	wg.Wait()
}

// A server that ends lets go of who waits, at once.
func TestDrainEndsWaitingPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := addDestinations(newTestSetWith(t, New(&Options{WaitInterval: time.Minute}), &core.Options{Now: movingClock()}))
		c := newFlexClient(t, set, "messages")
		unit := c.packet(CommandPoll, "")
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			if got := shortReply(t, serveUnit(t, set, unit)); !strings.Contains(got, `{"$ack": null}`) {
				t.Errorf("got %s", got)
			}
		})
		time.Sleep(10 * time.Second)
		set.Drain()
		wg.Wait()
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// A poll whose client has gone ends with it.
func TestWaitingPollEndsWithItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := addDestinations(newTestSetWith(t, New(&Options{WaitInterval: time.Minute}), &core.Options{Now: movingClock()}))
		c := newFlexClient(t, set, "messages")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		in := &core.Inbound{Unit: c.packet(CommandPoll, ""), Reply: &recorder{header: http.Header{}}}
		if err := set.Serve(ctx, "my-amf", in); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took <= 4*time.Second || took >= 5*time.Second {
			t.Errorf("took %v, want that it ends in time to answer", took)
		}
	})
}

// The stored form of a session, and what becomes of one that is damaged.
func TestSessionForm(t *testing.T) {
	s := session{messagingVersion: 1}
	v := core.Subscription{ID: "c", Topic: core.Topic{Destination: "d", Subtopic: "s"}, Selector: "n > 1"}
	s.keepCursor(&v, "epoch.0:7")
	const want = "\x02\x01\x01c\x01d\x01s\x05n > 1\x09epoch.0:7"
	if got := string(s.form()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	read := readSession([]byte(want))
	if got := read.cursor(&v); got != "epoch.0:7" || read.messagingVersion != 1 {
		t.Errorf("got %+v", read)
	}
	if got := readSession([]byte("\x01\x01")); got.messagingVersion != 1 || len(got.places) > 0 {
		t.Errorf("the form before: got %+v", got)
	}
	for n := range len(want) {
		readSession([]byte(want[:n])) // must not panic
	}
	for i := range 2 * maxPlaces {
		v.ID = fmt.Sprint(i)
		s.keepCursor(&v, "x.0:1")
	}
	if len(s.places) != maxPlaces || s.places[maxPlaces-1].id != v.ID {
		t.Errorf("kept %d places", len(s.places))
	}
	v.ID = strings.Repeat("i", maxPlaceLen)
	if s.keepCursor(&v, "x.0:1"); s.cursor(&v) != "" {
		t.Error("kept a place that is too long")
	}
}

func TestReadSubscription(t *testing.T) {
	for _, c := range []struct {
		text string
		want core.Subscription
		ok   bool
	}{
		{"", core.Subscription{}, false},
		{"topic", core.Subscription{}, false},
		{"_;_", core.Subscription{}, true},
		{"topic_;_", core.Subscription{Topic: core.Topic{Subtopic: "topic"}}, true},
		{"_;_n > 1", core.Subscription{Selector: "n > 1"}, true},
		{"topic_;_n > 1", core.Subscription{Topic: core.Topic{Subtopic: "topic"}, Selector: "n > 1"}, true},
		{"topic_;_n > 1_;_5", core.Subscription{Topic: core.Topic{Subtopic: "topic"}, Selector: "n > 1", MaxFrequency: 5}, true},
		{"topic_;__;_5", core.Subscription{Topic: core.Topic{Subtopic: "topic"}, MaxFrequency: 5}, true},
		{"topic_;__;_", core.Subscription{Topic: core.Topic{Subtopic: "topic"}}, true},
		{"topic_;__;_-5", core.Subscription{Topic: core.Topic{Subtopic: "topic"}}, true},
		{"topic_;__;_NaN", core.Subscription{Topic: core.Topic{Subtopic: "topic"}}, true},
		{"topic_;_a LIKE 'x_;_y'", core.Subscription{Topic: core.Topic{Subtopic: "topic"}, Selector: "a LIKE 'x_;_y'"}, true},
		{"topic_;_a LIKE 'x_;_y'_;_2.5", core.Subscription{Topic: core.Topic{Subtopic: "topic"}, Selector: "a LIKE 'x_;_y'", MaxFrequency: 2.5}, true},
	} {
		if got, ok := readSubscription(c.text); got != c.want || ok != c.ok {
			t.Errorf("%q: got %+v, %v; want %+v, %v", c.text, got, ok, c.want, c.ok)
		}
	}
}

// The lower of two frequencies, where only what is above 0 is one.
func TestLowerFrequency(t *testing.T) {
	for _, c := range [][3]float64{{0, 0, 0}, {5, 0, 5}, {0, 5, 5}, {5, 3, 3}, {-1, 4, 4}, {-1, -1, 0}} {
		if got := lower(c[0], c[1]); got != c[2] {
			t.Errorf("lower(%v, %v) = %v, want %v", c[0], c[1], got, c[2])
		}
	}
}

// FuzzReadSubscription: a text has a separator or is no subscription; what was read is part of it; and a frequency is a number above 0.
func FuzzReadSubscription(f *testing.F) {
	for _, text := range []string{"", "_;_", "a.b_;_n > 1", "a_;__;_5", "a_;_x_;_y_;_1e9", "_;__;__;_"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := readSubscription(text)
		if ok != strings.Contains(text, subscriptionSeparator) {
			t.Errorf("%q: got %v", text, ok)
		}
		if !strings.HasPrefix(text, v.Topic.Subtopic) || !strings.Contains(text, v.Selector) || !(v.MaxFrequency >= 0) {
			t.Errorf("%q: got %+v", text, v)
		}
		if plain := v.Topic.Subtopic + subscriptionSeparator + v.Selector; ok && v.MaxFrequency == 0 && !strings.HasPrefix(text, plain) {
			t.Errorf("%q: got %+v", text, v)
		}
	})
}
