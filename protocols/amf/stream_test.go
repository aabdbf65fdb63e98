package amf

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

var news = core.Topic{Destination: "news"}

// What is published goes out at once, to each consumer of the connection, with heartbeats between.
func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, nil, &core.Destination{Name: "news"}, &core.Destination{Name: "other"})
		id := h.ping("0")
		s := h.open(id)
		h.say("news", "before the subscription")
		h.subscribe(id, "consumer", "news", "")
		h.subscribe(id, "wild", "news", "a.*")
		h.say("news", "one")
		h.say("other", "not subscribed to")
		h.publish(&core.Publication{Topic: core.Topic{Destination: "news", Subtopic: "a.b"}, Body: []any{"two"}, MessageID: "m2",
			CorrelationID: new("c2"), TTL: time.Minute, Headers: map[string]any{"z": 1, "a": true, "DSSubtopic": "a lie"}})
		got := s.next()
		for i := range got {
			got[i] = regexpMessageID.ReplaceAllString(got[i], `"messageId": "?"`)
		}
		want := []string{
			normal(t, `{"$class": "flex.messaging.messages.AsyncMessage", "body": "one", "clientId": "consumer", "correlationId": null,
				"destination": "news", "headers": {}, "messageId": "?", "timestamp": 946684800000, "timeToLive": 0}`),
			normal(t, `{"$class": "flex.messaging.messages.AsyncMessage", "body": ["two"], "clientId": "wild", "correlationId": "c2",
				"destination": "news", "headers": {"DSSubtopic": "a.b", "a": true, "z": 1}, "messageId": "m2", "timestamp": 946684800000, "timeToLive": 60000}`),
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("messages (-want +got):\n%s", d)
		}
		if !s.streaming || s.header.Get("Content-Length") != "" {
			t.Error("the answer is no stream")
		}

		time.Sleep(12 * time.Second)
		if d := cmp.Diff([]string{"beat", "beat"}, s.next()); d != "" {
			t.Errorf("after 12 seconds (-want +got):\n%s", d)
		}
		if _, err := h.set.Unsubscribe(t.Context(), h.conn(id), &core.Subscription{ID: "consumer"}); err != nil {
			t.Fatal(err)
		}
		h.say("news", "nobody's")
		h.publish(&core.Publication{Topic: core.Topic{Destination: "news", Subtopic: "a"}, Body: "nobody's"})
		h.publish(&core.Publication{Topic: core.Topic{Destination: "news", Subtopic: "a.c"}, Body: "wild only"})
		s.wantBodies("wild only")
		if _, err := h.set.Send(t.Context(), h.conn(id), "wild", &core.Publication{Topic: news, Body: "to one"}); err != nil {
			t.Fatal(err)
		}
		s.wantBodies("to one")
		s.cancel()
		s.wantEnd(false)
	})
}

// Several connections of a client have a stream each.
func TestStreamsOfOneClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, nil, &core.Destination{Name: "news"})
		one, two := h.ping("0"), h.ping("1")
		h.subscribe(one, "one", "news", "")
		h.subscribe(two, "two", "news", "")
		a, b := h.open(one), h.open(two)
		h.say("news", "hello")
		if got := a.next(); len(got) != 1 || !strings.Contains(got[0], `"clientId": "one"`) || !strings.Contains(got[0], "AsyncMessage") {
			t.Errorf("got %q", got)
		}
		if got := b.next(); len(got) != 1 || !strings.Contains(got[0], `"clientId": "two"`) || !strings.Contains(got[0], "DSA") {
			t.Errorf("got %q", got)
		}
		if call(t, h.set, "null", `[{"$class": "flex.messaging.messages.CommandMessage", "operation": 9, "messageId": "m", "headers": {"DSId": "`+two+`"}}]`) == "" {
			t.Error("logout is not answered")
		}
		h.subscribe(two, "two", "news", "") // logout has ended its subscriptions
		h.say("news", "after logout")
		if got := b.next(); len(got) != 1 || strings.Contains(got[0], "DSA") {
			t.Errorf("a client that has logged out has forgotten small messages; got %q", got)
		}
		h.set.Drain()
		a.wantEnd(false)
		b.wantEnd(false)
	})
}

