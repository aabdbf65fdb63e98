//go:build peers

package redis_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/patchbay-go/patchbay/adapters/redis"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// open opens a bus that ends with the test.
func open(t testing.TB, url string, o *redis.Options) *redis.Bus {
	t.Helper()
	b, err := redis.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// a is a notice of a log.
func a(number uint64) core.Notice {
	return core.Notice{Realm: "realm1", Destination: "news", Number: number}
}

// ear hears and can wait for what it wants to hear.
type ear struct{ heard chan core.Notice }

func listen(t testing.TB, b *redis.Bus) *ear {
	t.Helper()
	e := &ear{heard: make(chan core.Notice, 10_000)}
	t.Cleanup(b.Subscribe(func(n core.Notice) { e.heard <- n }))
	return e
}

// hears fails unless a notice comes, whatever comes before.
func (e *ear) hears(t testing.TB, want core.Notice) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case got := <-e.heard:
			if got == want {
				return
			}
		case <-late:
			t.Fatalf("%+v was not heard", want)
		}
	}
}

func publish(t testing.TB, b *redis.Bus, n core.Notice) {
	t.Helper()
	if err := b.Publish(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}

// goesOn publishes until it is heard, since what Redis did not take is lost.
func (e *ear) goesOn(t testing.TB, b *redis.Bus, number uint64) {
	t.Helper()
	for range 2000 {
		number++
		publish(t, b, a(number))
		select {
		case n := <-e.heard:
			if n.Number >= number-1 {
				return
			}
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatal("the bus does not work again")
}

func TestBus(t *testing.T) {
	url := "redis://" + servers.Run(t, servers.Redis()).Address
	here, elsewhere := open(t, url, nil), open(t, url, nil)
	t.Run("several hear, one's own instance too", func(t *testing.T) {
		ears := []*ear{listen(t, here), listen(t, here), listen(t, elsewhere)}
		to := core.Notice{Realm: "realm1", Connection: "handle/channel"}
		for _, n := range []core.Notice{a(1), to, {Realm: "r", Destination: "d", Shard: 7, Number: 1 << 63}} {
			publish(t, here, n)
			for _, e := range ears {
				e.hears(t, n)
			}
		}
	})
	t.Run("nobody hears who has canceled", func(t *testing.T) {
		cancel := here.Subscribe(func(n core.Notice) { t.Errorf("heard %+v", n) })
		cancel()
		other := listen(t, here)
		publish(t, elsewhere, a(2))
		other.hears(t, a(2))
	})
	t.Run("another prefix is another bus", func(t *testing.T) {
		apart := open(t, url, &redis.Options{Prefix: "apart"})
		there, third := listen(t, apart), listen(t, elsewhere)
		publish(t, here, a(3))
		third.hears(t, a(3))
		publish(t, apart, a(4))
		there.hears(t, a(4))
		if got := apart.Stats(); got.Heard != 1 {
			t.Errorf("the bus apart heard %d notices, want its own", got.Heard)
		}
	})
	t.Run("what others send is ignored and counted", func(t *testing.T) { testHostile(t, url, here) })
	t.Run("the last word before the end", func(t *testing.T) {
		e, last := listen(t, here), open(t, url, nil)
		publish(t, last, a(99))
		if err := last.Close(); err != nil {
			t.Fatal(err)
		}
		e.hears(t, a(99))
		if err := last.Publish(t.Context(), a(100)); !errors.Is(err, redis.ErrClosed) {
			t.Errorf("publish after close: %v, want ErrClosed", err)
		}
	})
}

func testHostile(t *testing.T, url string, b *redis.Bus) {
	t.Helper()
	settings, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	stranger := goredis.NewClient(settings)
	defer func() { _ = stranger.Close() }()
	before, e := b.Stats(), listen(t, b)
	payloads := []any{"", "hello", "\x02", "\x01\xff\xff\xff\xff", strings.Repeat("x", 1<<20)}
	for _, payload := range payloads {
		if err := stranger.Publish(t.Context(), "patchbay:notices", payload).Err(); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, b, a(5))
	e.hears(t, a(5))
	if got := b.Stats().Ignored - before.Ignored; got != uint64(len(payloads)) {
		t.Errorf("%d payloads were ignored, want %d", got, len(payloads))
	}
}

// TestOpen: what is wrong is said at once, with what to do, and without the password.
func TestOpen(t *testing.T) {
	certificate, key, trusted := testCertificate(t)
	plain := servers.Run(t, servers.Redis("--requirepass", "right-password",
		"--user", "deaf", "on", ">right-password", "resetchannels", "+@all")).Address
	encrypted := servers.Run(t, servers.RedisTLS(certificate, key, "--requirepass", "right-password")).Address
	for _, c := range []struct{ name, url, want string }{
		{"nobody there", "redis://:right-password@127.0.0.1:1", "is it running"},
		{"no password", "redis://" + plain, "give the user and the password"},
		{"a wrong password", "redis://:wrong-password@" + plain, "give the user and the password"},
		{"a user that may not", "redis://deaf:right-password@" + plain, "allow the user this channel"},
		{"TLS where there is none", "rediss://:right-password@" + plain, "it is redis://"},
		{"no TLS where there is one", "redis://:right-password@" + encrypted, "it is rediss://"},
		{"an unknown certificate", "rediss://:right-password@" + encrypted, "not trusted"},
		{"another scheme", "http://:right-password@" + plain, "want redis://"},
		{"no URL", "redis://:right-password@127.0.0.1:port", "want redis://"},
		{"no database", "redis://:right-password@" + plain + "/x", "want redis://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := redis.Open(t.Context(), c.url, nil)
			if err == nil {
				t.Fatal("opened", b.Close())
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "right-password") || strings.Contains(err.Error(), "wrong-password") {
				t.Errorf("the error is %q, want %q in it and no password", err, c.want)
			}
		})
	}
	for name, url := range map[string]string{"password": "redis://:right-password@" + plain, "TLS": "rediss://:right-password@" + encrypted} {
		t.Run(name, func(t *testing.T) {
			b := open(t, url, &redis.Options{TLS: trusted})
			e := listen(t, b)
			publish(t, b, a(1))
			e.hears(t, a(1))
		})
	}
}

// logged is a log that tests read.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// TestOutages: whether Redis is gone or stands still, publishing goes on at once, the log has a line a spell, and the bus works again
// by itself.
func TestOutages(t *testing.T) {
	server := servers.Run(t, servers.Redis())
	log := &logged{}
	b := open(t, "redis://"+server.Address+"?read_timeout=200ms", &redis.Options{Queue: 100, Logger: slog.New(slog.NewTextHandler(log, nil))})
	e := listen(t, b)
	publish(t, b, a(1))
	e.hears(t, a(1))
	for i, outage := range []struct {
		name       string
		begin, end func() error
	}{
		{"gone", func() error { server.Kill(); return nil }, func() error { return server.Restart(t.Context()) }},
		{"stands still", signal(server, syscall.SIGSTOP), signal(server, syscall.SIGCONT)},
	} {
		t.Run(outage.name, func(t *testing.T) {
			if err := outage.begin(); err != nil {
				t.Fatal(err)
			}
			const notices = 10_000
			start, dropped := time.Now(), b.Stats().Dropped
			for n := range notices {
				publish(t, b, core.Notice{Realm: "realm1", Destination: fmt.Sprint("d", n), Number: 1})
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("%d publishes took %v", notices, took)
			}
			for b.Stats().Dropped-dropped < notices-200 || log.count("publishing notices fails") <= i {
				time.Sleep(10 * time.Millisecond)
			}
			if err := outage.end(); err != nil {
				t.Fatal(err)
			}
			e.goesOn(t, b, 1000*uint64(i+1))
			for log.count("publishing notices works again") <= i {
				e.goesOn(t, b, 1000*uint64(i+1))
			}
		})
	}
	for _, line := range []string{"publishing notices fails", "publishing notices works again", "hearing notices fails"} {
		if got := log.count(line); got > 2 || got == 0 {
			t.Errorf("%q was logged %d times in two outages", line, got)
		}
	}
}

func signal(s *servers.Server, sig syscall.Signal) func() error {
	return func() error {
		p, err := os.FindProcess(s.Process().PID())
		if err != nil {
			return err
		}
		return p.Signal(sig)
	}
}

// TestCloseWhileAway: the end waits for one command and no more.
func TestCloseWhileAway(t *testing.T) {
	server := servers.Run(t, servers.Redis())
	b, err := redis.Open(t.Context(), "redis://"+server.Address+"?read_timeout=500ms", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := signal(server, syscall.SIGSTOP)(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = signal(server, syscall.SIGCONT)() }()
	publish(t, b, a(1))
	start := time.Now()
	for range 2 {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("close took %v", took)
	}
}

// BenchmarkWake is how long a notice takes to another instance.
func BenchmarkWake(b *testing.B) {
	url := "redis://" + servers.Run(b, servers.Redis()).Address
	here, elsewhere := open(b, url, nil), open(b, url, nil)
	e := listen(b, elsewhere)
	var took []time.Duration
	b.ReportAllocs()
	for n := uint64(1); b.Loop(); n++ {
		start := time.Now()
		publish(b, here, a(n))
		e.hears(b, a(n))
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "us/p99")
}
