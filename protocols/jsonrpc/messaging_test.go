package jsonrpc

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A postOffice is a set, and what its log and its store tell.
type postOffice struct {
	t             *testing.T
	set           *core.ChannelSet
	log           *strings.Builder
	reads, writes atomic.Int64
}

// CallStarted implements core.Observer.
func (*postOffice) CallStarted(ctx context.Context, _ *core.Call) (context.Context, func(*core.Fault)) {
	return ctx, func(*core.Fault) {}
}

// StoreUsed implements core.Observer.
func (p *postOffice) StoreUsed(_ context.Context, verb string, _ int, _ time.Duration, _ error) {
	if verb == "get" || verb == "range" {
		p.reads.Add(1)
	} else {
		p.writes.Add(1)
	}
}

func newPostOffice(t *testing.T, opts *Options) *postOffice {
	t.Helper()
	p := &postOffice{t: t, log: &strings.Builder{}}
	p.set = core.NewChannelSet(services(), memory.New(nil), &core.Options{Logger: slog.New(slog.NewTextHandler(p.log, nil)), Observer: p})
	t.Cleanup(func() { _ = p.set.Close() })
	p.set.AddDestination(&core.Destination{Name: "messages"})
	p.set.Map(&core.Channel{Name: "rpc", Endpoint: New(opts)})
	return p
}

// call calls a method and binds its result.
func (p *postOffice) call(method, params string, result any) {
	p.t.Helper()
	text, _ := post(p.t, p.set, nil, fmt.Sprintf(`{"jsonrpc":"2.0","method":%q,"params":%s,"id":1}`, method, params))
	var answer struct{ Result, Error json.RawMessage }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Error != nil {
		p.t.Fatalf("%s %s: got %s, %v", method, params, text, err)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		p.t.Fatalf("%s %s: result %s: %v", method, params, answer.Result, err)
	}
}

// A mailbox is a connection that has subscribed to "messages".
type mailbox struct {
	*postOffice
	connection string
}

func (p *postOffice) mailbox() *mailbox {
	p.t.Helper()
	var made struct{ Connection string }
	p.call("patchbay.connect", "{}", &made)
	p.call("patchbay.subscribe", fmt.Sprintf(`{"connection":%q,"destination":"messages"}`, made.Connection), nil)
	return &mailbox{p, made.Connection}
}

// poll returns the batch ("null": none) and the bodies.
func (m *mailbox) poll(ack string, wait time.Duration) (batch, bodies string) {
	m.t.Helper()
	var got struct {
		Batch    *string
		Messages []struct{ Body json.RawMessage }
	}
	m.call("patchbay.poll", fmt.Sprintf(`{"connection":%q,"ack":%q,"wait":%d}`, m.connection, ack, wait.Milliseconds()), &got)
	batch = "null"
	if got.Batch != nil {
		batch = *got.Batch
	}
	for _, message := range got.Messages {
		bodies += string(message.Body) + " "
	}
	return batch, strings.TrimSpace(bodies)
}

func (p *postOffice) publish(body any) {
	p.t.Helper()
	if _, err := p.set.Publish(p.t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "messages"}, Body: body}); err != nil {
		p.t.Fatal(err)
	}
}

func TestPollWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostOffice(t, nil)
		m := p.mailbox()
		start := time.Now()
		time.AfterFunc(5*time.Second, func() { p.publish("hello") })
		batch, bodies := m.poll("", 20*time.Second)
		if took := time.Since(start); bodies != `"hello"` || took != 5*time.Second {
			t.Errorf("got %s after %v", bodies, took)
		}
		if again, bodies := m.poll("", time.Hour); again != batch || bodies != `"hello"` {
			t.Errorf("without ack: got batch %s with %s, want %s", again, bodies, batch)
		}
		start = time.Now()
		if none, bodies := m.poll(batch, time.Hour); none != "null" || bodies != "" || time.Since(start) != time.Minute {
			t.Errorf("nothing comes: got batch %s with %q after %v", none, bodies, time.Since(start))
		}
	})
}

// A batch of which nothing can be JSON is passed over, and the poll goes on to wait.
func TestPollLeavesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostOffice(t, nil)
		m := p.mailbox()
		p.publish(math.NaN())
		start := time.Now()
		time.AfterFunc(5*time.Second, func() { p.publish(1) })
		if _, bodies := m.poll("", time.Minute); bodies != "1" || time.Since(start) != 5*time.Second {
			t.Errorf("got %q after %v", bodies, time.Since(start))
		}
		p.publish(math.Inf(1))
		p.publish(2)
		batch, bodies := m.poll("made up", 0)
		if bodies != "1" {
			t.Errorf("got %q", bodies)
		}
		if _, bodies := m.poll(batch, 0); bodies != "2" {
			t.Errorf("got %q", bodies)
		}
		if n := strings.Count(p.log.String(), "message left out"); n != 2 {
			t.Errorf("%d lines in the log, want 2:\n%s", n, p.log)
		}
	})
}

