package jsonrpc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A gateway holds sockets and keeps what goes to each.
type gateway struct {
	mu   sync.Mutex
	got  map[string][]string
	gone map[string]bool
}

func newGateway() *gateway { return &gateway{got: map[string][]string{}, gone: map[string]bool{}} }

func (g *gateway) Post(_ context.Context, id string, unit []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gone[id] {
		return core.ErrSocketGone
	}
	g.got[id] = append(g.got[id], string(unit))
	return nil
}

func (g *gateway) CloseSocket(_ context.Context, id string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gone[id] = true
	return nil
}

func (g *gateway) MaxUnit() int { return 4 << 10 }

// take returns what a socket got, and forgets it.
func (g *gateway) take(id string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer delete(g.got, id)
	return g.got[id]
}

// A sent is the reply to a unit of an outside socket.
type sent struct {
	refusing
	gateway *gateway
	id      string
}

// Send stands behind what was posted while the unit was served, as the reply of an API Gateway does.
func (s sent) Send(ctx context.Context, unit []byte) error {
	return s.gateway.Post(ctx, s.id, append([]byte("reply "), unit...))
}

type refusing struct{}

func (refusing) Header() http.Header { return http.Header{} }
func (refusing) Refuse(_ context.Context, f *core.Fault) error {
	return fmt.Errorf("refused: %w", f)
}

// outside is a set whose sockets a gateway holds.
type outside struct {
	t       *testing.T
	gateway *gateway
	set     *core.ChannelSet
}

func newOutside(t *testing.T, o *core.Options) *outside {
	t.Helper()
	return newOutsideOn(t, memory.New(nil), o)
}

func newOutsideOn(t *testing.T, store core.Store, o *core.Options) *outside {
	t.Helper()
	w := &outside{t: t, gateway: newGateway()}
	o.Gateway, o.Secret = w.gateway, []byte("a secret for tests, 32 bytes long")
	example := core.NewService("example").
		Map("large", core.Func0(func(context.Context) (string, error) { return strings.Repeat("x", 5000), nil })).
		Map("set", core.Func(func(ctx context.Context, v string) (string, error) {
			session, err := core.CallFrom(ctx).Session(ctx)
			if err != nil {
				return "", err
			}
			return "kept", session.Set(ctx, "v", v)
		}, "v")).
		Map("get", core.Func0(func(ctx context.Context) (any, error) {
			if c := core.CallFrom(ctx).Client; c != nil {
				v, _, err := c.Get(ctx, "v")
				return v, err
			}
			return "no session", nil
		})).
		Map("who", core.Func0(func(ctx context.Context) (string, error) {
			call := core.CallFrom(ctx)
			if p := call.Principal(); p != nil {
				return p.Name + " from " + call.Peer.Addr, nil
			}
			return "nobody", nil
		}))
	w.set = core.NewChannelSet(core.NewServiceMapper(example), store, o)
	w.set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(nil)})
	w.set.AddDestination(&core.Destination{Name: "news"})
	t.Cleanup(func() { _ = w.set.Close() })
	return w
}

func (w *outside) open(id string, peer *core.Peer) {
	w.t.Helper()
	if _, err := w.set.OpenOutside(w.t.Context(), "rpc", id, peer, w.set.Now().Add(2*time.Hour)); err != nil {
		w.t.Fatal(err)
	}
}

// frame serves a unit and returns all that the socket got.
func (w *outside) frame(id, unit string) []string {
	w.t.Helper()
	o, err := w.set.LoadOutside(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	in := &core.Inbound{Outside: o, Peer: o.Peer(), Unit: []byte(unit), Reply: sent{gateway: w.gateway, id: id}}
	if err := w.set.Serve(w.t.Context(), "rpc", in); err != nil {
		w.t.Fatal(err)
	}
	return w.gateway.take(id)
}

func (w *outside) want(got []string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("(-want +got):\n%s", diff)
	}
}

