package storetest

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"github.com/patchbay-go/patchbay/core"
)

// silent is an endpoint for channels that nothing is sent to.
type silent struct{}

func (silent) Traits() core.Traits { return core.Traits{Protocol: "silent"} }

func (silent) Serve(context.Context, *core.ChannelSet, *core.Inbound) error { return nil }

// counted counts the writes to a store.
type counted struct {
	core.Store
	writes atomic.Int64
}

func (s *counted) Create(ctx context.Context, it core.Item) (uint64, error) {
	s.writes.Add(1)
	return s.Store.Create(ctx, it)
}

func (s *counted) Replace(ctx context.Context, it core.Item) (uint64, error) {
	s.writes.Add(1)
	return s.Store.Replace(ctx, it)
}

func (s *counted) Put(ctx context.Context, it core.Item) (uint64, error) {
	s.writes.Add(1)
	return s.Store.Put(ctx, it)
}

func (s *counted) Delete(ctx context.Context, key core.Key, version uint64) error {
	s.writes.Add(1)
	return s.Store.Delete(ctx, key, version)
}

func testConnect(h *house) {
	t := h.t
	id := h.newClient().ID()
	sets := []*core.ChannelSet{h.a, h.b}
	together(t, 6, func(i int) error {
		c, err := sets[i%2].Client(t.Context(), id)
		if err != nil {
			return err
		}
		_, err = sets[i%2].Connect(t.Context(), channel, c)
		return err
	})
	h.wantEvents("connect " + channel)
	if _, conn := h.loaded(h.b, id); conn == nil || conn.Channel() != channel || conn.Client().ID() != id {
		t.Errorf("the other process finds %+v", conn)
	}
	_, err := h.a.Connect(t.Context(), "nowhere", h.newClient())
	h.wantFault(err, core.NotFound)
}

func testDisconnect(h *house) {
	t := h.t
	c := h.newClient()
	first := h.connect(h.a, channel, c)
	_, second := h.loaded(h.b, c.ID())
	h.ok(second.Update(t.Context(), func([]byte) ([]byte, error) { return []byte("changed since"), nil }))
	together(t, 6, func(i int) error {
		if i%2 == 0 {
			return h.a.Disconnect(t.Context(), first)
		}
		return h.b.Disconnect(t.Context(), second)
	})
	h.wantEvents("connect "+channel, "disconnect "+channel+": closed")
	if _, conn := h.loaded(h.b, c.ID()); conn != nil {
		t.Error("the connection is still there")
	}
	h.wantFault(first.Update(t.Context(), func([]byte) ([]byte, error) { return []byte("late"), nil }), core.NotFound)
	h.connect(h.a, channel, c)
	h.wantEvents("connect "+channel, "disconnect "+channel+": closed", "connect "+channel)
}

func testRefusedConnect(h *house) {
	t := h.t
	h.refuse = errors.New("not today")
	c := h.newClient()
	for range narrowBy + 1 { // or its slot would stay taken
		if _, err := h.a.Connect(t.Context(), narrow, c); !errors.Is(err, h.refuse) {
			t.Fatalf("Connect: %v, want %v", err, h.refuse)
		}
	}
	if _, conn, err := h.b.Load(t.Context(), narrow, c.ID()); conn != nil || err != nil {
		t.Errorf("Load = %v, %v; want no connection", conn, err)
	}
}

func testConnectionState(h *house) {
	t := h.t
	c := h.newClient()
	h.connect(h.a, channel, c)
	sets := []*core.ChannelSet{h.a, h.b}
	together(t, 4, func(i int) error {
		_, conn, err := sets[i%2].Load(t.Context(), channel, c.ID())
		if err != nil {
			return err
		}
		for range 5 {
			if err := conn.Update(t.Context(), func(b []byte) ([]byte, error) { return []byte(string(b) + "x"), nil }); err != nil {
				return err
			}
		}
		return nil
	})
	_, conn := h.loaded(h.b, c.ID())
	if got, want := string(conn.Session()), strings.Repeat("x", 20); got != want {
		t.Errorf("state is %q, want %q", got, want)
	}
	h.wantFault(conn.Update(t.Context(), func([]byte) ([]byte, error) { return make([]byte, 1<<20), nil }), core.TooLarge)
}

func testFull(h *house) {
	t := h.t
	var connected atomic.Int64
	conns := make(chan *core.Connection, 10)
	together(t, 10, func(int) error {
		c, err := h.a.NewClient(t.Context())
		if err != nil {
			return err
		}
		conn, err := h.b.Connect(t.Context(), narrow, c)
		if f, ok := errors.AsType[*core.Fault](err); ok && f.Code == core.Exhausted {
			return nil
		}
		connected.Add(1)
		conns <- conn
		return err
	})
	if got := connected.Load(); got != narrowBy {
		t.Fatalf("%d connections on a channel for %d", got, narrowBy)
	}
	conn := <-conns
	h.ok(h.a.Disconnect(t.Context(), conn))
	h.connect(h.a, narrow, conn.Client())
	_, err := h.a.Connect(t.Context(), narrow, h.newClient())
	h.wantFault(err, core.Exhausted)
}

func testSweep(h *house) {
	t := h.t
	ctx := t.Context()
	h.ok(h.a.Sweep(ctx))
	gone, alive := h.newClient(), h.newClient()
	h.connect(h.a, channel, gone)
	h.connect(h.a, channel, alive)
	h.pass(timeout / 2)
	h.loaded(h.b, alive.ID())
	h.ok(h.a.Sweep(ctx))
	h.pass(timeout*3/4 - 1)
	h.wantEvents("connect "+channel, "connect "+channel)
	together(t, 3, func(i int) error { return []*core.ChannelSet{h.a, h.b}[i%2].Sweep(ctx) })
	h.wantEvents("connect "+channel, "connect "+channel, "disconnect "+channel+": expired")
	h.loaded(h.b, alive.ID())
	h.pass(2 * timeout) // found again, though its row was moved
	h.ok(h.b.Sweep(ctx))
	h.ok(h.b.Sweep(ctx))
	h.wantEvents("connect "+channel, "connect "+channel, "disconnect "+channel+": expired", "disconnect "+channel+": expired")
	h.connect(h.a, channel, gone)
	h.pass(timeout)
	if _, conn := h.loaded(h.a, gone.ID()); conn != nil {
		t.Error("an expired connection is loaded")
	}
	if got := len(h.events); got != 6 {
		t.Errorf("after the last one expired: %d events, want 6", got)
	}
}
