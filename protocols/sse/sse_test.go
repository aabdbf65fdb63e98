package sse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A flakyStore fails to read logs while broken is set.
type flakyStore struct {
	core.Store
	mu     sync.Mutex
	broken bool
}

func (s *flakyStore) setBroken(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

func (s *flakyStore) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	s.mu.Lock()
	broken := s.broken
	s.mu.Unlock()
	if broken {
		return nil, errors.New("the disk is full of ants")
	}
	return s.Store.Range(ctx, partition, after, limit, bytes)
}

// A studio is a set that gives events.
type studio struct {
	t     *testing.T
	set   *core.ChannelSet
	store *flakyStore
	log   *strings.Builder
	ended int // subscriptions that have ended
}

type photo struct {
	Taken time.Time
	Bytes []byte
	Place any
}

func newStudio(t *testing.T) *studio {
	t.Helper()
	st := &studio{t: t, store: &flakyStore{Store: memory.New(nil)}, log: &strings.Builder{}}
	registry := value.NewRegistry()
	registry.Register("Photo", photo{})
	st.set = core.NewChannelSet(core.NewServiceMapper(), st.store, &core.Options{
		Registry: registry,
		Logger:   slog.New(slog.NewTextHandler(st.log, nil)),
		Authenticate: func(_ context.Context, c core.Credentials) (*core.Principal, error) {
			if c.Password != "right" {
				return nil, nil
			}
			return &core.Principal{Name: c.User, Roles: []string{c.User}}, nil
		},
		OnUnsubscribe: []core.UnsubscribeHook{func(context.Context, *core.Connection, core.Subscription) { st.ended++ }},
	})
	t.Cleanup(func() { _ = st.set.Close() })
	st.set.AddDestination(&core.Destination{Name: "messages", Replay: true})
	st.set.AddDestination(&core.Destination{Name: "flat", NoSubtopics: true, Shards: 2})
	st.set.AddDestination(&core.Destination{Name: "members", Subscribe: core.Access{Roles: []string{"member"}}})
	st.set.Map(&core.Channel{Name: "events", Endpoint: New(nil)})
	return st
}

func (st *studio) publish(subtopic string, body any) {
	st.t.Helper()
	_, err := st.set.Publish(st.t.Context(), nil, &core.Publication{
		Topic: core.Topic{Destination: "messages", Subtopic: subtopic}, Body: body, MessageID: fmt.Sprint("m-", subtopic),
	})
	if err != nil {
		st.t.Fatal(err)
	}
}

// A once is a Reply that cannot stream.
type once struct {
	header http.Header
	fault  *core.Fault
}

func (r *once) Header() http.Header { return r.header }

func (r *once) Send(context.Context, []byte) error { return errors.New("nothing was to be sent") }

func (r *once) Refuse(_ context.Context, f *core.Fault) error {
	r.fault = f
	return nil
}

// A tap is a Reply whose stream a test reads.
type tap struct {
	once
	began  bool
	begins func() // nil: nothing
	units  chan string
}

func (r *tap) Stream(context.Context) error {
	r.began = true
	if r.begins != nil {
		r.begins()
	}
	return nil
}

