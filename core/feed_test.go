package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// openStream opens a stream of the post's connection, as it is stored now.
func (p *post) openStream(id string) *core.Feed {
	p.t.Helper()
	_, conn, err := p.set.Load(p.t.Context(), "c", p.conn.Client().ID())
	if err != nil || conn == nil {
		p.t.Fatalf("the connection is gone: %v", err)
	}
	f, err := p.set.OpenStream(p.t.Context(), conn, id)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { f.Close(context.Background()) })
	return f
}

// wantNext checks what a feed gives until a deadline that comes soon.
func (p *post) wantNext(f *core.Feed, want ...string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Millisecond)
	defer cancel()
	var got []string
	for {
		events, err := f.Next(ctx)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			p.t.Fatalf("got %v", err)
		}
		if err != nil {
			break
		}
		for _, e := range events {
			got = append(got, bodies(p.t, []core.Delivery{e.Delivery})...)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		p.t.Errorf("got %v, want %v", got, want)
	}
}

// A feed that always has something to give ends all the same.
func TestFeedEndsWhileBusy(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*post)
		want error
	}{
		{"drain", func(p *post) { p.set.Drain() }, core.ErrDraining},
		{"another stream", func(p *post) { p.openStream("2") }, core.ErrReplaced},
		{"connection ends", func(p *post) { _ = p.set.Disconnect(context.Background(), p.conn) }, core.ErrNoConnection},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPost(t, nil, &core.Destination{Name: "news"})
			p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
			f := p.openStream("1")
			p.publish("news", "", "a")
			p.wantNext(f, "s:a")
			p.publish("news", "", "b")
			c.end(p)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := f.Next(ctx); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// A feed whose Next is called with deadlines, for heartbeats, and a busy one, see what was changed in another process, which tells
// nobody here, and what was changed before it was opened.
func TestFeedSeesChangesElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(nil)
		here := newPostOn(t, store, &core.Destination{Name: "news"})
		elsewhere := newPostOn(t, store, &core.Destination{Name: "news"})
		elsewhere.conn = here.conn
		elsewhere.load()

		f := here.openStream("1")
		here.wantNext(f)
		elsewhere.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
		elsewhere.publish("news", "", "a")
		for range 100 { // of 10 ms each
			here.wantNext(f)
		}
		time.Sleep(15 * time.Second) // no call of Next is as long
		here.wantNext(f, "s:a")
	})
}

// newPostOn is newPost with a store that others use too, and that can tell nothing.
func newPostOn(t *testing.T, store core.Store, destinations ...*core.Destination) *post {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), store, &core.Options{Secret: []byte("a secret for tests, 32 bytes long")})
	set.Map(&core.Channel{Name: "c", Endpoint: nobody{}})
	t.Cleanup(set.Drain)
	for _, d := range destinations {
		set.AddDestination(d)
	}
	p := &post{t: t, set: set}
	p.conn = p.connect()
	return p
}

// load makes the post's connection one of its own set.
func (p *post) load() {
	p.t.Helper()
	_, conn, err := p.set.Load(p.t.Context(), "c", p.conn.Client().ID())
	if err != nil || conn == nil {
		p.t.Fatalf("the connection is gone: %v", err)
	}
	p.conn = conn
}

// A stream keeps its client alive, principal and attributes included, and its connection.
func TestStreamKeepsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, &core.Options{Timeout: time.Minute}, &core.Destination{Name: "news"})
		p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
		if err := p.conn.Client().Set(t.Context(), "key", "value"); err != nil {
			t.Fatal(err)
		}
		f := p.openStream("1")
		for i := range 60 { // 5 minutes
			if i%2 == 0 { // what is delivered keeps the connection alive, but not the client
				p.publish("news", "", "a")
				p.wantNext(f, "s:a")
			}
			time.Sleep(5 * time.Second)
			if err := f.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		p.load()
		if v, _, err := p.conn.Client().Get(t.Context(), "key"); v != "value" || err != nil {
			t.Errorf("the attribute is %v, %v", v, err)
		}
		if err := p.set.Disconnect(t.Context(), p.conn); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := f.Beat(t.Context()); !errors.Is(err, core.ErrNoConnection) {
			t.Errorf("a beat of a connection that has ended gives %v", err)
		}
	})
}