// How a stream ends, whether its client is told not to come back, and what a stream that is opened then begins with: four messages were
// sent, with a heartbeat behind each of the first three.
func TestStreamEnds(t *testing.T) {
	lastTwo := []string{"b", "c", "d"}
	for _, c := range []struct {
		name   string
		opts   *Options
		end    func(h *streamHouse, id string, s *openStream)
		told   bool
		replay []string
		lost   bool // the connection has ended too
	}{
		{name: "client gone", end: func(_ *streamHouse, _ string, s *openStream) { s.cancel() }, replay: lastTwo},
		{name: "client takes nothing", replay: lastTwo, end: func(_ *streamHouse, _ string, s *openStream) {
			s.set(func() { s.broken = errors.New("broken pipe") })
			time.Sleep(5 * time.Second)
		}},
		{name: "close", end: func(h *streamHouse, id string, s *openStream) {
			if got := h.do("command=close&version=1&streamId="+s.id, "DSId="+id); got != "" {
				h.t.Errorf("close: %s", got)
			}
		}},
		{name: "replaced", told: true, replay: lastTwo, end: func(h *streamHouse, id string, _ *openStream) {
			h.open(id).cancel()
		}},
		{name: "disconnect", told: true, lost: true, end: func(h *streamHouse, id string, _ *openStream) {
			call(h.t, h.set, "null", `[{"$class": "flex.messaging.messages.CommandMessage", "operation": 12, "messageId": "m", "headers": {"DSId": "`+id+`"}}]`)
		}},
		{name: "idle", opts: &Options{StreamIdle: time.Minute}, told: true, end: func(_ *streamHouse, _ string, s *openStream) {
			time.Sleep(55 * time.Second)
			synctest.Wait()
			select {
			case <-s.ended:
				s.t.Error("the stream ends before its time: it has carried messages")
			default:
			}
			time.Sleep(10 * time.Second) // it is noticed at a heartbeat
		}},
		{name: "drain", replay: lastTwo, end: func(h *streamHouse, _ string, _ *openStream) { h.set.Drain() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memory.New(nil)
				h := newStreamHouseOn(t, store, c.opts, &core.Destination{Name: "news"})
				id := h.ping("0")
				h.subscribe(id, "consumer", "news", "")
				s := h.open(id)
				time.Sleep(time.Second) // no message comes in the instant of a heartbeat
				for i, body := range []string{"a", "b", "c", "d"} {
					if i > 0 {
						time.Sleep(5 * time.Second)
					}
					h.say("news", body)
					s.wantBodies(body)
				}
				c.end(h, id, s)
				s.wantEnd(c.told)

				again := newStreamHouseOn(t, store, nil, &core.Destination{Name: "news"}) // a new process
				if c.lost {
					if got := again.do("command=open", "DSId="+id); got == "" {
						t.Error("a stream was opened for a connection that has ended")
					}
					return
				}
				s = again.open(id)
				s.wantBodies(c.replay...)
				s.cancel()
				s.wantEnd(false)
				if n := len(h.endpoint.streams.byConn) + len(h.endpoint.streams.byID); n != 0 {
					t.Errorf("%d streams are left in the list", n)
				}
			})
		})
	}
}

// A stream in one process ends when it is closed or replaced in another, and so does one whose connection ends there.
func TestStreamEndsElsewhere(t *testing.T) {
	for _, c := range []struct {
		name   string
		end    func(elsewhere *streamHouse, id, stream string)
		told   bool
		replay []string
	}{
		{name: "close", end: func(h *streamHouse, id, stream string) {
			if got := h.do("command=close&streamId="+stream, "DSId="+id); got != "" {
				h.t.Errorf("close: %s", got)
			}
		}},
		{name: "replaced", told: true, replay: []string{"a"}, end: func(h *streamHouse, id, _ string) { h.open(id).cancel() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memory.New(nil)
				here := newStreamHouseOn(t, store, nil, &core.Destination{Name: "news"})
				elsewhere := newStreamHouseOn(t, store, nil, &core.Destination{Name: "news"})
				id := here.ping("0")
				here.subscribe(id, "consumer", "news", "")
				s := here.open(id)
				here.say("news", "a")
				s.wantBodies("a")
				c.end(elsewhere, id, s.id)
				time.Sleep(20 * time.Second) // nobody tells: this process looks every 15 seconds
				s.wantEnd(c.told)
				s = elsewhere.open(id)
				s.wantBodies(c.replay...)
				s.cancel()
				<-s.ended
			})
		})
	}
}

// Flex closes its stream also when it has connected anew meanwhile.
func TestCloseOfAnOldStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, nil, &core.Destination{Name: "news"})
		id, other := h.ping("0"), h.ping("0")
		h.subscribe(id, "consumer", "news", "")
		old := h.open(id)
		s := h.open(id)
		old.wantEnd(true)
		start := time.Now()
		for _, c := range []struct{ query, form string }{
			{"command=close&streamId=" + old.id, "DSId=" + id},
			{"command=close", "DSId=" + id},
			{"command=close&streamId=" + s.id, "DSId=" + other}, // somebody else's
			{"command=close&streamId=" + s.id, "DSId=nobody"},
		} {
			if got := h.do(c.query, c.form); got != "" {
				t.Errorf("%s %s: %s", c.query, c.form, got)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("closing what is not open took %v", took)
		}
		h.say("news", "still here")
		s.wantBodies("still here")
		if got := h.do("command=close", "streamId="+s.id+"&DSId="+id); got != "" {
			t.Errorf("close: %s", got)
		}
		s.wantEnd(false)
	})
}

