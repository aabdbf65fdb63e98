//go:build peers

package postgres_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/sql/postgres"
	"github.com/patchbay-go/patchbay/tests/process"
	"github.com/patchbay-go/patchbay/tests/servers"
)

func openBus(t testing.TB, url string, opts *postgres.BusOptions) *postgres.Bus {
	t.Helper()
	b, err := postgres.OpenBus(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// ear returns a channel of what a bus tells.
func ear(b *postgres.Bus) <-chan core.Notice {
	heard := make(chan core.Notice, 100_000)
	b.Subscribe(func(n core.Notice) { heard <- n })
	return heard
}

// mustHear fails unless the notice comes, after others or not.
func mustHear(t *testing.T, heard <-chan core.Notice, want core.Notice) {
	t.Helper()
	for late := time.After(10 * time.Second); ; {
		select {
		case n := <-heard:
			if n == want {
				return
			}
		case <-late:
			t.Fatalf("%+v was not heard", want)
		}
	}
}

// TestBus: notices reach all others, whatever they name; what is no notice reaches nobody.
func TestBus(t *testing.T) {
	url := servers.PostgresURL(servers.Run(t, servers.PostgreSQL(false)))
	a, b := openBus(t, url, nil), openBus(t, url, nil)
	other := openBus(t, url, &postgres.BusOptions{Channel: "Another one"})
	heard, elsewhere := ear(b), ear(other)
	notices := []core.Notice{
		{Realm: "realm1", Destination: "news", Shard: 3, Number: 1<<64 - 1},
		{Realm: "realm1", Connection: "handle/channel"},
		{Realm: "re\x00alm\xff'\"", Destination: strings.Repeat("d", 5000)},
	}
	exec(t, url, "NOTIFY patchbay_bus", "NOTIFY patchbay_bus, 'nonsense'", "NOTIFY patchbay_bus, '[]'")
	for _, n := range notices {
		if err := a.Publish(t.Context(), n); err != nil {
			t.Errorf("%+v: %v", n, err)
		}
	}
	for range notices {
		n := <-heard
		found := false
		for _, want := range notices {
			found = found || n == want
		}
		if !found {
			t.Errorf("heard %+v", n)
		}
	}
	if err := a.Publish(t.Context(), core.Notice{Destination: strings.Repeat("d", 7000)}); err == nil {
		t.Error("a notice that PostgreSQL does not take is published")
	}
	if len(elsewhere) > 0 {
		t.Errorf("another channel heard %+v", <-elsewhere)
	}
}

// TestBusWhileTheServerIsAway: publishing does not wait and has an end to what it keeps; what was published last of each log is told when the
// server is back; and it is logged once that it went and came.
func TestBusWhileTheServerIsAway(t *testing.T) {
	server := servers.Run(t, servers.PostgreSQL(false))
	var log process.Log
	a := openBus(t, servers.PostgresURL(server), &postgres.BusOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	b := openBus(t, servers.PostgresURL(server), nil)
	heard := ear(b)
	server.Kill()
	start := time.Now()
	refused := 0
	for i := range 30_000 {
		if a.Publish(t.Context(), core.Notice{Destination: fmt.Sprint(i), Number: 7}) != nil {
			refused++
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("publishing took %s", took)
	}
	if refused < 5_000 { // 10,000 wait, and about as many may be on their way to nowhere
		t.Errorf("%d of 30,000 notices were refused", refused)
	}
	for number := range uint64(100) {
		_ = a.Publish(t.Context(), core.Notice{Destination: "0", Number: 100 - number})
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	// b may listen again later than a sends.
	for late := time.Now().Add(20 * time.Second); len(heard) == 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("nothing was heard after the restart")
		}
		_ = a.Publish(t.Context(), core.Notice{Destination: "0", Number: 100})
	}
	mustHear(t, heard, core.Notice{Destination: "0", Number: 100})
	_ = a.Close()
	if text := log.String(); strings.Count(text, "trouble") > 2 || !strings.Contains(text, "well again") {
		t.Errorf("logged:\n%s", text)
	}
	if err := a.Publish(t.Context(), core.Notice{}); err == nil {
		t.Error("a closed bus publishes")
	}
}
