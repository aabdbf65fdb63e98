package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// Sessions tests what core builds on the verbs: clients, attributes, logins, connections, their limits and their ends. Each
// subtest has two ChannelSets on one store, as two processes would. Their clock is the suite's own and only goes forward.
func Sessions(t *testing.T, open Open) {
	t.Helper()
	tests := []struct {
		name string
		run  func(*house)
	}{
		{"ids are ours in every process", testIDs},
		{"a session costs nothing before something is kept", testFreshSession},
		{"attributes come back as they were set", testAttributes},
		{"typed attributes", testTypedAttributes},
		{"attribute updates are not lost", testAttributeRace},
		{"attributes have limits", testAttributeLimits},
		{"attributes live and end with their client", testAttributeLife},
		{"login lasts and logout forgets", testLogin},
		{"an idle client is not written", testIdle},
		{"a connection is made once", testConnect},
		{"a connection ends once", testDisconnect},
		{"a refused connect leaves nothing", testRefusedConnect},
		{"an endpoint's state is changed by compare-and-set", testConnectionState},
		{"a channel is full", testFull},
		{"the sweep ends what has expired, once", testSweep},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(newHouse(t, open)) })
	}
}

// A house is two processes over one store.
type house struct {
	t      *testing.T
	store  *counted
	a, b   *core.ChannelSet
	offset atomic.Int64 // how far the clock is ahead

	mu     sync.Mutex
	events []string // what hooks were told
	refuse error    // what the connect hook answers
}

const (
	timeout  = time.Hour
	channel  = "amf"
	narrow   = "narrow" // a channel with room for few
	narrowBy = 3
)

func newHouse(t *testing.T, open Open) *house {
	t.Helper()
	s := newSubject(t, open)
	h := &house{t: t, store: &counted{Store: s.Store}}
	realm := s.p[len("storetest/"):]
	h.a, h.b = h.process(realm), h.process(realm)
	return h
}

func (h *house) process(realm string) *core.ChannelSet {
	set := core.NewChannelSet(core.NewServiceMapper(), h.store, &core.Options{
		Realm: realm, Timeout: timeout, Authenticate: authenticate, Now: h.now,
		Limits:       core.Limits{Attributes: 4, AttributeSize: 1 << 10},
		OnConnect:    []core.ConnectHook{h.onConnect},
		OnDisconnect: []core.DisconnectHook{h.onDisconnect},
	})
	set.Map(&core.Channel{Name: channel, Endpoint: silent{}})
	return set.Map(&core.Channel{Name: narrow, Endpoint: silent{}, MaxConnections: narrowBy})
}

func authenticate(_ context.Context, c core.Credentials) (*core.Principal, error) {
	if c.Password != "right" {
		return nil, nil
	}
	return &core.Principal{Name: c.User, Roles: []string{"guest", "staff"}}, nil
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.offset.Load())) }

func (h *house) pass(d time.Duration) { h.offset.Add(int64(d)) }

func (h *house) onConnect(_ context.Context, c *core.Connection) error {
	h.note("connect " + c.Channel())
	return h.refuse
}

func (h *house) onDisconnect(_ context.Context, c *core.Connection, why core.EndReason) {
	if c.Client().ID() == "" {
		h.t.Error("the disconnect hook is not told who it was")
	}
	h.note("disconnect " + c.Channel() + ": " + string(why))
}

func (h *house) note(event string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, event)
}

func (h *house) wantEvents(want ...string) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.events, want) {
		h.t.Fatalf("hooks were told %q, want %q", h.events, want)
	}
}

// newClient returns a new client of process a.
func (h *house) newClient() *core.Client {
	h.t.Helper()
	c, err := h.a.NewClient(h.t.Context())
	if err != nil {
		h.t.Fatalf("NewClient: %v", err)
	}
	return c
}

// loaded returns a client as a process finds it.
func (h *house) loaded(set *core.ChannelSet, id string) (*core.Client, *core.Connection) {
	h.t.Helper()
	c, conn, err := set.Load(h.t.Context(), channel, id)
	if err != nil || c == nil {
		h.t.Fatalf("Load = %v, %v", c, err)
	}
	return c, conn
}

func (h *house) connect(set *core.ChannelSet, channel string, c *core.Client) *core.Connection {
	h.t.Helper()
	conn, err := set.Connect(h.t.Context(), channel, c)
	if err != nil {
		h.t.Fatalf("Connect: %v", err)
	}
	return conn
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) wantFault(err error, code core.Code) {
	h.t.Helper()
	if f, ok := errors.AsType[*core.Fault](err); !ok || f.Code != code {
		h.t.Fatalf("error %v, want %v", err, code)
	}
}

