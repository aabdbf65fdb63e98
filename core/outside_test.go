package core_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A holder is a Gateway that keeps what its sockets get.
type holder struct {
	gone   map[string]bool
	closed []string
	got    map[string][]string
}

func (h *holder) Post(_ context.Context, id string, unit []byte) error {
	if h.gone[id] {
		return core.ErrSocketGone
	}
	h.got[id] = append(h.got[id], string(unit))
	return nil
}

func (h *holder) CloseSocket(_ context.Context, id string) error {
	h.closed = append(h.closed, id)
	return nil
}
func (h *holder) MaxUnit() int { return 100 }

// A plainWriter writes an event as its cursor and its body.
type plainWriter struct{ nobody }

func (plainWriter) AppendEvent(_ context.Context, _ *core.ChannelSet, b []byte, e *core.FeedEvent) []byte {
	var body string
	if err := e.Message.Body.Bind(&body, nil, value.Limits{}); err != nil {
		return b
	}
	return append(b, e.Subscription+":"+body...)
}

type outsideWorld struct {
	t       *testing.T
	holder  *holder
	store   *counting
	set     *core.ChannelSet
	unended []string // topics whose unsubscribe hook has run
}

func newOutsideWorld(t *testing.T) *outsideWorld {
	t.Helper()
	w := &outsideWorld{t: t, holder: &holder{gone: map[string]bool{}, got: map[string][]string{}}, store: &counting{Store: memory.New(nil)}}
	w.set = core.NewChannelSet(core.NewServiceMapper(), w.store, &core.Options{
		Gateway: w.holder, Claims: core.ClaimsPrincipal("sub", ""), Secret: []byte("a secret for tests, 32 bytes long"),
		OnUnsubscribe: []core.UnsubscribeHook{func(_ context.Context, _ *core.Connection, v core.Subscription) {
			w.unended = append(w.unended, v.Topic.Destination)
		}},
	})
	w.set.Map(&core.Channel{Name: "c", Endpoint: plainWriter{}})
	w.set.Map(&core.Channel{Name: "deaf", Endpoint: nobody{}})
	w.set.AddDestination(&core.Destination{Name: "news"}).AddDestination(&core.Destination{Name: "wide", Shards: 4})
	return w
}

