package core_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func TestSessionOfACall(t *testing.T) {
	var session *core.Client
	service := core.NewService("s").Map("op", core.Func0(func(ctx context.Context) (_ struct{}, err error) {
		session, err = core.CallFrom(ctx).Session(ctx)
		return struct{}{}, err
	}))
	set := newSet(t, nil, service)

	call := &core.Call{Service: "s", Operation: "op"}
	if _, err := set.Invoke(t.Context(), call); err != nil || session == nil || call.Client != session || !call.Minted() {
		t.Fatalf("a caller without a session: %v, %v, minted %t", session, err, call.Minted())
	}
	known := call.Client
	call = &core.Call{Service: "s", Operation: "op", Client: known}
	if _, err := set.Invoke(t.Context(), call); err != nil || session != known || call.Minted() {
		t.Errorf("a caller with one: %v, %v, minted %t", session, err, call.Minted())
	}
	refused := core.Failed.Errorf("Duplicate session.").WithName("Server.Processing.DuplicateSessionDetected")
	call = &core.Call{Service: "s", Operation: "op", NoSession: refused}
	if _, err := set.Invoke(t.Context(), call); !errors.Is(err, refused) || call.Client != nil {
		t.Errorf("a caller who may have none: %v", err)
	}
}

func TestPrincipalOfACall(t *testing.T) {
	set := newSet(t, &core.Options{Authenticate: letIn})
	client, err := set.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p := (&core.Call{Client: client}).Principal(); p != nil {
		t.Errorf("before login: %v", p)
	}
	if err := set.Login(t.Context(), client, core.Credentials{User: "ann", Password: "right"}, &core.Peer{}); err != nil {
		t.Fatal(err)
	}
	if p := (&core.Call{Client: client}).Principal(); p == nil || p.Name != "ann" {
		t.Errorf("after login: %v", p)
	}
	if p := (&core.Call{Client: client, Identity: &core.Principal{Name: "bob"}}).Principal(); p.Name != "bob" {
		t.Errorf("with another identity for this request: %v", p)
	}
}

func TestLoginWithinASession(t *testing.T) {
	const other, wrong = "Cannot re-authenticate in the same session.", "Invalid login."
	set := newSet(t, &core.Options{Authenticate: letIn})
	client, err := set.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ user, password, want string }{
		{"bob", "wrong", wrong}, {"ann", "right", ""}, {"ann", "right", ""}, {"ann", "wrong", wrong}, {"bob", "right", other}, {"bob", "wrong", other},
	} {
		got := ""
		if err := set.Login(t.Context(), client, core.Credentials{User: c.user, Password: c.password}, &core.Peer{}); err != nil {
			got = core.AsFault(err).Message
		}
		if got != c.want {
			t.Errorf("%s with a %s password: got %q, want %q", c.user, c.password, got, c.want)
		}
	}
	if p := client.Principal(); p == nil || p.Name != "ann" {
		t.Errorf("got principal %v, want ann", p)
	}
}

func letIn(_ context.Context, c core.Credentials) (*core.Principal, error) {
	switch c.Password {
	case "right":
		return &core.Principal{Name: c.User}, nil
	case "broken":
		return nil, errors.New("directory does not answer")
	case "told":
		return nil, core.Unauthenticated.Errorf("Your account has expired.")
	}
	return nil, nil
}

// TestCredentialsStaySecret: no way of printing or logging them shows the password.
func TestCredentialsStaySecret(t *testing.T) {
	c := core.Credentials{User: "ann", Password: "hunter2"}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %v", c, c, c, c, &c)
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("login", "credentials", c, "pointer", &c)
	}
	if strings.Contains(out.String(), "hunter2") || !strings.Contains(out.String(), "ann") {
		t.Errorf("printed as %s", out.String())
	}
}

func TestIdentify(t *testing.T) {
	set := newSet(t, &core.Options{Authenticate: letIn})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	peer := &core.Peer{Header: r.Header}
	if p, err := set.Identify(t.Context(), peer); p != nil || err != nil {
		t.Errorf("without authorization: %v, %v", p, err)
	}
	r.SetBasicAuth("ann", "right")
	if p, err := set.Identify(t.Context(), peer); p == nil || p.Name != "ann" || err != nil {
		t.Errorf("with the right password: %v, %v", p, err)
	}
	r.SetBasicAuth("ann", "wrong")
	if _, err := set.Identify(t.Context(), peer); core.AsFault(err).Message != "Invalid login." {
		t.Errorf("with a wrong one: %v", err)
	}
}