func (r *tap) Send(ctx context.Context, unit []byte) error {
	select {
	case r.units <- string(unit):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A watch is a stream that is open.
type watch struct {
	*tap
	stop func() error // ends it and returns what Serve did
}

func (st *studio) watch(query string, header http.Header) *watch {
	return st.watchThen(query, header, nil)
}

// watchThen is watch, and calls begins when the stream does.
func (st *studio) watchThen(query string, header http.Header, begins func()) *watch {
	w := &watch{tap: &tap{once: once{header: http.Header{}}, begins: begins, units: make(chan string)}}
	ctx, cancel := context.WithCancel(st.t.Context())
	served := make(chan error, 1)
	go func() { served <- st.serve(ctx, query, header, w.tap) }()
	w.stop = func() error {
		cancel()
		return <-served
	}
	return w
}

func (st *studio) serve(ctx context.Context, query string, header http.Header, reply core.Reply) error {
	in := &core.Inbound{Peer: core.Peer{Addr: "192.0.2.1:1", Header: header, URL: &url.URL{Path: "/events", RawQuery: query}}, Reply: reply}
	return st.set.Serve(ctx, "events", in)
}

var idLine = regexp.MustCompile(`(?m)^id: (.*)$`)

// want reads units until they are as much text as want, in which ID stands for each cursor. It returns the last of them.
func (w *watch) want(t *testing.T, want string) (lastID string) {
	t.Helper()
	got := ""
	for len(got) < len(want) {
		unit := <-w.units
		if m := idLine.FindAllStringSubmatch(unit, -1); m != nil {
			lastID = m[len(m)-1][1]
		}
		got += timestamps.ReplaceAllString(idLine.ReplaceAllString(unit, "id: ID"), `"timestamp":0`)
	}
	if got != want {
		t.Fatalf("got %q\nwant %q", got, want)
	}
	return lastID
}

var timestamps = regexp.MustCompile(`"timestamp":\d+`)

const beginning = "retry: 2000\n:\nid: ID\n\n"

func eventOf(subtopic, body string) string {
	quoted := `"` + subtopic + `"`
	if subtopic == "" {
		quoted = "null"
	}
	return `id: ID` + "\n" + `data: {"id":"m-` + subtopic + `","destination":"messages","subtopic":` + quoted + `,"body":` + body +
		`,"headers":{},"timestamp":0}` + "\n\n"
}

func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStudio(t)
		st.publish("", "before")
		w := st.watch("topic=messages", nil)
		w.want(t, beginning)
		if !w.began || w.Header().Get("Cache-Control") != "no-store, no-transform" {
			t.Errorf("began: %v, header %v", w.began, w.Header())
		}
		st.publish("", "line\nbreak")
		w.want(t, eventOf("", `"line\nbreak"`))
		st.publish("other", 1)
		start := time.Now()
		passed := w.want(t, ":\nid: ID\n\n") // what is not for us moves the cursor all the same
		w.want(t, ":\n\n")
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("two heartbeats took %v", took)
		}
		if err := w.stop(); err != nil || st.ended != 1 {
			t.Errorf("the end: %v, %d subscriptions ended", err, st.ended)
		}
		st.publish("", 2)
		again := st.watch("topic=messages&lastEventId=no+cursor", http.Header{"Last-Event-Id": {passed}})
		again.want(t, beginning)
		again.want(t, eventOf("", "2"))
		if err := again.stop(); err != nil {
			t.Error(err)
		}
		wild := st.watch("topic=messages&subtopic=a.*&selector="+url.QueryEscape("x IS NULL")+"&lastEventId="+url.QueryEscape(passed), nil)
		wild.want(t, beginning)
		st.publish("a.b", 3)
		wild.want(t, eventOf("a.b", "3"))
		st.set.Drain()
		if err := wild.stop(); err != nil {
			t.Error(err)
		}
	})
}

// The end of the server ends streams by itself.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStudio(t)
		tapped := &tap{once: once{header: http.Header{}}, units: make(chan string, 10)}
		start := time.Now()
		time.AfterFunc(time.Second, st.set.Drain)
		if err := st.serve(t.Context(), "topic=messages", nil, tapped); err != nil || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

func TestRefusals(t *testing.T) {
	st := newStudio(t)
	basic := func(user, password string) http.Header {
		r := &http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return r.Header
	}
	for _, c := range []struct {
		name, query string
		header      http.Header
		code        core.Code
		text        string
	}{
		{"nothing", "", nil, core.Invalid, `"topic"`},
		{"no query", "topic=%zz", nil, core.Malformed, "query"},
		{"no such topic", "topic=nowhere", nil, core.NotFound, `"nowhere"`},
		{"two topics", "topic=messages&topic=flat", nil, core.Invalid, "more than once"},
		{"an empty token", "topic=messages&subtopic=a..b", nil, core.Invalid, "a..b"},
		{"no subtopics there", "topic=flat&subtopic=a", nil, core.Invalid, "does not allow subtopics"},
		{"half a selector", "topic=messages&selector=a+%3D", nil, core.Invalid, "selector"},
		{"no cursor", "topic=messages&lastEventId=7", nil, core.Invalid, "cursor"},
		{"no cursor in the header", "topic=messages", http.Header{"Last-Event-Id": {"7"}}, core.Invalid, "cursor"},
		{"nobody", "topic=members", nil, core.Unauthenticated, "Login required"},
		{"a wrong password", "topic=messages", basic("member", "wrong"), core.Unauthenticated, "Invalid login"},
		{"without the role", "topic=members", basic("guest", "right"), core.Denied, "not authorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &tap{once: once{header: http.Header{}}}
			err := st.serve(t.Context(), c.query, c.header, r)
			if err != nil || r.fault == nil || r.fault.Code != c.code || !strings.Contains(r.fault.Message, c.text) || r.began {
				t.Errorf("got %v, %v, began: %v; want %v with %q", r.fault, err, r.began, c.code, c.text)
			}
		})
	}
}