func (w *outsideWorld) open(id string, peer *core.Peer) *core.OutsideSocket {
	w.t.Helper()
	o, err := w.set.OpenOutside(w.t.Context(), "c", id, peer, w.set.Now().Add(2*time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func (w *outsideWorld) subscribe(o *core.OutsideSocket, id, destination string) {
	w.t.Helper()
	v := core.Subscription{ID: id, Topic: core.Topic{Destination: destination, Subtopic: map[string]string{"wide": "*"}[destination]}}
	sub, err := o.Subscribe(w.t.Context(), nil, &core.SubscribeRequest{Subscription: v})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := sub.Begin(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// rows returns how many push rows there are.
func (w *outsideWorld) rows() (n int) {
	w.t.Helper()
	for _, p := range []string{"news/0/0", "wide/0/0", "wide/1/0", "wide/2/0", "wide/3/0"} {
		items, err := w.store.Range(w.t.Context(), "realm1/p/"+p, "", 100, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		n += len(items)
	}
	return n
}

func (w *outsideWorld) isThere(id string) bool {
	w.t.Helper()
	_, err := w.set.LoadOutside(w.t.Context(), id)
	if err != nil && !errors.Is(err, core.ErrNoConnection) {
		w.t.Fatal(err)
	}
	return err == nil
}

func TestOutsideSocketEnds(t *testing.T) {
	ends := map[string]func(w *outsideWorld){
		"by the gateway's word": func(w *outsideWorld) {
			for range 2 {
				if err := w.set.EndOutside(w.t.Context(), "s"); err != nil {
					w.t.Error(err)
				}
			}
		},
		"by 410": func(w *outsideWorld) {
			w.holder.gone["s"] = true
			publishTo(w.t, w.set, "m")
		},
		"by the sweep": func(w *outsideWorld) {
			time.Sleep(2*time.Hour + 10*time.Minute)
			if w.isThere("s") {
				w.t.Error("it is there after its time")
			}
			if err := w.set.Sweep(w.t.Context()); err != nil {
				w.t.Error(err)
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newOutsideWorld(t)
				o := w.open("s", &core.Peer{})
				w.subscribe(o, "1", "news")
				w.subscribe(o, "2", "wide")
				if w.rows() != 5 || !w.isThere("s") {
					t.Fatalf("%d rows, want 5", w.rows())
				}
				end(w)
				if w.rows() != 0 || w.isThere("s") {
					t.Errorf("%d rows, and the socket is there: %v", w.rows(), w.isThere("s"))
				}
				slices.Sort(w.unended)
				if !slices.Equal(w.unended, []string{"news", "wide"}) {
					t.Errorf("unsubscribe hooks: got %v, want one for each", w.unended)
				}
				if _, err := o.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: on("news", "")}); !errors.Is(err, core.ErrNoConnection) {
					t.Errorf("a frame that was overtaken by the end: got %v, want that there is no such connection", err)
				}
				if w.rows() != 0 {
					t.Errorf("%d rows of a socket that has ended", w.rows())
				}
				w.set.Drain()
			})
		})
	}
}

func TestOutsideSocketIsSilentUntilBegin(t *testing.T) {
	w := newOutsideWorld(t)
	o := w.open("s", &core.Peer{})
	sub, err := o.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: on("news", "")})
	if err != nil {
		t.Fatal(err)
	}
	publishTo(t, w.set, "early")
	if got := w.holder.got["s"]; len(got) > 0 {
		t.Errorf("before it begins: got %v", got)
	}
	for range 2 {
		if err := sub.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	publishTo(t, w.set, "late")
	publishTo(t, w.set, strings.Repeat("too large", 20))
	if got := w.holder.got["s"]; !slices.Equal(got, []string{"v:early", "v:late"}) {
		t.Errorf("got %v", got)
	}
}

func TestOutsideSocketCosts(t *testing.T) {
	w := newOutsideWorld(t)
	w.store.reset()
	w.open("s", &core.Peer{})
	if got := int(w.store.writes.Load()); w.store.reads() != 0 || got != 2 {
		t.Errorf("open: %d reads and %d writes, want 0 and 2", w.store.reads(), got)
	}
	w.store.reset()
	if !w.isThere("s") || w.store.reads() != 1 || w.store.writes.Load() != 0 {
		t.Errorf("load: %d reads and %d writes, want 1 and 0", w.store.reads(), w.store.writes.Load())
	}
	o := w.open("o", &core.Peer{})
	w.subscribe(o, "first", "news") // what is known once is known
	w.store.reset()
	w.subscribe(o, "second", "news")
	if got := int(w.store.writes.Load()); w.store.reads() != 8 || got != 4 {
		t.Errorf("subscribe: %d reads and %d writes, want 8 and 4", w.store.reads(), got)
	}
}

// The gateway may ask again whose answer was lost: what came since stays.
func TestOutsideSocketOpenedTwice(t *testing.T) {
	w := newOutsideWorld(t)
	w.subscribe(w.open("s", &core.Peer{Addr: "first"}), "1", "news")
	again := w.open("s", &core.Peer{Addr: "second"})
	if got := again.Peer().Addr; got != "first" {
		t.Errorf("opened anew by %s", got)
	}
	publishTo(t, w.set, "m")
	if got := w.holder.got["s"]; !slices.Equal(got, []string{"1:m"}) {
		t.Errorf("got %v", got)
	}
}

func TestOutsideSocketRefused(t *testing.T) {
	w := newOutsideWorld(t)
	for _, row := range []struct{ channel, id string }{{"c", ""}, {"c", strings.Repeat("x", 300)}, {"none", "s"}, {"deaf", "s"}} {
		_, err := w.set.OpenOutside(t.Context(), row.channel, row.id, &core.Peer{}, time.Now().Add(time.Hour))
		if core.AsFault(err).Code != core.Invalid {
			t.Errorf("%s %.10s: got %v", row.channel, row.id, err)
		}
	}
}

func TestOutsideSocketLimits(t *testing.T) {
	w := newOutsideWorld(t)
	o := w.open("s", &core.Peer{})
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		_, err = o.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: core.Subscription{ID: strings.Repeat("i", n+1), Topic: core.Topic{Destination: "news"}}})
	}
	if core.AsFault(err).Code != core.Exhausted || n != 65 {
		t.Errorf("subscription %d: got %v", n, err)
	}
	if err := o.UnsubscribeAll(t.Context()); err != nil || w.rows() != 0 {
		t.Errorf("%d rows after all have ended, %v", w.rows(), err)
	}
	bad := core.Subscription{ID: "bad", Topic: core.Topic{Destination: "news"}, Selector: "n >"}
	if _, err := o.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: bad}); core.AsFault(err).Code != core.Invalid {
		t.Errorf("a selector that is none: got %v", err)
	}
	w.subscribe(o, "bad", "news") // the name is free
}