// subscribe returns the id of a new subscription, and what came behind the answer.
func (w *outside) subscribe(id, params string) (subscription string, events []string) {
	w.t.Helper()
	got := w.frame(id, `{"jsonrpc":"2.0","method":"patchbay.subscribe","params":`+params+`,"id":1}`)
	const before = `{"jsonrpc":"2.0","result":{"subscription":"`
	if len(got) == 0 || !strings.HasPrefix(got[0], before) {
		w.t.Fatalf("subscribe %s: got %q, want the answer posted first", params, got)
	}
	subscription, _, _ = strings.Cut(strings.TrimPrefix(got[0], before), `"`)
	return subscription, got[1:]
}

func (w *outside) publish(body string) {
	w.t.Helper()
	p := &core.Publication{Topic: core.Topic{Destination: "news"}, Body: body, MessageID: body}
	if _, err := w.set.Publish(w.t.Context(), nil, p); err != nil {
		w.t.Fatal(err)
	}
}

// bodies returns what the events in some units tell, and the cursor of the last.
func (w *outside) bodies(units []string, subscription string) (bodies []string, cursor string) {
	w.t.Helper()
	for _, unit := range units {
		_, rest, ok := strings.Cut(unit, `"params":{"subscription":"`+subscription+`","message":{"id":"`)
		if !ok {
			w.t.Fatalf("%s is no event of %s", unit, subscription)
		}
		body, rest, _ := strings.Cut(rest, `"`)
		bodies = append(bodies, body)
		_, cursor, _ = strings.Cut(rest, `"cursor":"`)
		cursor = strings.TrimSuffix(cursor, `"}}`)
	}
	return bodies, cursor
}

func TestOutsideSocket(t *testing.T) {
	w := newOutside(t, &core.Options{})
	w.open("a", &core.Peer{})

	w.want(w.frame("a", `{"jsonrpc":"2.0","method":"patchbay.connect","id":1}`), `reply {"jsonrpc":"2.0","result":{"connection":"a"},"id":1}`)
	w.want(w.frame("a", `{"jsonrpc":"2.0","method":"example.who","id":2}`), `reply {"jsonrpc":"2.0","result":"nobody","id":2}`)
	w.want(w.frame("a", `{"jsonrpc":"2.0","method":"example.who"}`))
	w.want(w.frame("a", `{"jsonrpc":"2.0","result":"an answer to nobody's call","id":"1"}`),
		`reply {"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request","data":"\"method\" must be a string"},"id":"1"}`)

	sub, events := w.subscribe("a", `{"destination":"news"}`)
	w.want(events)
	w.publish("one")
	got, cursor := w.bodies(w.gateway.take("a"), sub)
	w.want(got, "one")

	w.want(w.frame("a", `{"jsonrpc":"2.0","method":"patchbay.unsubscribe","params":{"subscription":"`+sub+`"},"id":3}`),
		`reply {"jsonrpc":"2.0","result":null,"id":3}`)
	w.publish("two")
	w.want(w.gateway.take("a"))

	w.open("b", &core.Peer{}) // its client has connected anew, and goes on
	again, events := w.subscribe("b", `{"destination":"news","after":"`+cursor+`"}`)
	got, _ = w.bodies(events, again)
	w.want(got, "two")
}

// A subscription whose socket is lost before its first event goes on by its id.
func TestOutsideGoesOnBeforeTheFirstEvent(t *testing.T) {
	for _, params := range []string{`{"destination":"news"`, `{"destination":"news","subtopic":"*"`} {
		w := newOutside(t, &core.Options{})
		w.publish("old")
		w.open("a", &core.Peer{})
		sub, events := w.subscribe("a", params+"}")
		w.want(events)
		w.gateway.gone["a"] = true
		for _, subtopic := range []string{"", "x"} {
			p := &core.Publication{Topic: core.Topic{Destination: "news", Subtopic: subtopic}, MessageID: "m" + subtopic}
			if _, err := w.set.Publish(t.Context(), nil, p); err != nil {
				t.Fatal(err)
			}
		}
		w.open("b", &core.Peer{})
		again, events := w.subscribe("b", params+`,"after":"`+sub+`"}`)
		got, _ := w.bodies(events, again)
		if want := map[bool]string{true: "mx", false: "m"}[strings.Contains(params, "*")]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %q, want what was published meanwhile", params, got)
		}
	}
}