// Where an answer is given whole, a browser polls: each answer has what came since the last id, and how long to wait.
func TestWholeAnswers(t *testing.T) {
	st := newStudio(t)
	ask := func(lastID string) string {
		t.Helper()
		r := &whole{once: once{header: http.Header{}}}
		header := http.Header{}
		if lastID != "" {
			header.Set("Last-Event-ID", lastID)
		}
		if err := st.serve(t.Context(), "topic=messages", header, r); err != nil || r.fault != nil {
			t.Fatalf("got %v, %v", err, r.fault)
		}
		return r.text
	}
	bodies := regexp.MustCompile(`"body":"(\w+)"`)
	lastID := ""
	for i, publish := range [][]string{nil, {"one", "two"}, nil, {"three"}} {
		for _, body := range publish {
			if _, err := st.set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "messages"}, Body: body}); err != nil {
				t.Fatal(err)
			}
		}
		text := ask(lastID)
		if !strings.HasPrefix(text, "retry: 2000\n") || !strings.HasSuffix(text, "\n\n") {
			t.Errorf("answer %d: %q", i, text)
		}
		var got []string
		for _, found := range bodies.FindAllStringSubmatch(text, -1) {
			got = append(got, found[1])
		}
		if !slices.Equal(got, publish) {
			t.Errorf("answer %d: got %v, want %v", i, got, publish)
		}
		if ids := regexp.MustCompile(`id: (.*)\n`).FindAllStringSubmatch(text, -1); len(ids) > 0 {
			lastID = ids[len(ids)-1][1]
		}
		if lastID == "" {
			t.Fatal("the first answer has no id to come back with")
		}
	}
	st.store.setBroken(true)
	r := &whole{once: once{header: http.Header{}}}
	if err := st.serve(t.Context(), "topic=messages", http.Header{"Last-Event-Id": {lastID}}, r); err != nil || r.fault == nil || r.fault.Code != core.Unavailable {
		t.Errorf("without the store: got %v, %v", r.fault, err)
	}
}

// A backlog comes in answers that fit through a load balancer, which takes a megabyte of JSON from a function. None is missed or comes twice.
func TestWholeAnswersOfABacklog(t *testing.T) {
	st := newStudio(t)
	ids := regexp.MustCompile(`id: (.*)\n`)
	ask := func(lastID string) (text, last string) {
		t.Helper()
		r := &whole{once: once{header: http.Header{}}}
		header := http.Header{}
		header.Set("Last-Event-ID", lastID)
		if err := st.serve(t.Context(), "topic=messages", header, r); err != nil || r.fault != nil {
			t.Fatalf("got %v, %v", err, r.fault)
		}
		found := ids.FindAllStringSubmatch(r.text, -1)
		if len(found) == 0 {
			return r.text, lastID
		}
		return r.text, found[len(found)-1][1]
	}
	_, lastID := ask("")
	var want, got []string
	for i := range 40 {
		p := &core.Publication{Topic: core.Topic{Destination: "messages"}, MessageID: fmt.Sprintf("m%d", i), Body: strings.Repeat(`"`, 60<<10)}
		if _, err := st.set.Publish(t.Context(), nil, p); err != nil {
			t.Fatal(err)
		}
		want = append(want, p.MessageID)
	}
	for range want {
		var text string
		text, lastID = ask(lastID)
		quoted, err := json.Marshal(text)
		if err != nil || len(quoted) > 1<<20-1000 {
			t.Fatalf("an answer has %d bytes as JSON, %v", len(quoted), err)
		}
		for _, found := range regexp.MustCompile(`"id":"(m\d+)"`).FindAllStringSubmatch(text, -1) {
			got = append(got, found[1])
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// A whole is a Reply that is no core.Streamer, and keeps what it is given.
type whole struct {
	once
	text string
}

func (w *whole) Send(_ context.Context, unit []byte) error {
	w.text += string(unit)
	return nil
}

func TestRoleOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStudio(t)
		r := &http.Request{Header: http.Header{}}
		r.SetBasicAuth("member", "right")
		byPassword := st.watch("topic=members", r.Header)
		byPassword.want(t, beginning)
		client, err := st.set.NewClient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := st.set.Login(t.Context(), client, core.Credentials{User: "member", Password: "right"}, &core.Peer{}); err != nil {
			t.Fatal(err)
		}
		cookie := st.set.SessionCookie(client.ID(), &core.Peer{})
		byCookie := st.watch("topic=members", http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}})
		byCookie.want(t, beginning)
		for _, w := range []*watch{byPassword, byCookie} {
			if err := w.stop(); err != nil {
				t.Error(err)
			}
		}
	})
}