func TestOutsideSocketKeepsItsPeer(t *testing.T) {
	w := newOutsideWorld(t)
	h := http.Header{"X-App": {"1", "2"}, "Authorization": {"Bearer x"}, "Cookie": {"a=b"}, "x-api-key": {"k"}, "Proxy-Authorization": {"p"}, "X-Amz-Security-Token": {"t"}, "Sec-Websocket-Key": {"k"}, "X-Large": {strings.Repeat("x", 3000)}, "Y": {"z"}}
	claims := map[string]any{"sub": "ann", "scopes": []any{"a"}, "exp": "1999999999"}
	w.open("s", &core.Peer{Addr: "192.0.2.1:7", Header: h, Claims: claims})
	o, err := w.set.LoadOutside(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	p := o.Peer()
	if got := slices.Sorted(maps.Keys(p.Header)); !slices.Equal(got, []string{"X-App", "Y"}) || p.Addr != "192.0.2.1:7" || p.Claims["sub"] != "ann" {
		t.Errorf("got %+v", p)
	}
}

func TestOutsideSocketClaimsExpire(t *testing.T) {
	for name, row := range map[string]struct {
		exp     any
		expires bool
	}{
		"a number": {float64(946_684_800 + 60), true}, "a text": {"946684860", true}, "none": {nil, false}, "later": {float64(946_684_800 + 7200), false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // where it is 2000-01-01
				w := newOutsideWorld(t)
				claims := map[string]any{"sub": "ann"}
				if row.exp != nil {
					claims["exp"] = row.exp
				}
				o := w.open("s", &core.Peer{Claims: claims})
				if _, err := o.Principal(); err != nil {
					t.Errorf("before: got %v", err)
				}
				w.subscribe(o, "v", "news")
				publishTo(t, w.set, "before")
				time.Sleep(time.Minute)
				publishTo(t, w.set, "after")
				if got := w.holder.got["s"]; got[0] != "v:before" || (len(got) == 1) != row.expires || (len(w.holder.closed) == 1) != row.expires {
					t.Errorf("got %v, and closed are %v", got, w.holder.closed)
				}
				if _, err := o.Principal(); (err != nil && core.AsFault(err).Code == core.Unauthenticated) != row.expires {
					t.Errorf("a minute later: got %v", err)
				}
			})
		})
	}
}

// Who dies behind the answer, and before the subscription begins, leaves a client that takes it for one that stands: when nobody can be at
// work on the answer any more, it begins by itself.
func TestOutsideSubscriptionWhoseMakerDied(t *testing.T) {
	for name, row := range map[string]struct {
		limit time.Duration // of whoever subscribes; 0: none
		after time.Duration
		takes func(w *outsideWorld)
	}{
		"the sweep":          {30 * time.Second, time.Minute, func(w *outsideWorld) { _ = w.set.Sweep(w.t.Context()) }},
		"the next publish":   {30 * time.Second, time.Minute, func(*outsideWorld) {}},
		"no limit was known": {0, 20 * time.Minute, func(w *outsideWorld) { _ = w.set.Sweep(w.t.Context()) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newOutsideWorld(t)
				defer w.set.Drain()
				o := w.open("s", &core.Peer{})
				ctx := t.Context()
				if row.limit > 0 {
					limited, cancel := context.WithTimeout(ctx, row.limit)
					defer cancel()
					ctx = limited
				}
				if _, err := o.Subscribe(ctx, nil, &core.SubscribeRequest{Subscription: on("news", "")}); err != nil {
					t.Fatal(err)
				}
				publishTo(t, w.set, "one")
				time.Sleep(row.limit)
				row.takes(w)
				if got := w.holder.got["s"]; len(got) > 0 {
					t.Errorf("got %v while the answer may be on its way", got)
				}
				time.Sleep(row.after)
				row.takes(w)
				publishTo(t, w.set, "two")
				publishTo(t, w.set, "three")
				if got := w.holder.got["s"]; !slices.Equal(got, []string{"v:one", "v:two", "v:three"}) {
					t.Errorf("got %v", got)
				}
			})
		})
	}
}