func TestPollCosts(t *testing.T) {
	p := newPostOffice(t, nil)
	m := p.mailbox()
	last := ""
	for _, c := range []struct {
		name          string
		publish       bool
		reads, writes int
	}{
		{"idle", false, 2, 0},
		{"delivering", true, 2, 1},
		{"confirming", false, 2, 1},
		{"idle again", false, 2, 0},
	} {
		if c.publish {
			p.publish(1)
		}
		p.reads.Store(0)
		p.writes.Store(0)
		last, _ = m.poll(last, 0)
		if reads, writes := p.reads.Load(), p.writes.Load(); reads != int64(c.reads) || writes != int64(c.writes) {
			t.Errorf("%s: %d reads and %d writes, want %d and %d", c.name, reads, writes, c.reads, c.writes)
		}
	}
}

func TestNoMessaging(t *testing.T) {
	set := newSet(t, &Options{NoMessaging: true}, value.Limits{})
	if got, _ := post(t, set, nil, requestOf(`"method":"patchbay.connect","id":1`)); !strings.HasPrefix(got, errorStart(-32601)) {
		t.Errorf("got %s", got)
	}
}

// rpc.discover tells of each method of messaging what INTEROP's clients give and get.
func TestDiscoverMessaging(t *testing.T) {
	set := newSetOf(t, core.NewServiceMapper(), nil, value.Limits{})
	got, _ := post(t, set, nil, requestOf(`"method":"rpc.discover","id":1`))
	var document struct {
		Result struct {
			Methods []struct {
				Name, Summary string
				Params        []struct {
					Name     string
					Required bool
				}
				Result struct{ Schema map[string]any }
			}
			Components struct {
				Schemas map[string]struct{ Properties map[string]any }
			}
		}
	}
	if err := json.Unmarshal([]byte(got), &document); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range document.Result.Methods {
		line := m.Name + "("
		for _, p := range m.Params {
			line += p.Name
			if !p.Required {
				line += "?"
			}
			line += " "
		}
		list = append(list, strings.TrimSpace(line)+")")
		if m.Summary == "" {
			t.Errorf("%s has no summary", m.Name)
		}
	}
	want := `patchbay.connect()
patchbay.disconnect(connection?)
patchbay.poll(connection ack? wait?)
patchbay.publish(destination subtopic? body headers? ttl? id?)
patchbay.subscribe(connection? destination subtopic? selector? after?)
patchbay.unsubscribe(connection? subscription)`
	if got := strings.Join(list, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for name, members := range map[string]int{"pollResult": 2, "message": 6, "publishResult": 1, "connectionName": 1, "subscriptionName": 1} {
		if n := len(document.Result.Components.Schemas[name].Properties); n != members {
			t.Errorf("%s has %d members, want %d", name, n, members)
		}
	}
	checkReferences(t, strings.TrimSuffix(strings.TrimPrefix(got, `{"jsonrpc":"2.0","result":`), `,"id":1}`))
}

// A testSocket is a socket whose other end is the test.
type testSocket struct {
	ctx  context.Context //nolint:containedctx // that of the socket's goroutines
	runs sync.WaitGroup

	mu   sync.Mutex
	kept map[any]any
	sent chan string // all that came over it, as long as it is not too much for a test
}

func newTestSocket(t testing.TB) (s *testSocket, end func()) {
	t.Helper()
	s = &testSocket{kept: map[any]any{}, sent: make(chan string, 1000)}
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithCancel(t.Context())
	return s, func() {
		cancel()
		s.runs.Wait()
	}
}

func (*testSocket) ID() string { return "the-socket" }

func (s *testSocket) Send(ctx context.Context, unit []byte) error {
	s.sent <- string(unit)
	return ctx.Err()
}

func (*testSocket) Close(*core.Fault) {}

func (s *testSocket) Done() <-chan struct{} { return s.ctx.Done() }

func (s *testSocket) Go(f func(context.Context)) { s.runs.Go(func() { f(s.ctx) }) }

func (s *testSocket) Keep(key any, first func() any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[key] == nil {
		s.kept[key] = first()
	}
	return s.kept[key]
}

// hear returns the next thing that was sent, and waits for it.
func (s *testSocket) hear() string { return <-s.sent }