func (h *house) wantAttribute(c *core.Client, name string, want any) {
	h.t.Helper()
	got, ok, err := c.Get(h.t.Context(), name)
	if err != nil || ok != (want != nil) {
		h.t.Fatalf("Get(%q) = %v, %t, %v; want %v", name, got, ok, err, want)
	}
	if !reflect.DeepEqual(got, want) {
		h.t.Fatalf("attribute %q is %#v, want %#v", name, got, want)
	}
}

func testIDs(h *house) {
	t := h.t
	c := h.newClient()
	other, _ := h.loaded(h.b, c.ID())
	if other.ID() != c.ID() {
		t.Errorf("id %q became %q", c.ID(), other.ID())
	}
	id := []byte(c.ID())
	id[3] ^= 1
	for _, foreign := range []string{"", "nil", string(id), c.ID() + "A", c.ID()[:42], "5B2FBD0A-E50A-4D95-A60C-2F8F62F3A4C0"} {
		if got, err := h.b.Client(t.Context(), foreign); got != nil || err != nil {
			t.Errorf("Client(%q) = %v, %v; want nil: we did not mint it", foreign, got, err)
		}
	}
}

func testFreshSession(h *house) {
	t := h.t
	h.newClient() // the first one makes the secret
	before := h.store.writes.Load()
	c := h.newClient()
	h.loaded(h.b, c.ID())
	h.wantAttribute(c, "none", nil)
	h.ok(h.a.Logout(t.Context(), c))
	if got := h.store.writes.Load() - before; got != 0 {
		t.Errorf("%d writes for a session with nothing in it", got)
	}
}

func testAttributes(h *house) {
	t := h.t
	c := h.newClient()
	values := []any{
		true, 7, int64(-1) << 60, uint64(1) << 63, 2.5, "text ☃", []byte{0, 1}, time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC),
		[]any{"list", nil, []any{}, 1.0}, map[string]any{"a": map[string]any{"b": false}, "": nil},
		value.XML("<a/>"), value.Members{{Name: "z", Value: 1.0}, {Name: "a", Value: "b"}},
		&value.Object{Class: "example.Other", Members: value.Members{{Name: "x", Value: 1.0}}, Sealed: 1},
		&value.Array{Assoc: value.Members{{Name: "k", Value: true}}, Dense: []any{"v"}},
	}
	for _, want := range values {
		h.ok(c.Set(t.Context(), "key", want))
		again, _ := h.loaded(h.b, c.ID())
		h.wantAttribute(again, "key", want)
	}
	h.ok(c.Set(t.Context(), "key", new(big.Int).Lsh(big.NewInt(1), 100)))
	if got, _, err := c.Get(t.Context(), "key"); err != nil || fmt.Sprint(got) != "1267650600228229401496703205376" {
		t.Errorf("a big number came back as %v, %v", got, err)
	}
	h.ok(c.Set(t.Context(), "key", nil))
	if got, ok, err := c.Get(t.Context(), "key"); got != nil || !ok || err != nil {
		t.Errorf("Get of a null = %v, %t, %v", got, ok, err)
	}
	h.ok(c.Delete(t.Context(), "key"))
	h.ok(c.Delete(t.Context(), "key"))
	h.wantAttribute(c, "key", nil)
}

func testTypedAttributes(h *house) {
	t := h.t
	type cart struct {
		Items []string
		Total int
	}
	const attribute = core.Attribute[cart]("cart")
	c := h.newClient()
	ctx := t.Context()
	if got, ok, err := attribute.Get(ctx, c); ok || err != nil {
		t.Fatalf("Get = %v, %t, %v; want none", got, ok, err)
	}
	h.ok(attribute.Set(ctx, c, cart{[]string{"a"}, 1}))
	h.ok(attribute.Update(ctx, c, func(v cart) (cart, error) {
		v.Items, v.Total = append(v.Items, "b"), v.Total+1
		return v, nil
	}))
	again, _ := h.loaded(h.b, c.ID())
	got, ok, err := attribute.Get(ctx, again)
	if want := (cart{[]string{"a", "b"}, 2}); !reflect.DeepEqual(got, want) || !ok || err != nil {
		t.Fatalf("Get = %v, %t, %v; want %v", got, ok, err, want)
	}
	h.ok(attribute.Delete(ctx, c))
	if _, ok, err := attribute.Get(ctx, again); ok || err != nil {
		t.Errorf("Get after Delete: %t, %v", ok, err)
	}
}