func TestOutsideBatchIsPostedBeforeItsEvents(t *testing.T) {
	w := newOutside(t, &core.Options{})
	w.open("a", &core.Peer{})
	got := w.frame("a", `[{"jsonrpc":"2.0","method":"patchbay.subscribe","params":{"destination":"news"},"id":1},`+
		`{"jsonrpc":"2.0","method":"patchbay.publish","params":{"destination":"news","body":1,"id":"x"},"id":2}]`)
	if len(got) != 2 || !strings.HasPrefix(got[0], `[{"jsonrpc"`) || !strings.Contains(got[1], "patchbay.event") {
		t.Errorf("got %q, want both answers and then the event", got)
	}
}

func TestOutsideSessionAndLogin(t *testing.T) {
	authenticate := func(_ context.Context, c core.Credentials) (*core.Principal, error) {
		if c.User == "ann" && c.Password == "right" {
			return &core.Principal{Name: "ann"}, nil
		}
		return nil, nil
	}
	w := newOutside(t, &core.Options{Authenticate: authenticate})
	peer := &core.Peer{Addr: "192.0.2.1:5", Header: http.Header{"Authorization": {"Basic YW5uOnJpZ2h0"}, "X-App": {"7"}, "Cookie": {"a=b"}}}
	w.open("a", peer)
	w.want(w.frame("a", `{"jsonrpc":"2.0","method":"example.who","id":1}`), `reply {"jsonrpc":"2.0","result":"ann from 192.0.2.1:5","id":1}`)
	w.want(w.frame("a", `{"jsonrpc":"2.0","method":"example.get","id":1}`), `reply {"jsonrpc":"2.0","result":"no session","id":1}`)
	w.want(w.frame("a", `{"jsonrpc":"2.0","method":"example.set","params":["x"],"id":1}`), `reply {"jsonrpc":"2.0","result":"kept","id":1}`)
	w.want(w.frame("a", `{"jsonrpc":"2.0","method":"example.get","id":1}`), `reply {"jsonrpc":"2.0","result":"x","id":1}`)

	o, err := w.set.LoadOutside(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(http.Header{"X-App": {"7"}}, o.Peer().Header); diff != "" {
		t.Errorf("what is kept of the headers (-want +got):\n%s", diff)
	}

	wrong := &core.Peer{Header: http.Header{"Authorization": {"Basic YW5uOndyb25n"}}}
	if _, err := w.set.OpenOutside(t.Context(), "rpc", "b", wrong, time.Now().Add(time.Hour)); core.AsFault(err).Code != core.Unauthenticated {
		t.Errorf("a wrong password: got %v", err)
	}
}

// A client that knows another's connection id gets nothing by it: what the gateway calls a socket is no id of ours.
func TestOutsideConnectionOfAnother(t *testing.T) {
	w := newOutside(t, &core.Options{})
	w.open("a", &core.Peer{})
	w.open("b", &core.Peer{})
	sub, _ := w.subscribe("a", `{"destination":"news"}`)
	for _, request := range []string{
		`{"jsonrpc":"2.0","method":"patchbay.subscribe","params":{"connection":"a","destination":"news"},"id":1}`,
		`{"jsonrpc":"2.0","method":"patchbay.unsubscribe","params":{"connection":"a","subscription":"` + sub + `"},"id":1}`,
		`{"jsonrpc":"2.0","method":"patchbay.disconnect","params":{"connection":"a"},"id":1}`,
		`{"jsonrpc":"2.0","method":"patchbay.poll","params":{"connection":"a"},"id":1}`,
	} {
		if got := w.frame("b", request); len(got) != 1 || !strings.Contains(got[0], "There is no such connection.") {
			t.Errorf("%s: got %q", request, got)
		}
	}
	w.frame("b", `{"jsonrpc":"2.0","method":"patchbay.unsubscribe","params":{"subscription":"`+sub+`"},"id":1}`)
	w.publish("one")
	if got, _ := w.bodies(w.gateway.take("a"), sub); len(got) != 1 {
		t.Errorf("a's subscription got %q", got)
	}
}

func TestOutsideAnswerTooLarge(t *testing.T) {
	w := newOutside(t, &core.Options{})
	w.open("a", &core.Peer{})
	for _, unit := range []string{
		`{"jsonrpc":"2.0","method":"example.large","id":1}`,
		`[{"jsonrpc":"2.0","method":"example.large","id":1},{"jsonrpc":"2.0","method":"example.large"},{"jsonrpc":"2.0","method":"example.get","id":2}]`,
	} {
		got := w.frame("a", unit)
		if len(got) != 1 || len(got[0]) > 600 || !strings.Contains(got[0], "more than 4096 bytes") {
			t.Errorf("%s: got %q", unit, got)
		}
	}
	sub, _ := w.subscribe("a", `{"destination":"news"}`)
	w.publish(strings.Repeat("y", 100))
	p := &core.Publication{Topic: core.Topic{Destination: "news"}, Body: strings.Repeat("x", 5000), MessageID: "large"}
	if _, err := w.set.Publish(t.Context(), nil, p); err != nil {
		t.Fatal(err)
	}
	w.publish("small")
	got, _ := w.bodies(w.gateway.take("a"), sub)
	w.want(got, strings.Repeat("y", 100), "small")
}

// A client that is not told of a subscription has none: it could not end it, and asks again.
func TestOutsideAnswerTooLargeSubscribesNothing(t *testing.T) {
	w := newOutside(t, &core.Options{})
	w.open("a", &core.Peer{})
	got := w.frame("a", `[{"jsonrpc":"2.0","method":"patchbay.subscribe","params":{"destination":"news"},"id":1},{"jsonrpc":"2.0","method":"example.large","id":2}]`)
	if len(got) != 1 || strings.Count(got[0], "more than 4096 bytes") != 2 {
		t.Errorf("got %q", got)
	}
	w.publish("one")
	w.want(w.gateway.take("a"))
}

// What a client says in a cursor stands in the id of its subscription, and so in its events, as it is.
func TestOutsideCursorIsNoJSON(t *testing.T) {
	w := newOutside(t, &core.Options{})
	w.open("a", &core.Peer{})
	for _, after := range []string{`\",\"x\":\".0:0`, `~x\"y.0:0`, `\n.0:0`, `é.0:0`} {
		got := w.frame("a", `{"jsonrpc":"2.0","method":"patchbay.subscribe","params":{"destination":"news","after":"`+after+`"},"id":1}`)
		if len(got) != 1 || !strings.Contains(got[0], "-32602") {
			t.Errorf("%s: got %q, want that it is no cursor", after, got)
		}
	}
	w.publish("one")
	w.want(w.gateway.take("a"))
}

// A failingStore fails to change push rows.
type failingStore struct{ core.Store }

func (f failingStore) Replace(ctx context.Context, it core.Item) (uint64, error) {
	if strings.Contains(it.Partition, "/p/") {
		return 0, errors.New("away")
	}
	return f.Store.Replace(ctx, it)
}

// Who has got its answer is told of no failure behind it: it could not know of which request.
func TestOutsideFailureBehindTheAnswer(t *testing.T) {
	w := newOutsideOn(t, failingStore{memory.New(nil)}, &core.Options{})
	w.open("a", &core.Peer{})
	if _, events := w.subscribe("a", `{"destination":"news"}`); len(events) > 0 {
		t.Errorf("got %q behind the answer", events)
	}
}
