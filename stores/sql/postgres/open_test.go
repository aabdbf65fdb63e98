//go:build peers

package postgres_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/patchbay-go/patchbay/stores/sql/postgres"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// exec runs statements as the superuser.
func exec(t testing.TB, url string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// changed returns a URL with something else in it.
func changed(t *testing.T, location string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

func withParameter(name, value string) func(*url.URL) {
	return func(u *url.URL) {
		query := u.Query()
		query.Set(name, value)
		u.RawQuery = query.Encode()
	}
}

// TestOpenErrors: what is wrong is said in plain words, with what to do, and without the password.
func TestOpenErrors(t *testing.T) {
	location := servers.PostgresURL(servers.Run(t, servers.PostgreSQL(false)))
	exec(t, location,
		"CREATE ROLE careful LOGIN PASSWORD 'secret'", "CREATE ROLE guest LOGIN", "CREATE ROLE busy LOGIN CONNECTION LIMIT 0",
		`DO $$ BEGIN EXECUTE format('COPY (SELECT unnest(ARRAY[%L, %L])) TO %L', 'host all careful all scram-sha-256', 'host all all all trust',
			current_setting('hba_file')); END $$`, "SELECT pg_reload_conf()")
	tests := []struct {
		name   string
		change func(*url.URL)
		opts   *postgres.Options
		want   []string
	}{
		{"no URL", func(u *url.URL) { u.Host = "127.0.0.1:port" }, nil, []string{"port"}},
		{"nobody listens", func(u *url.URL) { u.Host = "127.0.0.1:1" }, nil, []string{"nothing answers there", "127.0.0.1:1"}},
		{"no such host", func(u *url.URL) { u.Host = "nowhere.invalid" }, nil, []string{"no such host", "mend the URL"}},
		{
			"wrong password",
			func(u *url.URL) { u.User = url.UserPassword("careful", "guessed") },
			nil,
			[]string{"the password is refused", "28P01"},
		},
		{"unknown user", func(u *url.URL) { u.User = url.User("somebody") }, nil, []string{"is refused", `user "somebody"`}},
		{"no such database", func(u *url.URL) { u.Path = "/nothing" }, nil, []string{"createdb nothing", `database "nothing"`}},
		{"no right to make tables", func(u *url.URL) { u.User = url.User("guest") }, nil, []string{"GRANT USAGE, CREATE", "TO guest"}},
		{"no schema", withParameter("search_path", "nowhere"), nil, []string{"CREATE SCHEMA"}},
		{"no connection left", func(u *url.URL) { u.User = url.User("busy") }, nil, []string{"pool_max_conns"}},
		{"no TLS", withParameter("sslmode", "require"), nil, []string{"sslmode=disable"}},
		{"a standby", withParameter("default_transaction_read_only", "on"), nil, []string{"standby"}},
		{"connections that are no number", withParameter("pool_max_conns", "many"), nil, []string{`pool_max_conns="many"`}},
		{"an idle time that is none", withParameter("pool_max_conn_idle_time", "7"), nil, []string{`pool_max_conn_idle_time="7"`, "30s"}},
		{"a bad name for the table", func(*url.URL) {}, &postgres.Options{Table: "a;b"}, []string{`table "a;b"`}},
		{"another server that is none", withParameter("direct", "nowhere"), nil, []string{`direct="nowhere"`, "HOST:PORT"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := postgres.Open(t.Context(), changed(t, location, test.change), test.opts)
			if err == nil {
				_ = s.Close()
				t.Fatal("no error")
			}
			t.Log(err)
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), "guessed") {
				t.Errorf("%q shows the password", err)
			}
		})
	}
	if _, err := postgres.OpenBus(t.Context(), changed(t, location, func(u *url.URL) { u.Path = "/nothing" }), nil); err == nil ||
		!strings.Contains(err.Error(), "createdb nothing") {
		t.Errorf("a bus without a database: %v", err)
	}
}

// TestMigrations: many instances may make the table at once; one that is too old for it says so; and where the table is there, its user needs
// no right to make one.
func TestMigrations(t *testing.T) {
	location := servers.PostgresURL(servers.Run(t, servers.PostgreSQL(false)))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := postgres.Open(t.Context(), location, nil)
			if err != nil {
				t.Errorf("one of many: %v", err)
				return
			}
			if err := s.Check(t.Context()); err != nil {
				t.Errorf("Check: %v", err)
			}
			_ = s.Close()
		})
	}
	group.Wait()
	exec(t, location, "CREATE ROLE guest LOGIN", "GRANT SELECT, INSERT, UPDATE, DELETE ON patchbay TO guest", "GRANT SELECT ON patchbay_migrations TO guest")
	s := open(t, changed(t, location, func(u *url.URL) { u.User = url.User("guest") }), nil)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	exec(t, location, "INSERT INTO patchbay_migrations (version_id, is_applied) VALUES (99, true)")
	_, err := postgres.Open(t.Context(), location, nil)
	for what, err := range map[string]error{"Open": err, "Check": s.Check(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "made by a newer program") {
			t.Errorf("%s with a newer table: %v", what, err)
		}
	}
	exec(t, location, "DELETE FROM patchbay_migrations WHERE version_id > 0")
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "open the store") {
		t.Errorf("Check of an older table: %v", err)
	}
}
