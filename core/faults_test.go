package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A failing store fails in one of its calls, before the call has taken effect or after it: as one does whose answer is lost.
type failing struct {
	core.Store
	at, calls int
	after     bool
}

var errLost = errors.New("no answer from 10.0.0.7")

func run[T any](s *failing, call func() (T, error)) (v T, err error) {
	s.calls++
	if s.calls != s.at {
		return call()
	}
	if s.after {
		_, _ = call()
	}
	return v, errLost
}

func (s *failing) Get(ctx context.Context, keys ...core.Key) ([]core.Item, error) {
	return run(s, func() ([]core.Item, error) { return s.Store.Get(ctx, keys...) })
}

func (s *failing) Create(ctx context.Context, it core.Item) (uint64, error) {
	return run(s, func() (uint64, error) { return s.Store.Create(ctx, it) })
}

func (s *failing) Replace(ctx context.Context, it core.Item) (uint64, error) {
	return run(s, func() (uint64, error) { return s.Store.Replace(ctx, it) })
}

func (s *failing) Put(ctx context.Context, it core.Item) (uint64, error) {
	return run(s, func() (uint64, error) { return s.Store.Put(ctx, it) })
}

func (s *failing) Delete(ctx context.Context, key core.Key, version uint64) error {
	_, err := run(s, func() (struct{}, error) { return struct{}{}, s.Store.Delete(ctx, key, version) })
	return err
}

func (s *failing) Range(ctx context.Context, partition, after string, limit, bytes int) ([]core.Item, error) {
	return run(s, func() ([]core.Item, error) { return s.Store.Range(ctx, partition, after, limit, bytes) })
}

// TestEveryCallOfTheStoreFailsOnce goes through the life of a client, with another call of the store failing each time. Whatever
// fails says only that it did, and doing it again leads to where it would have led.
func TestEveryCallOfTheStoreFailsOnce(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			store := &failing{Store: memory.New(nil), at: at, after: after}
			t.Run(fmt.Sprintf("call %d, took effect %v", at, after), func(t *testing.T) { liveThroughFaults(t, store) })
			if store.calls < at {
				break // nothing failed
			}
		}
	}
}

func liveThroughFaults(t *testing.T, store core.Store) {
	t.Helper()
	now, connects, ends := time.Now(), 0, 0
	set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{
		Authenticate: letIn, Now: func() time.Time { return now },
		OnConnect:    []core.ConnectHook{func(context.Context, *core.Connection) error { connects++; return nil }},
		OnDisconnect: []core.DisconnectHook{func(context.Context, *core.Connection, core.EndReason) { ends++ }},
	})
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}, MaxConnections: 2})
	ctx, id := t.Context(), ""
	again := func(what string, step func() error) {
		t.Helper()
		err := step()
		if err == nil {
			return
		}
		if f := core.AsFault(err); f.Code != core.Unavailable || f.Message != "Sessions cannot be kept at the moment." || !errors.Is(err, errLost) {
			t.Errorf("%s: got %v", what, err)
		}
		if err := step(); err != nil {
			t.Errorf("%s, again: %v", what, err)
		}
	}
	with := func(do func(*core.Client, *core.Connection) error) func() error {
		return func() error {
			client, conn, err := set.Load(ctx, "c", id)
			if err != nil {
				return err
			}
			return do(client, conn)
		}
	}
	again("mint", func() error {
		c, err := set.NewClient(ctx)
		if err == nil {
			id = c.ID()
		}
		return err
	})
	again("connect", with(func(c *core.Client, _ *core.Connection) error { _, err := set.Connect(ctx, "c", c); return err }))
	again("session", with(func(_ *core.Client, conn *core.Connection) error {
		return conn.Update(ctx, func([]byte) ([]byte, error) { return []byte("state"), nil })
	}))
	again("login", with(func(c *core.Client, _ *core.Connection) error {
		return set.Login(ctx, c, core.Credentials{User: "ann", Password: "right"}, &core.Peer{})
	}))
	again("attribute", with(func(c *core.Client, _ *core.Connection) error { return c.Set(ctx, "k", "v") }))
	now = now.Add(20 * time.Minute) // all is renewed
	again("check", with(func(c *core.Client, conn *core.Connection) error {
		v, ok, err := c.Get(ctx, "k")
		if err == nil && (conn == nil || string(conn.Session()) != "state" || c.Principal() == nil || c.Principal().Name != "ann" || v != "v" || !ok) {
			t.Errorf("got connection %v, principal %v, attribute %v; want all of them", conn, c.Principal(), v)
		}
		return err
	}))
	again("logout", with(func(c *core.Client, _ *core.Connection) error { return set.Logout(ctx, c) }))
	again("check again", with(func(c *core.Client, _ *core.Connection) error {
		_, ok, err := c.Get(ctx, "k")
		if ok || c.Principal() != nil {
			t.Errorf("after the logout: principal %v, attribute %v", c.Principal(), ok)
		}
		return err
	}))
	again("disconnect", with(func(_ *core.Client, conn *core.Connection) error {
		if conn == nil {
			return nil
		}
		return set.Disconnect(ctx, conn)
	}))
	again("check the end", with(func(_ *core.Client, conn *core.Connection) error {
		if conn != nil {
			t.Error("the connection is still there")
		}
		return nil
	}))
	now = now.Add(48 * time.Hour)
	again("sweep", func() error { return set.Sweep(ctx) })
	if connects > 1 || ends > 1 {
		t.Errorf("hooks ran: connect %d times, end %d times; want at most once", connects, ends)
	}
}