// What came by other protocols goes out as the chapter on JSON has it. What cannot is left out, and ends no stream.
func TestBodies(t *testing.T) {
	cycle := map[string]any{}
	cycle["self"] = cycle
	shared := []any{"x"}
	for _, c := range []struct {
		name string
		body any
		want string // "": left out
	}{
		{"a typed object", photo{time.Date(2001, 2, 3, 4, 5, 6, 7e6, time.UTC), []byte{0, 255}, value.Undefined},
			`{"$class":"Photo","taken":"2001-02-03T04:05:06.007Z","bytes":"AP8=","place":null}`},
		{"a class of the sender's", &value.Object{Class: "c.D", Members: value.Members{{Name: "m", Value: int64(1)}}}, `{"$class":"c.D","m":1}`},
		{"a large integer", uint64(math.MaxUint64), "18446744073709551615"},
		{"what is shared is repeated", []any{shared, shared}, `[["x"],["x"]]`},
		{"not a number", math.NaN(), ""},
		{"infinity in a list", []any{math.Inf(1)}, ""},
		{"a cycle", cycle, ""},
		{"much of little", expanding(20), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStudio(t)
				w := st.watch("topic=messages&subtopic=*", nil)
				w.want(t, beginning)
				st.publish("a", c.body)
				if c.want != "" {
					w.want(t, eventOf("a", c.want))
				}
				st.publish("b", "next")
				w.want(t, eventOf("b", `"next"`))
				if err := w.stop(); err != nil {
					t.Error(err)
				}
				if left := strings.Contains(st.log.String(), "message left out"); left != (c.want == "") {
					t.Errorf("log: %s", st.log)
				}
			})
		})
	}
}

// expanding returns a list that is small where it is shared and has 2 to the n elements where it is not.
func expanding(n int) any {
	list := []any{"something"}
	for range n {
		list = []any{list, list}
	}
	return list
}

// A store that does not answer for a while holds events up; none is lost, and the stream lives.
func TestStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStudio(t)
		w := st.watchThen("topic=messages", nil, func() { st.store.setBroken(true) })
		w.want(t, beginning)
		w.want(t, ":\n\n:\n\n:\n\n")
		st.store.setBroken(false)
		st.publish("", 1)
		w.want(t, eventOf("", "1"))
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(st.log.String(), "full of ants") {
			t.Errorf("log: %s", st.log)
		}
	})
}

// Whoever comes again with the last id gets what it has not seen, each message once and in order, wherever the stream broke.
func TestResume(t *testing.T) {
	const messages = 300
	synctest.Test(t, func(t *testing.T) {
		st := newStudio(t)
		random := rand.New(rand.NewPCG(1, 2))
		go func() {
			for i := range messages {
				time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
				st.publish("", i)
			}
		}()
		breaks := rand.New(rand.NewPCG(3, 4))
		lastID, got := "", 0
		for streams := 0; got < messages; streams++ {
			w := st.watch("topic=messages", http.Header{"Last-Event-Id": {lastID}})
			end := time.After(time.Duration(breaks.IntN(8000)) * time.Millisecond)
			for open := true; open; {
				select {
				case unit := <-w.units: // it may break behind any of these
					got += countBodies(t, unit, got)
					if m := idLine.FindAllStringSubmatch(unit, -1); m != nil {
						lastID = m[len(m)-1][1]
					}
				case <-end:
					open = false
				}
			}
			if err := w.stop(); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(breaks.IntN(3000)) * time.Millisecond)
		}
	})
}

var bodies = regexp.MustCompile(`"body":(\d+)`)

// countBodies counts the events of a unit, which must be the numbers from next on.
func countBodies(t *testing.T, unit string, next int) (n int) {
	t.Helper()
	for _, m := range bodies.FindAllStringSubmatch(unit, -1) {
		if m[1] != strconv.Itoa(next+n) {
			t.Fatalf("got message %s, want %d", m[1], next+n)
		}
		n++
	}
	return n
}