// What a stream is not opened for.
func TestStreamRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, nil, &core.Destination{Name: "news"})
		client, err := h.set.NewClient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ name, query, form, want string }{
			{"command", "command=reopen", "DSId=x", `malformed: There is no streaming command "reopen": it is open or close.`},
			{"empty command", "command=", "DSId=x", `malformed: There is no streaming command "": it is open or close.`},
			{"no id", "command=open&version=1", "", "malformed: A streaming request needs the DSId of its client."},
			{"close without id", "command=close&streamId=x", "", "malformed: A streaming request needs the DSId of its client."},
			{"id not ours", "command=open", "DSId=nil", "malformed: The DSId names no client that has connected on this channel: it has to ping first."},
			{"no ping", "command=open", "DSId=" + client.ID(),
				"malformed: The DSId names no client that has connected on this channel: it has to ping first."},
			{"damaged", "command=open", "DSId=%zz", `malformed: The parameters of a streaming request cannot be read: invalid URL escape "%zz".`},
			{"form too long", "command=open", strings.Repeat("x", 4097), "malformed: The form of a streaming request has more than 4096 bytes."},
		} {
			if got := h.do(c.query, c.form); got != c.want {
				t.Errorf("%s: got %s, want %s", c.name, got, c.want)
			}
		}
		id := h.ping("0")
		r := &recorder{header: http.Header{}} // it can answer only once, as with HTTP/1.0
		in := &core.Inbound{Unit: []byte("DSId=" + id), Reply: r, Peer: core.Peer{URL: must(urlOf("command=open"))}}
		if err := h.set.Serve(t.Context(), "my-amf", in); err != nil || r.refused == nil || r.refused.Code != core.Malformed {
			t.Errorf("without streaming: refused %v, error %v", r.refused, err)
		}
	})
}

// A client that takes its time gets everything, and is not in anybody's way.
func TestSlowStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, nil, &core.Destination{Name: "news"})
		slow, quick := h.ping("0"), h.ping("0")
		h.subscribe(slow, "slow", "news", "")
		h.subscribe(quick, "quick", "news", "")
		a, b := h.open(slow), h.open(quick)
		a.set(func() { a.slow = 20 * time.Second })
		var want []string
		for _, body := range []string{"a", "b", "c", "d", "e"} {
			h.say("news", body)
			want = append(want, body)
			b.wantBodies(body)
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		a.wantBodies(want...)
		a.cancel()
		b.cancel()
		time.Sleep(20 * time.Second)
		a.wantEnd(false)
		b.wantEnd(false)
	})
}

// A message dies on its way to a stream that does not take it in time.
func TestStreamExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, nil, &core.Destination{Name: "news", TTL: 10 * time.Second})
		id := h.ping("0")
		h.subscribe(id, "consumer", "news", "")
		s := h.open(id)
		s.cancel()
		s.wantEnd(false)
		h.say("news", "old")
		time.Sleep(16 * time.Second)
		h.say("news", "young")
		s = h.open(id)
		s.wantBodies("young")
		s.cancel()
		s.wantEnd(false)
	})
}

// A message that AMF cannot express is left out, and the stream goes on.
func TestStreamLeavesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, nil, &core.Destination{Name: "news"})
		id := h.ping("0")
		h.subscribe(id, "consumer", "news", "")
		s := h.open(id)
		deep := any("bottom")
		for range h.set.Limits().Value.Depth { // within the message it is too deep
			deep = map[string]any{"deeper": deep}
		}
		h.say("news", deep)
		h.say("news", "one")
		s.wantBodies("one")
		s.cancel()
		s.wantEnd(false)
	})
}

// A store that does not answer for a while holds a stream up; it does not end it, and heartbeats go on.
func TestStreamOutlivesAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &outage{Store: memory.New(nil)}
		h := newStreamHouseOn(t, store, nil, &core.Destination{Name: "news"})
		id := h.ping("0")
		h.subscribe(id, "consumer", "news", "")
		s := h.open(id)
		h.say("news", "before")
		s.wantBodies("before")
		store.down.Store(true)
		time.Sleep(12 * time.Second)
		if d := cmp.Diff([]string{"beat", "beat"}, s.next()); d != "" {
			t.Errorf("while the store is down (-want +got):\n%s", d)
		}
		store.down.Store(false)
		h.say("news", "after")
		time.Sleep(2 * time.Second)
		s.wantBodies("after")
		s.cancel()
		s.wantEnd(false)
	})
}