func testAttributeRace(h *house) {
	t := h.t
	const workers, each = 4, 5
	id := h.newClient().ID()
	sets := []*core.ChannelSet{h.a, h.b}
	together(t, workers, func(i int) error {
		c, err := sets[i%2].Client(t.Context(), id)
		if err != nil {
			return err
		}
		for range each {
			err := c.Update(t.Context(), "n", func(v any, _ bool) (any, error) {
				n, _ := v.(int)
				return n + 1, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	c, _ := h.loaded(h.a, id)
	h.wantAttribute(c, "n", workers*each)
}

func testAttributeLimits(h *house) {
	t := h.t
	c, ctx := h.newClient(), t.Context()
	for i := range 4 {
		h.ok(c.Set(ctx, fmt.Sprint("key", i), i))
	}
	h.wantFault(c.Set(ctx, "one more", 1), core.Exhausted)
	h.ok(c.Set(ctx, "key0", "again"))
	h.ok(c.Delete(ctx, "key1"))
	h.ok(c.Set(ctx, "one more", 1))
	h.wantFault(c.Set(ctx, "yet one", 1), core.Exhausted)
	h.wantFault(c.Set(ctx, "key0", make([]byte, 2<<10)), core.TooLarge)
	h.wantFault(c.Set(ctx, string(make([]byte, 200)), 1), core.TooLarge)
	h.wantFault(c.Set(ctx, "key0", struct{ X int }{1}), core.Invalid)
	cycle := []any{nil}
	cycle[0] = cycle
	h.wantFault(c.Set(ctx, "key0", cycle), core.Invalid)
	h.wantAttribute(c, "key0", "again")
}

func testAttributeLife(h *house) {
	t := h.t
	c, ctx := h.newClient(), t.Context()
	h.ok(c.Set(ctx, "key", "value"))
	for range 4 { // each request lets it live on
		h.pass(timeout * 3 / 4)
		c, _ = h.loaded(h.b, c.ID())
		h.wantAttribute(c, "key", "value")
	}
	h.pass(timeout)
	next, _ := h.loaded(h.a, c.ID())
	h.wantAttribute(next, "key", nil)
	h.ok(next.Set(ctx, "other", 1))
	h.wantAttribute(next, "key", nil)
	if err := core.Attribute[string]("key").Update(ctx, next, func(old string) (string, error) { return old + "new", nil }); err != nil {
		t.Fatal(err)
	}
	if got, _, err := core.Attribute[string]("key").Get(ctx, next); got != "new" || err != nil {
		t.Errorf("an update in the next life gives %q, %v", got, err)
	}
}

func testLogin(h *house) {
	t := h.t
	c, ctx, peer := h.newClient(), t.Context(), &core.Peer{Addr: "192.0.2.1:5"}
	h.wantFault(h.a.Login(ctx, c, core.Credentials{User: "ann", Password: "wrong"}, peer), core.Unauthenticated)
	h.ok(h.a.Login(ctx, c, core.Credentials{User: "ann", Password: "right"}, peer))
	h.ok(c.Set(ctx, "key", 1))
	again, _ := h.loaded(h.b, c.ID())
	want := &core.Principal{Name: "ann", Roles: []string{"guest", "staff"}}
	if got := again.Principal(); !reflect.DeepEqual(got, want) {
		t.Fatalf("principal %v, want %v", got, want)
	}
	h.wantFault(h.b.Login(ctx, again, core.Credentials{User: "bob", Password: "right"}, peer), core.Unauthenticated)
	h.ok(h.b.Login(ctx, again, core.Credentials{User: "ann", Password: "right"}, peer))
	late := c
	h.ok(h.b.Logout(ctx, again))
	h.ok(late.Set(ctx, "key", 2)) // by a call that began before
	c, _ = h.loaded(h.a, c.ID())
	if c.Principal() != nil {
		t.Errorf("after logout the principal is %v", c.Principal())
	}
	h.wantAttribute(c, "key", nil)
	h.ok(h.a.Login(ctx, c, core.Credentials{User: "bob", Password: "right"}, peer))
	h.pass(timeout)
	if c, _ = h.loaded(h.a, c.ID()); c.Principal() != nil {
		t.Errorf("after the timeout the principal is %v", c.Principal())
	}
}

func testIdle(h *house) {
	t := h.t
	c := h.newClient()
	h.ok(c.Set(t.Context(), "key", 1))
	h.connect(h.a, channel, c)
	before := h.store.writes.Load()
	for range 10 {
		h.pass(timeout / 50)
		if _, conn := h.loaded(h.b, c.ID()); conn == nil {
			t.Fatal("the connection is gone")
		}
	}
	if got := h.store.writes.Load() - before; got != 0 {
		t.Errorf("%d writes for ten idle requests in a fifth of the timeout", got)
	}
	h.pass(timeout / 4)
	h.loaded(h.b, c.ID())
	if got := h.store.writes.Load() - before; got != 3 {
		t.Errorf("%d writes after a quarter of the timeout, want 3: client, attribute, connection", got)
	}
}
