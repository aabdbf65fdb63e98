//go:build peers

package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/postgres"
	"github.com/patchbay-go/patchbay/tests/servers"
)

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func number(t testing.TB, conn *pgx.Conn, query string) (n int) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestUnits: what is charged are statements.
func TestUnits(t *testing.T) {
	s := open(t, servers.PostgresURL(servers.Run(t, servers.PostgreSQL(false))), nil)
	mustCreate(t, s, item("first", "also collects"))
	log := core.Item{Key: core.Key{Partition: "realm/t/news/0", Sort: "1"}}
	for _, test := range []struct {
		name string
		verb func(context.Context) error
		want core.Units
	}{
		{"Get", func(ctx context.Context) error { _, err := s.Get(ctx, key("a"), key("b"), key("c")); return err }, core.Units{Reads: 1}},
		{"Create", func(ctx context.Context) error { _, err := s.Create(ctx, item("a", "")); return err }, core.Units{Writes: 1}},
		{"Create in a log, and tell", func(ctx context.Context) error { _, err := s.Create(ctx, log); return err }, core.Units{Writes: 2}},
		{"Create in vain", func(ctx context.Context) error { _, _ = s.Create(ctx, log); return nil }, core.Units{Writes: 1}},
		{"Replace in vain", func(ctx context.Context) error { _, _ = s.Replace(ctx, item("b", "")); return nil }, core.Units{Writes: 1}},
		{"Put", func(ctx context.Context) error { _, err := s.Put(ctx, item("a", "")); return err }, core.Units{Writes: 1}},
		{"Range", func(ctx context.Context) error { _, err := s.Range(ctx, "faults", "", 10, 10); return err }, core.Units{Reads: 1}},
		{"Last", func(ctx context.Context) error { _, err := s.Last(ctx, "faults"); return err }, core.Units{Reads: 1}},
		{"Delete", func(ctx context.Context) error { return s.Delete(ctx, key("a"), 0) }, core.Units{Writes: 1}},
		{"Trim", func(ctx context.Context) error { return s.Trim(ctx, "faults", "z") }, core.Units{Writes: 1}},
	} {
		ctx, meter := core.WithMeter(t.Context())
		if err := test.verb(ctx); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := meter.Units(); got != test.want {
			t.Errorf("%s cost %+v, want %+v", test.name, got, test.want)
		}
	}
}

// TestConnections: a store has no more than it is told, whatever is asked of it at once, and gives them back.
func TestConnections(t *testing.T) {
	location := servers.PostgresURL(servers.Run(t, servers.PostgreSQL(false)))
	s := open(t, changed(t, location, func(u *url.URL) {
		withParameter("pool_max_conns", "3")(u)
		withParameter("pool_max_conn_idle_time", "200ms")(u)
	}), nil)
	observer := connect(t, location)
	var group sync.WaitGroup
	var stop atomic.Bool
	for range 20 {
		group.Go(func() {
			for !stop.Load() {
				if _, err := s.Get(t.Context(), key("a")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'patchbay'"
	most := 0
	for range 20 {
		most = max(most, number(t, observer, count))
		time.Sleep(10 * time.Millisecond)
	}
	stop.Store(true)
	group.Wait()
	if most != 3 {
		t.Errorf("%d connections, want 3", most)
	}
	for end := time.Now().Add(10 * time.Second); number(t, observer, count) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("connections are kept that nobody uses")
		}
	}
}

// TestExpiredAreRemoved: what has expired does not stay in the table, is not removed while any clock may think that it lives, and costs a
// write now and then.
func TestExpiredAreRemoved(t *testing.T) {
	location := servers.PostgresURL(servers.Run(t, servers.PostgreSQL(false)))
	var offset atomic.Int64
	start := time.Now()
	s := open(t, location, &postgres.Options{Now: func() time.Time { return start.Add(time.Duration(offset.Load())) }})
	const items = 1000
	for i := range items {
		it := item(fmt.Sprint(i), "")
		it.Expires = start.Add(time.Hour)
		mustCreate(t, s, it)
	}
	mustCreate(t, s, item("kept", ""))
	observer := connect(t, location)
	rows := func() int { return number(t, observer, "SELECT count(*) FROM patchbay") }
	offset.Store(int64(time.Hour + 30*time.Second))
	if _, err := s.Put(t.Context(), item("kept", "")); err != nil {
		t.Fatal(err)
	}
	if got := rows(); got != items+1 {
		t.Errorf("%d rows half a minute after they expired, want %d", got, items+1)
	}
	offset.Store(int64(time.Hour + 2*time.Minute))
	for range 10 {
		if _, err := s.Put(t.Context(), item("kept", "")); err != nil {
			t.Fatal(err)
		}
	}
	if got := rows(); got != 1 {
		t.Errorf("%d rows after ten writes, want 1", got)
	}
}