// Without a close, a stream that is opened again gets what the last two heartbeat intervals carried; after one, nothing. A stream that was
// replaced in another process, and has not yet noticed it, confirms nothing: its client may not get what it gives out.
func TestStreamReplays(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(elsewhere *post, f *core.Feed) *core.Feed // returns the stream to look at
		want []string
	}{
		{"no close", func(elsewhere *post, _ *core.Feed) *core.Feed { return elsewhere.openStream("2") }, []string{"s:b", "s:c", "s:d"}},
		{"close", func(elsewhere *post, f *core.Feed) *core.Feed {
			elsewhere.load()
			if open, err := elsewhere.set.CloseStream(elsewhere.t.Context(), elsewhere.conn, "other"); open || err != nil {
				elsewhere.t.Errorf("close of another stream: %v, %v", open, err)
			}
			if open, err := elsewhere.set.CloseStream(elsewhere.t.Context(), elsewhere.conn, "1"); !open || err != nil {
				elsewhere.t.Errorf("close: %v, %v", open, err)
			}
			if err := f.Beat(elsewhere.t.Context()); !errors.Is(err, core.ErrStreamClosed) {
				elsewhere.t.Errorf("a beat after the close: %v", err)
			}
			if err := f.Confirm(elsewhere.t.Context()); err != nil {
				elsewhere.t.Error(err)
			}
			return elsewhere.openStream("2")
		}, nil},
		{"confirm too late", func(elsewhere *post, f *core.Feed) *core.Feed {
			elsewhere.load()
			if _, err := elsewhere.set.CloseStream(elsewhere.t.Context(), elsewhere.conn, "1"); err != nil {
				elsewhere.t.Error(err)
			}
			again := elsewhere.openStream("2")
			if err := f.Confirm(elsewhere.t.Context()); !errors.Is(err, core.ErrReplaced) {
				elsewhere.t.Errorf("confirm: %v", err)
			}
			again.Close(elsewhere.t.Context())
			return elsewhere.openStream("3")
		}, []string{"s:b", "s:c", "s:d"}},
		{"replaced and not noticed", func(elsewhere *post, f *core.Feed) *core.Feed {
			elsewhere.openStream("2").Close(elsewhere.t.Context())
			for range 3 {
				if err := f.Beat(elsewhere.t.Context()); !errors.Is(err, core.ErrReplaced) {
					elsewhere.t.Errorf("beat: %v", err)
				}
			}
			return elsewhere.openStream("3")
		}, []string{"s:b", "s:c", "s:d"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := memory.New(nil)
			here := newPostOn(t, store, &core.Destination{Name: "news"})
			elsewhere := newPostOn(t, store, &core.Destination{Name: "news"})
			elsewhere.conn = here.conn
			here.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
			f := here.openStream("1")
			for i, body := range []string{"a", "b", "c", "d"} {
				here.publish("news", "", body)
				here.wantNext(f, "s:"+body)
				if i == 3 {
					break
				}
				if err := f.Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			elsewhere.wantNext(c.do(elsewhere, f), c.want...)
		})
	}
}

// A destination that delivers at most once does so on streams too.
func TestStreamAtMostOnce(t *testing.T) {
	p := newPost(t, nil, &core.Destination{Name: "news"}, &core.Destination{Name: "once", AtMostOnce: true})
	p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	p.subscribe(core.Subscription{ID: "o", Topic: core.Topic{Destination: "once"}})
	f := p.openStream("1")
	p.publish("news", "", "a")
	p.publish("once", "", "b")
	p.wantNext(f, "s:a", "o:b")
	p.publish("once", "", "c")
	p.wantNext(f, "o:c")
	p.publish("once", "", "d")
	p.wantNext(p.openStream("2"), "s:a", "o:d")
}

// A betweenStore does something once, when a Replace has been done and who asked for it does not yet know.
type betweenStore struct {
	core.Store
	between func()
}

func (s *betweenStore) Replace(ctx context.Context, it core.Item) (uint64, error) {
	version, err := s.Store.Replace(ctx, it)
	if do := s.between; do != nil && err == nil {
		s.between = nil
		do()
	}
	return version, err
}

// Of streams that are opened at once the one stays that the store has, whichever comes last to wait.
func TestStreamsOpenedAtOnce(t *testing.T) {
	store := &betweenStore{Store: memory.New(nil)}
	p := newPostOn(t, store, &core.Destination{Name: "news"})
	p.subscribe(core.Subscription{ID: "s", Topic: core.Topic{Destination: "news"}})
	var second *core.Feed
	store.between = func() { second = p.openStream("2") }
	first := p.openStream("1")
	p.publish("news", "", "a")
	p.wantNext(second, "s:a")
	if _, err := first.Next(t.Context()); !errors.Is(err, core.ErrReplaced) {
		t.Errorf("got %v", err)
	}
}
