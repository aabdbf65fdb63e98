//go:build peers

package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/postgres"
	"github.com/patchbay-go/patchbay/tests/servers"
)

func key(sort string) core.Key { return core.Key{Partition: "faults", Sort: sort} }

func item(sort, body string) core.Item { return core.Item{Key: key(sort), Body: []byte(body)} }

func mustCreate(t testing.TB, s core.Store, it core.Item) core.Item {
	t.Helper()
	version, err := s.Create(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	it.Version = version
	return it
}

func mustGet(t testing.TB, s core.Store, keys ...core.Key) []core.Item {
	t.Helper()
	items, err := s.Get(t.Context(), keys...)
	if err != nil {
		t.Fatal(err)
	}
	return items
}

// TestLostAnswers: a write whose answer was lost is found to have taken place; a deletion, of which nothing remains, is an error and not a
// conflict; a read is read again.
func TestLostAnswers(t *testing.T) {
	server := servers.Run(t, servers.PostgreSQL(false))
	p := newProxy(t, server.Address)
	s := open(t, changed(t, servers.PostgresURL(server), func(u *url.URL) { u.Host = p.listener.Addr().String() }), nil)
	a, b := mustCreate(t, s, item("a", "before")), mustCreate(t, s, item("b", "before"))

	p.loseAnswerTo("new body")
	created := mustCreate(t, s, item("new", "new body"))
	p.loseAnswerTo("replaced body")
	a.Body = []byte("replaced body")
	version, err := s.Replace(t.Context(), a)
	if err != nil || version == a.Version {
		t.Fatalf("Replace = %d, %v", version, err)
	}
	a.Version = version
	p.loseAnswerTo("another body")
	put, err := s.Put(t.Context(), item("b", "another body"))
	if err != nil || put == b.Version {
		t.Fatalf("Put = %d, %v", put, err)
	}
	for _, want := range []core.Item{created, a} {
		if got := mustGet(t, s, want.Key); len(got) != 1 || got[0].Version != want.Version || string(got[0].Body) != string(want.Body) {
			t.Errorf("%q holds %+v, want %+v", want.Sort, got, want)
		}
	}

	p.loseAnswerTo("faults")
	if got := mustGet(t, s, a.Key, b.Key); len(got) != 2 {
		t.Errorf("Get = %v", got)
	}
	p.loseAnswerTo("faults")
	err = s.Delete(t.Context(), a.Key, a.Version)
	if _, conflict := errors.AsType[*core.ConflictError](err); err == nil || conflict {
		t.Errorf("Delete whose answer is lost: %v, want a plain error", err)
	}
}

// TestRestart: a server that was killed and started again is used by the same Store, with all that it had acknowledged.
func TestRestart(t *testing.T) {
	server := servers.Run(t, servers.PostgreSQL(true))
	s := open(t, servers.PostgresURL(server), &postgres.Options{Waited: everything})
	for round := range 3 {
		var want []core.Item
		for _, sort := range []string{"a", "b", "c"} {
			want = append(want, mustCreate(t, s, item(string(rune('0'+round))+sort, "acknowledged")))
		}
		waited := make(chan error, 1)
		go func() { waited <- s.Wait(t.Context(), []core.Key{key("9")}) }()
		if round == 1 {
			server.Stop()
		} else {
			server.Kill()
		}
		if _, err := s.Get(t.Context(), want[0].Key); err == nil {
			t.Error("Get from a server that is gone: no error")
		}
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, it := range want {
			if got := mustGet(t, s, it.Key); len(got) != 1 || got[0].Version != it.Version {
				t.Errorf("after round %d there is %+v, want %+v", round, got, it)
			}
		}
		last := mustCreate(t, s, item("99", "wakes"))
		if err := <-waited; err != nil {
			t.Errorf("Wait: %v", err)
		}
		if err := s.Delete(t.Context(), last.Key, last.Version); err != nil {
			t.Error(err)
		}
	}
}

// TestDeadline: a verb that has to wait for another transaction ends with its context, and what it did not do is not done.
func TestDeadline(t *testing.T) {
	location := servers.PostgresURL(servers.Run(t, servers.PostgreSQL(false)))
	s := open(t, location, nil)
	db := connect(t, location)
	for _, statement := range []string{"BEGIN", "LOCK TABLE patchbay"} {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for name, verb := range map[string]func(context.Context) error{
		"Get":    func(ctx context.Context) error { _, err := s.Get(ctx, key("a")); return err },
		"Create": func(ctx context.Context) error { _, err := s.Create(ctx, item("a", "")); return err },
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, key("a"), 0) },
		"Trim":   func(ctx context.Context) error { return s.Trim(ctx, "faults", "z") },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		start := time.Now()
		if err := verb(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want the deadline's error", name, err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s took %s", name, took)
		}
		cancel()
	}
	if _, err := db.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if got := mustGet(t, s, key("a")); len(got) != 0 {
		t.Errorf("there is %v", got)
	}
}
