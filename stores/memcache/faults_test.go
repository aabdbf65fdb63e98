//go:build peers

package memcache_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memcache"
	"github.com/patchbay-go/patchbay/tests/faults"
	"github.com/patchbay-go/patchbay/tests/servers"
)

func isConflict(err error) bool {
	_, ok := errors.AsType[*core.ConflictError](err)
	return ok
}

// TestLostAnswers: whatever goes wrong on the way, what a verb says of a write is true: done, for sure not done, or open.
func TestLostAnswers(t *testing.T) {
	address := servers.Run(t, servers.Memcached()).Address
	witness := memcache.New(address, nil)
	defer func() { _ = witness.Close() }()
	unsure := 0
	for seed := range uint64(20) {
		plan := faults.NewPlan(seed)
		proxy, err := faults.NewProxy(t.Context(), address, plan, faults.MemcachedAnswer)
		if err != nil {
			t.Fatal(err)
		}
		s := memcache.New(proxy.Address(), &memcache.Options{Timeout: time.Second})
		key := core.Key{Partition: fmt.Sprint("seed ", seed), Sort: "n"}
		state := present(t, witness, key)
		for n := range 60 {
			it := core.Item{Key: key, Version: state.Version, Body: fmt.Append(nil, n)}
			verb, version, err := change(t.Context(), s, it, n)
			now := present(t, witness, key)
			changed := now.Version != state.Version
			switch {
			case err == nil && verb != "delete" && (now.Version != version || string(now.Body) != string(it.Body)),
				err == nil && verb == "delete" && now.Version != 0:
				t.Fatalf("seed %d: %s succeeded, and the item is %q, version %d", seed, verb, now.Body, now.Version)
			case isConflict(err) && changed:
				t.Fatalf("seed %d: %s was a conflict, and has changed the item to %q", seed, verb, now.Body)
			case isConflict(err) && (verb == "create") == (state.Version == 0):
				t.Fatalf("seed %d: %s was a conflict, where the item had version %d", seed, verb, state.Version)
			case err != nil && !isConflict(err):
				unsure++
			}
			state = now
		}
		proxy.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if unsure == 0 {
		t.Error("nothing has gone wrong")
	}
}

// change does one of the verbs to an item.
func change(ctx context.Context, s core.Store, it core.Item, n int) (verb string, version uint64, err error) {
	switch {
	case it.Version == 0 && n%2 == 0:
		version, err = s.Put(ctx, it)
		return "put", version, err
	case it.Version == 0 || n%7 == 0:
		version, err = s.Create(ctx, it)
		return "create", version, err
	case n%5 == 0:
		return "delete", 0, s.Delete(ctx, it.Key, it.Version)
	}
	version, err = s.Replace(ctx, it)
	return "replace", version, err
}

// present returns what is stored under a key; version 0: nothing.
func present(t *testing.T, s core.Store, key core.Key) core.Item {
	t.Helper()
	items, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) == 0 {
		return core.Item{}
	}
	return items[0]
}