// TestThrottle: wrong logins are counted by name and by address, whatever the other is; what is right or could not be checked is not.
func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := newSet(t, &core.Options{Authenticate: letIn, Limits: core.Limits{WrongLogins: 3}})
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)))
		login := func(user, password, addr string, want core.Code, text string) {
			t.Helper()
			_, err := set.Authenticate(t.Context(), core.Credentials{User: user, Password: password}, &core.Peer{Addr: addr})
			if f := core.AsFault(err); f == nil && want != 0 || f != nil && (f.Code != want || f.Message != text) {
				t.Fatalf("%s %s from %s: %v, want %v %q", user, password, addr, err, want, text)
			}
		}
		for range 20 {
			login("ann", "right", "192.0.2.1:1", 0, "")
			login("ann", "broken", "192.0.2.1:1", core.Internal, "")
		}
		login("ann", "wrong", "192.0.2.1:1", core.Unauthenticated, "Invalid login.")
		login("ann", "told", "192.0.2.1:2", core.Unauthenticated, "Your account has expired.")
		login("ann", "right", "192.0.2.1:3", 0, "")
		login("ann", "wrong", "192.0.2.1:4", core.Unauthenticated, "Invalid login.")
		const full = "Too many wrong logins. Try again in a minute."
		login("ann", "right", "192.0.2.1:5", core.Exhausted, full)
		login("ann", "right", "198.51.100.7:5", core.Exhausted, full)
		login("bob", "right", "192.0.2.1:5", core.Exhausted, full)
		login("bob", "right", "198.51.100.7:5", 0, "")
		for i := range 3 { // the addresses of one customer
			login("user"+string(rune('0'+i)), "wrong", "[2001:db8:0:1::"+string(rune('1'+i))+"]:9", core.Unauthenticated, "Invalid login.")
		}
		login("bob", "right", "[2001:db8:0:1:ffff::1]:9", core.Exhausted, full)
		login("bob", "right", "[2001:db8:0:2::1]:9", 0, "")
		time.Sleep(time.Minute)
		login("ann", "right", "192.0.2.1:5", 0, "")
	})
}

// TestThrottleStopsABurst: guesses that began together gain nothing, even where the right one is among them.
func TestThrottleStopsABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(ctx context.Context, c core.Credentials) (*core.Principal, error) {
			time.Sleep(time.Duration(len(c.Password)) * time.Millisecond)
			return letIn(ctx, c)
		}
		set := newSet(t, &core.Options{Authenticate: slow, Limits: core.Limits{WrongLogins: 3}})
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)))
		results := make(chan error, 5)
		for _, guess := range []string{"a", "b", "c", "right", "no more"} { // the right one and another are known last
			go func() {
				_, err := set.Authenticate(t.Context(), core.Credentials{User: "ann", Password: guess}, &core.Peer{})
				results <- err
			}()
		}
		synctest.Wait()
		for range 3 {
			if err := <-results; core.AsFault(err).Code != core.Unauthenticated {
				t.Errorf("a wrong guess: %v", err)
			}
		}
		right, wrong := <-results, <-results
		if core.AsFault(right) == nil || core.AsFault(right).Code != core.Exhausted {
			t.Errorf("the right guess behind three wrong ones: %v, want Exhausted", right)
		}
		if core.AsFault(wrong).Error() != core.AsFault(right).Error() {
			t.Errorf("a wrong guess behind three others: %v; it tells that the right one, with %v, is right", wrong, right)
		}
	})
}

// TestThrottleStaysSmall: whoever tries ever new names does not fill the memory, and is stopped by the address all the same.
func TestThrottleStaysSmall(t *testing.T) {
	set := newSet(t, &core.Options{Authenticate: letIn, Limits: core.Limits{WrongLogins: -1, WrongLoginEntries: 10}})
	for i := range 1000 {
		user := string(bytes.Repeat([]byte{byte('a' + i%26)}, i%7+1))
		_, err := set.Authenticate(t.Context(), core.Credentials{User: user, Password: "wrong"}, &core.Peer{Addr: user})
		if core.AsFault(err).Code != core.Unauthenticated {
			t.Fatalf("attempt %d without a limit: %v", i, err)
		}
	}
}