// A stream keeps its connection alive, and its client's login.
func TestStreamKeepsItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, nil, &core.Destination{Name: "news"})
		id := h.ping("0")
		if err := h.conn(id).Client().Set(t.Context(), "key", "value"); err != nil {
			t.Fatal(err)
		}
		s := h.open(id)
		time.Sleep(3 * time.Hour)
		if v, _, err := h.conn(id).Client().Get(context.Background(), "key"); v != "value" || err != nil {
			t.Errorf("after three hours: %v, %v", v, err)
		}
		s.cancel()
		s.wantEnd(false)
	})
}

// Interceptors see streams opened and closed as calls, and may refuse them.
func TestStreamIsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		refuse := false
		set := core.NewChannelSet(testServices(), memory.New(nil), &core.Options{
			Interceptors: []core.Interceptor{func(next core.Handler) core.Handler {
				return func(ctx context.Context, call *core.Call) (any, error) {
					if call.Service == "command" && call.Operation != "5" {
						seen = append(seen, call.Operation+" by "+call.Conn.Channel())
					}
					if v, err := next(ctx, call); err != nil || !refuse {
						return v, err
					}
					return nil, core.Denied.Errorf("not today")
				}
			}},
		})
		h := &streamHouse{t: t, set: set, endpoint: New(nil), channel: "my-amf"}
		set.Map(&core.Channel{Name: "my-amf", Endpoint: h.endpoint})
		t.Cleanup(set.Drain)
		id := h.ping("0")
		s := h.open(id)
		if got := h.do("command=close&streamId="+s.id, "DSId="+id); got != "" {
			t.Errorf("close: %s", got)
		}
		s.wantEnd(false)
		refuse = true
		if got := h.do("command=open", "DSId="+id); got != "denied: not today" {
			t.Errorf("open: %s", got)
		}
		if d := cmp.Diff([]string{"open by my-amf", "close by my-amf", "open by my-amf"}, seen); d != "" {
			t.Errorf("calls (-want +got):\n%s", d)
		}
		if n := len(h.endpoint.streams.byID); n != 0 {
			t.Errorf("%d streams are left in the list", n)
		}
	})
}

// A close is answered when what the stream carried is confirmed, also what it was about to send: who opens another one then gets none of
// it again.
func TestCloseWaitsForTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newStreamHouse(t, nil, &core.Destination{Name: "news"})
		id := h.ping("0")
		h.subscribe(id, "consumer", "news", "")
		s := h.open(id)
		s.set(func() { s.slow = 2 * time.Second })
		h.say("news", "a")
		synctest.Wait()
		start := time.Now()
		if got := h.do("command=close&streamId="+s.id, "DSId="+id); got != "" {
			t.Errorf("close: %s", got)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("the close took %v, want 2s", took)
		}
		again := h.open(id)
		s.wantBodies("a")
		again.wantBodies()

		again.set(func() { again.slow = time.Hour })
		h.say("news", "b")
		synctest.Wait()
		start = time.Now()
		h.do("command=close&streamId="+again.id, "DSId="+id)
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("the close of a stream whose client takes nothing took %v, want 5s", took)
		}
		again.cancel()
		<-again.ended
	})
}

// Much at once goes out in pieces, each message once; in full to who has agreed on small messages before they were switched off.
func TestStreamGathers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(nil)
		h := newStreamHouseOn(t, store, nil, &core.Destination{Name: "news"})
		id := h.ping("1")
		h.subscribe(id, "consumer", "news", "")
		for i := range 10 {
			h.publish(&core.Publication{Topic: news, Body: strings.Repeat("x", 30_000), CorrelationID: new(strconv.Itoa(i))})
		}
		h = newStreamHouseOn(t, store, &Options{NoSmallMessages: true}, &core.Destination{Name: "news"})
		s := h.open(id)
		for i, f := range s.next() {
			if !strings.Contains(f, `AsyncMessage", `) || !strings.Contains(f, `"correlationId": "`+strconv.Itoa(i)+`"`) {
				t.Errorf("frame %d: got %.100s", i, f)
			}
		}
		if s.sends < 4 || s.sends > 6 {
			t.Errorf("300 kB were sent in %d pieces", s.sends-1)
		}
		s.cancel()
		s.wantEnd(false)
	})
}