// TestRestart: connections that rest while memcached is started anew fail no verb.
func TestRestart(t *testing.T) {
	server := servers.Run(t, servers.Memcached())
	s := memcache.New(server.Address, nil)
	defer func() { _ = s.Close() }()
	it := core.Item{Key: core.Key{Partition: "p", Sort: "s"}}
	for range 3 {
		if _, err := s.Create(t.Context(), it); err != nil {
			t.Fatalf("after a restart: %v", err)
		}
		server.Kill()
		if _, err := s.Get(t.Context(), it.Key); err == nil {
			t.Error("no error while nobody is there")
		}
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// listen accepts connections and says nothing.
func listen(t *testing.T) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// TestContextEnds: a verb ends with its context, also where memcached says nothing at all.
func TestContextEnds(t *testing.T) {
	silent := listen(t)
	s := memcache.New(silent, &memcache.Options{Timeout: 3 * time.Second, Connections: 1})
	key := core.Key{Partition: "p", Sort: "s"}
	verbs := map[string]func(context.Context) error{
		"Get":     func(ctx context.Context) error { _, err := s.Get(ctx, key); return err },
		"Create":  func(ctx context.Context) error { _, err := s.Create(ctx, core.Item{Key: key}); return err },
		"Replace": func(ctx context.Context) error { _, err := s.Replace(ctx, core.Item{Key: key}); return err },
		"Put":     func(ctx context.Context) error { _, err := s.Put(ctx, core.Item{Key: key}); return err },
		"Delete":  func(ctx context.Context) error { return s.Delete(ctx, key, 0) },
		"Range":   func(ctx context.Context) error { _, err := s.Range(ctx, "p", "", 0, 0); return err },
		"Last":    func(ctx context.Context) error { _, err := s.Last(ctx, "p"); return err },
		"Note":    func(ctx context.Context) error { _, err := s.Note(ctx); return err },
		"Check":   s.Check,
	}
	for name, verb := range verbs {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		start := time.Now()
		if err := verb(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
			t.Errorf("%s ended with %v after %v", name, err, time.Since(start))
		}
		cancel()
	}
	start := time.Now()
	if err := s.Close(); err != nil || time.Since(start) > 6*time.Second {
		t.Errorf("close: %v after %v", err, time.Since(start))
	}
	for name, verb := range verbs {
		if err := verb(t.Context()); !errors.Is(err, core.ErrClosed) {
			t.Errorf("%s after close: %v, want ErrClosed", name, err)
		}
	}
}

// TestCheck: what is wrong is said with what to do.
func TestCheck(t *testing.T) {
	good := servers.Memcached()
	small := servers.Memcached("-I", "128k", "-o", "slab_chunk_max=64")
	for _, c := range []struct{ name, address, want string }{
		{"good", servers.Run(t, good).Address, ""},
		{"nobody there", "127.0.0.1:1", "is it running"},
		{"no such host", "nowhere.invalid:11211", "is it running"},
		{"small items", servers.Run(t, small).Address, "-I 1m"},
		{"no memcached", listen(t), "is it running"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := memcache.New(c.address, &memcache.Options{Timeout: 300 * time.Millisecond})
			defer func() { _ = s.Close() }()
			err := s.Check(t.Context())
			text := c.want + c.address
			if err != nil {
				text = err.Error()
			}
			if (err == nil) != (c.want == "") || !strings.Contains(text, c.want) || !strings.Contains(text, c.address) {
				t.Errorf("Check says %v, want %q and the address", err, c.want)
			}
		})
	}
}

// TestNote: it says since when nothing was lost, and what was removed to make room.
func TestNote(t *testing.T) {
	server := servers.Run(t, servers.Memcached())
	now := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	s := memcache.New(server.Address, &memcache.Options{Now: func() time.Time { return now }})
	defer func() { _ = s.Close() }()
	want := func(want string) {
		t.Helper()
		if got, err := s.Note(t.Context()); err != nil || got != want {
			t.Errorf("the note is %q, %v; want %q", got, err, want)
		}
	}
	want("memcached keeps what it has since 2026-11-21T22:00:00Z and loses it when it restarts")
	now = now.Add(time.Hour)
	want("memcached keeps what it has since 2026-11-21T22:00:00Z and loses it when it restarts")
	server.Kill()
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("memcached keeps what it has since 2026-11-21T23:00:00Z and loses it when it restarts")
}

// TestMakesRoom: a memcached that may remove items to make room does so, and the note tells; one that may not refuses.
func TestMakesRoom(t *testing.T) {
	for _, c := range []struct {
		name   string
		server servers.Program
		refuse bool
	}{{"removes", servers.MemcachedMakingRoom("-m", "8"), false}, {"refuses", servers.Memcached("-m", "8"), true}} {
		t.Run(c.name, func(t *testing.T) {
			s := memcache.New(servers.Run(t, c.server).Address, nil)
			defer func() { _ = s.Close() }()
			if err := s.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			var err error
			for n := 0; n < 200 && err == nil; n++ {
				_, err = s.Put(t.Context(), core.Item{Key: core.Key{Partition: "p", Sort: fmt.Sprint(n)}, Body: make([]byte, 200_000)})
			}
			if (err != nil) != c.refuse || isConflict(err) {
				t.Errorf("filling it ends with %v", err)
			}
			note, err := s.Note(t.Context())
			if err != nil || strings.Contains(note, "to make room") == c.refuse {
				t.Errorf("the note is %q, %v", note, err)
			}
		})
	}
}