// A mortal store fails all that comes behind some deletes, as the death of the process would.
type mortal struct {
	core.Store
	deletes int
}

func (m *mortal) Delete(ctx context.Context, key core.Key, version uint64) error {
	if m.deletes == 0 {
		return errors.New("dead")
	}
	m.deletes--
	return m.Store.Delete(ctx, key, version)
}

// Who dies while it ends a socket leaves the rest to the sweep: no row stays, and each hook runs once.
func TestOutsideSocketWhoseEndWasBrokenOff(t *testing.T) {
	for deletes := range 6 {
		synctest.Test(t, func(t *testing.T) {
			w := newOutsideWorld(t)
			defer w.set.Drain()
			o := w.open("s", &core.Peer{})
			w.subscribe(o, "1", "news")
			w.subscribe(o, "2", "wide")
			life := &mortal{w.store.Store, deletes}
			w.store.Store = life
			if err := w.set.EndOutside(t.Context(), "s"); err == nil {
				t.Fatalf("%d deletes were enough", deletes)
			}
			life.deletes = 1000
			time.Sleep(2*time.Hour + 10*time.Minute)
			if err := w.set.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
			slices.Sort(w.unended)
			if w.rows() != 0 || w.isThere("s") || !slices.Equal(w.unended, []string{"news", "wide"}) {
				t.Errorf("behind %d deletes: %d rows, the socket is there: %v, hooks %v", deletes, w.rows(), w.isThere("s"), w.unended)
			}
		})
	}
}

// A socket that ends while a subscription of it is made does not know the rows: who finds that its answer goes nowhere drops them.
func TestOutsideSocketThatEndsWhileItSubscribes(t *testing.T) {
	w := newOutsideWorld(t)
	o := w.open("s", &core.Peer{})
	ended := false
	w.store.Store = &between{w.store.Store, func() {
		if !ended {
			ended = true
			if err := w.set.EndOutside(t.Context(), "s"); err != nil {
				t.Error(err)
			}
		}
	}}
	if _, err := o.Subscribe(t.Context(), nil, &core.SubscribeRequest{Subscription: on("news", "")}); err != nil {
		t.Fatal(err)
	}
	if !ended || w.rows() != 1 {
		t.Fatalf("ended: %v, %d rows", ended, w.rows())
	}
	w.holder.gone["s"] = true
	if err := o.Send(t.Context(), []byte("the answer")); !errors.Is(err, core.ErrSocketGone) {
		t.Errorf("got %v", err)
	}
	if w.rows() != 0 || !slices.Equal(w.unended, []string{"news"}) {
		t.Errorf("%d rows, hooks %v", w.rows(), w.unended)
	}
}

// A between is a store where something happens before a row is made.
type between struct {
	core.Store
	happens func()
}

func (b *between) Create(ctx context.Context, it core.Item) (uint64, error) {
	if strings.Contains(it.Partition, "/p/") {
		b.happens()
	}
	return b.Store.Create(ctx, it)
}

// What is asked for again and fails costs nothing that stood before.
func TestOutsideSubscribeThatFailsEndsNoOther(t *testing.T) {
	w := newOutsideWorld(t)
	o := w.open("s", &core.Peer{})
	w.subscribe(o, "v", "news")
	for name, r := range map[string]*core.SubscribeRequest{
		"the same id for another topic": {Subscription: on("news", "x")},
		"the same, with a bad cursor":   {Subscription: on("news", ""), After: "none"},
	} {
		if _, err := o.Subscribe(t.Context(), nil, r); err == nil {
			t.Errorf("%s: got no error", name)
		}
		publishTo(t, w.set, name)
		if got := w.holder.got["s"]; !slices.Contains(got, "v:"+name) || len(w.unended) > 0 {
			t.Errorf("%s: the one before has ended: %v", name, got)
		}
	}
}