// TestSlotExpires: a place that a crash left taken is free again when its connection would have ended.
func TestSlotExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := newSet(t, &core.Options{Timeout: time.Minute})
		set.Map(&core.Channel{Name: "c", Endpoint: nobody{}, MaxConnections: 1})
		connect := func() error {
			client, err := set.NewClient(t.Context())
			if err == nil {
				_, err = set.Connect(t.Context(), "c", client)
			}
			return err
		}
		if err := connect(); err != nil {
			t.Fatal(err)
		}
		if f := core.AsFault(connect()); f == nil || f.Code != core.Exhausted {
			t.Fatalf("a second one: %v", f)
		}
		time.Sleep(3 * time.Minute)
		if err := connect(); err != nil {
			t.Errorf("after the first has expired: %v", err)
		}
	})
}

// TestSlotIsRenewed: as long as a connection lives so does its place, however long that is.
func TestSlotIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := newSet(t, &core.Options{Timeout: time.Minute})
		set.Map(&core.Channel{Name: "c", Endpoint: nobody{}, MaxConnections: 1})
		client, err := set.NewClient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := set.Connect(t.Context(), "c", client); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			time.Sleep(40 * time.Second)
			if _, conn, err := set.Load(t.Context(), "c", client.ID()); conn == nil || err != nil {
				t.Fatalf("the connection is %v, %v", conn, err)
			}
		}
		other, err := set.NewClient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := set.Connect(t.Context(), "c", other); core.AsFault(err) == nil || core.AsFault(err).Code != core.Exhausted {
			t.Errorf("a second connection: %v, want Exhausted", err)
		}
	})
}

// TestAttributesAreRenewed: an attribute that nobody sets again lives as long as its client, by the store's clock too.
func TestAttributesAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := newSet(t, &core.Options{Timeout: time.Minute})
		client, err := set.NewClient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Set(t.Context(), "key", "value"); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			time.Sleep(40 * time.Second)
			if client, err = set.Client(t.Context(), client.ID()); err != nil {
				t.Fatal(err)
			}
			if v, _, err := client.Get(t.Context(), "key"); v != "value" || err != nil {
				t.Fatalf("the attribute is %v, %v", v, err)
			}
		}
	})
}

// meddling is a store where somebody else does something just before the first delete.
type meddling struct {
	core.Store
	meddle func()
}

func (s *meddling) Delete(ctx context.Context, key core.Key, version uint64) error {
	if meddle := s.meddle; meddle != nil {
		s.meddle = nil
		meddle()
	}
	return s.Store.Delete(ctx, key, version)
}

// TestLifeInTheLastMoment: a connection that is heard of between being found expired and being deleted lives on.
func TestLifeInTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, ended := &meddling{Store: memory.New(nil)}, 0
		set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Timeout: time.Minute,
			OnDisconnect: []core.DisconnectHook{func(context.Context, *core.Connection, core.EndReason) { ended++ }}})
		set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
		client, err := set.NewClient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conn, err := set.Connect(t.Context(), "c", client)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		store.meddle = func() {
			if err := conn.Update(t.Context(), func([]byte) ([]byte, error) { return []byte("here I am"), nil }); err != nil {
				t.Error(err)
			}
		}
		if err := set.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, conn, err := set.Load(t.Context(), "c", client.ID()); conn == nil || err != nil || ended != 0 {
			t.Errorf("the connection is %v, %v, and hooks ran %d times", conn, err, ended)
		}
	})
}

// TestSweepPassesDamage: an item that nobody can read keeps the sweep from nothing else.
func TestSweepPassesDamage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, ended := memory.New(nil), 0
		set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Timeout: time.Minute,
			OnDisconnect: []core.DisconnectHook{func(context.Context, *core.Connection, core.EndReason) { ended++; panic("a hook") }}})
		set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
		const clients = 20
		for i := range clients {
			client, err := set.NewClient(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := set.Connect(t.Context(), "c", client); err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				damage(t, store, client.ID())
			}
		}
		time.Sleep(10 * time.Minute)
		for range 2 {
			if err := set.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if ended != clients/2 {
			t.Errorf("%d connections ended, want %d", ended, clients/2)
		}
	})
}

// damage overwrites a client's connection with a form that no version has.
func damage(t *testing.T, store core.Store, id string) {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		t.Fatal(err)
	}
	key := core.Key{Partition: "realm1/c/" + base64.RawURLEncoding.EncodeToString(raw[:16]), Sort: "x/c"}
	if items, err := store.Get(t.Context(), key); len(items) != 1 || err != nil {
		t.Fatalf("no connection at %q", key)
	}
	if _, err := store.Put(t.Context(), core.Item{Key: key, Body: []byte{99}}); err != nil {
		t.Fatal(err)
	}
}

// TestSecret: processes with one secret know each other's ids without asking the store; others do not.
func TestSecret(t *testing.T) {
	sets := []*core.ChannelSet{
		newSet(t, &core.Options{Secret: []byte("one")}), newSet(t, &core.Options{Secret: []byte("one")}),
		newSet(t, &core.Options{Secret: []byte("two")}), newSet(t, &core.Options{Secret: []byte("one"), Realm: "other"}), newSet(t, nil),
	}
	c, err := sets[0].NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, set := range sets {
		got, err := set.Client(t.Context(), c.ID())
		if err != nil || (got != nil) != (i < 2) {
			t.Errorf("set %d: %v, %v", i, got, err)
		}
	}
	if core.HashID(c.ID()) == core.HashID(c.ID()+"x") || len(core.HashID(c.ID())) != 12 {
		t.Errorf("HashID gives %q", core.HashID(c.ID()))
	}
}

// broken is a store that does not answer.
type broken struct{ core.Store }

var errBroken = errors.New("connection refused: 10.0.0.7")

func (broken) Get(context.Context, ...core.Key) ([]core.Item, error) { return nil, errBroken }
func (broken) Create(context.Context, core.Item) (uint64, error)     { return 0, errBroken }
func (broken) Put(context.Context, core.Item) (uint64, error)        { return 0, errBroken }
func (broken) Range(context.Context, string, string, int, int) ([]core.Item, error) {
	return nil, errBroken
}

// TestBrokenStore: what needs the store is unavailable, with the reason kept for the log.
func TestBrokenStore(t *testing.T) {
	set := core.NewChannelSet(core.NewServiceMapper(), broken{memory.New(nil)}, &core.Options{Secret: []byte("s"), Authenticate: letIn})
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}, MaxConnections: 2})
	ctx := t.Context()
	c, err := set.NewClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	uses := map[string]func() error{
		"load":    func() error { _, _, err := set.Load(ctx, "c", c.ID()); return err },
		"get":     func() error { _, _, err := c.Get(ctx, "k"); return err },
		"set":     func() error { return c.Set(ctx, "k", 1) },
		"login":   func() error { return set.Login(ctx, c, core.Credentials{User: "a", Password: "right"}, &core.Peer{}) },
		"connect": func() error { _, err := set.Connect(ctx, "c", c); return err },
		"sweep":   func() error { return set.Sweep(ctx) },
	}
	for name, use := range uses {
		err := use()
		if f := core.AsFault(err); f == nil || f.Code != core.Unavailable || f.Message != "Sessions cannot be kept at the moment." || !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := set.Ready(ctx); !errors.Is(err, errBroken) {
		t.Errorf("Ready: %v", err)
	}
}

// BenchmarkLoad is what a request with a session pays before its target runs.
func BenchmarkLoad(b *testing.B) {
	set := newSet(b, &core.Options{Authenticate: letIn})
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
	client, err := set.NewClient(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if err := set.Login(b.Context(), client, core.Credentials{User: "ann", Password: "right"}, &core.Peer{}); err != nil {
		b.Fatal(err)
	}
	if _, err := set.Connect(b.Context(), "c", client); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, conn, err := set.Load(b.Context(), "c", client.ID()); conn == nil || err != nil {
			b.Fatal(conn, err)
		}
	}
}
