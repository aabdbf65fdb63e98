package cloudrun_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/cloudrun"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func newPush(t testing.TB, set *core.ChannelSet, opts cloudrun.PushOptions) *cloudrun.Push {
	t.Helper()
	if opts.Destination == "" {
		opts.Destination = "orders"
	}
	if opts.Logger == nil {
		opts.Logger = silent
	}
	p, err := cloudrun.NewPush(t.Context(), set, &opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// push pushes a body with headers, pairs of names and values, and returns the answer.
func push(t testing.TB, p http.Handler, body string, headers ...string) (status int, text string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/push", strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// Nobody publishes without a token of Google's for this audience and by this account.
func TestTokens(t *testing.T) {
	s, other := newSigner(t), newSigner(t)
	good := s.token(t, "RS256", "k1", nil)
	parts := strings.Split(good, ".")
	hour := func(n int64) int64 { return claims(nil)["iat"].(int64) + n*3600 }
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"right", []string{"Authorization", "Bearer " + good}, 204},
		{"right, the other issuer", []string{"Authorization", "bearer " + s.token(t, "RS256", "k1", claim{"iss": "accounts.google.com"})}, 204},
		{"right, clocks differ", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"iat": hour(0) + 30})}, 204},

		{"none", nil, 401},
		{"empty", []string{"Authorization", ""}, 401},
		{"two", []string{"Authorization", "Bearer " + good, "Authorization", "Bearer x"}, 401},
		{"another scheme", []string{"Authorization", "Basic " + good}, 401},
		{"not in its header", []string{"X-Serverless-Authorization", "Bearer " + good, "X-Goog-Authenticated-User-Email", account}, 401},
		{"no token", []string{"Authorization", "Bearer x"}, 401},
		{"endless", []string{"Authorization", "Bearer " + strings.Repeat("x", 10_000)}, 401},
		{"another audience", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"aud": "https://other.example"})}, 401},
		{"no audience", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"aud": nil})}, 401},
		{"several audiences", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"aud": []string{audience}})}, 401},
		{"another issuer", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"iss": "https://accounts.google.com.example"})}, 401},
		{"no issuer", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"iss": nil})}, 401},
		{"another account", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"email": "x" + account})}, 401},
		{"no account", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"email": nil})}, 401},
		{"an account that is not verified", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"email_verified": false})}, 401},
		{"an account of which that is not said", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"email_verified": nil})}, 401},
		{"verified in words", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"email_verified": "true"})}, 401},
		{"expired", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"iat": hour(-3), "exp": hour(-2)})}, 401},
		{"never expires", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"exp": nil})}, 401},
		{"from the future", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"iat": hour(1), "exp": hour(2)})}, 401},
		{"never issued", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"iat": nil})}, 401},
		{"not yet", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k1", claim{"nbf": hour(1)})}, 401},
		{"another's key", []string{"Authorization", "Bearer " + other.token(t, "RS256", "k1", nil)}, 401},
		{"a key that is not known", []string{"Authorization", "Bearer " + s.token(t, "RS256", "k2", nil)}, 401},
		{"algorithm none", []string{"Authorization", "Bearer " + s.token(t, "none", "k1", nil)}, 401},
		{"algorithm HS256", []string{"Authorization", "Bearer " + s.token(t, "HS256", "k1", nil)}, 401},
		{"algorithm ES256", []string{"Authorization", "Bearer " + s.token(t, "ES256", "c1", nil)}, 401},
		{"algorithm ES256, a signature that is short", []string{"Authorization", "Bearer " + strings.TrimRight(s.token(t, "ES256", "c1", nil), "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") + "AA"}, 401},
		{"claims of another token", []string{"Authorization", "Bearer " + parts[0] + "." + strings.Split(s.token(t, "RS256", "k1", claim{"sub": "1"}), ".")[1] + "." + parts[2]}, 401},
		{"no signature", []string{"Authorization", "Bearer " + parts[0] + "." + parts[1] + "."}, 401},
		{"a part more", []string{"Authorization", "Bearer " + good + ".x"}, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := newSet(t, nil)
			p := newPush(t, set, cloudrun.PushOptions{Audience: audience, Account: account, HTTPClient: &http.Client{Transport: s}})
			got, text := push(t, p, wrapped("1", `"x"`, nil), c.headers...)
			messages := len(published(t, set))
			if got != c.want || (messages == 1) != (c.want == 204) {
				t.Errorf("got %d and %d messages, want %d", got, messages, c.want)
			}
			if got == 401 && text != "Unauthorized\n" {
				t.Errorf("the answer says %q", text)
			}
			if stats := p.Stats(); stats.Refused != uint64(1-messages) {
				t.Errorf("got %+v", stats)
			}
		})
	}
}

// Google's keys are asked for once, however many tokens come, forged ones included.
func TestKeysAreKept(t *testing.T) {
	s := newSigner(t)
	p := newPush(t, newSet(t, nil), cloudrun.PushOptions{Audience: audience, Account: account, HTTPClient: &http.Client{Transport: s}})
	for _, kid := range []string{"k1", "k2", "k3", "k1"} {
		push(t, p, wrapped("1", `"x"`, nil), "Authorization", "Bearer "+s.token(t, "RS256", kid, nil))
	}
	if s.asked != 1 {
		t.Errorf("keys were asked for %d times, want once", s.asked)
	}
}

// All forms in which a message comes.
func TestForms(t *testing.T) {
	const id = "X-Goog-Pubsub-Message-Id"
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, c := range []struct {
		name    string
		opts    cloudrun.PushOptions
		body    string
		headers []string
		want    any
		id      string
		message map[string]any // headers that it must have
		poison  bool
	}{
		{name: "wrapped", body: wrapped("7", `{"a":"b"}`, map[string]string{"h": "v"}), want: map[string]any{"a": "b"}, id: "7", message: map[string]any{"h": "v"}},
		{name: "wrapped, one spelling", body: `{"message":{"messageId":"7","data":"InhAIg=="}}`, want: "x@", id: "7"},
		{name: "wrapped, the other spelling", body: `{"message":{"message_id":"7","data":"InhAIg=="}}`, want: "x@", id: "7"},
		{name: "wrapped, as it is", opts: cloudrun.PushOptions{AsIs: true}, body: wrapped("7", `{"a"`, nil), want: `{"a"`, id: "7"},
		{name: "without a wrapper", body: `{"a":"b"}`, headers: append(form, id, "7", "X-Goog-Pubsub-Ordering-Key", "k"), want: map[string]any{"a": "b"}, id: "7"},
		{name: "without a wrapper, attributes that were asked for", opts: cloudrun.PushOptions{Headers: []string{"shop"}}, body: `1`,
			headers: append(form, id, "7", "Shop", "s", "X-Forwarded-For", "192.0.2.1"), want: 1.0, id: "7", message: map[string]any{"shop": "s", "x-forwarded-for": nil}},
		{name: "without a wrapper, bridged", body: `"x"`,
			headers: append(form, id, "7", "Patchbay-Id", "M", "Patchbay-Subtopic", "a", "Patchbay-Content-Type", "text/plain; charset=utf-8", "Patchbay-Via", "there"),
			want:    `"x"`, id: "M", message: map[string]any{"patchbay-via": "there"}},
		{name: "a wrapper that looks like one but is the message", body: wrapped("1", "x", nil), headers: []string{id, "7"}, id: "7", want: nil},
		{name: "an event", body: `{"bucket":"b"}`, headers: []string{"Ce-Specversion", "1.0", "Ce-Id", "e", "Ce-Source", "s", "Ce-Type", "google.cloud.storage.object.v1.finalized", "Ce-Subject", "objects/x"},
			want: map[string]any{"bucket": "b"}, id: "ce-78d5cb9a3a5dd3a0c1e32f0d4e4b7bb2", message: map[string]any{"ce-subject": "objects/x", "ce-type": "google.cloud.storage.object.v1.finalized"}},
		{name: "an event of Pub/Sub", body: wrapped("7", `"x"`, nil), headers: []string{"Ce-Specversion", "1.0", "Ce-Id", "e", "Ce-Source", "s", "Ce-Type", "google.cloud.pubsub.topic.v1.messagePublished"}, want: "x", id: "7"},

		{name: "an event without an id", body: `1`, headers: []string{"Ce-Specversion", "1.0", "Ce-Source", "s"}, poison: true},
		{name: "no id", body: `{"message":{"data":"MQ=="}}`, poison: true},
		{name: "an endless id", body: wrapped(strings.Repeat("7", 300), "1", nil), poison: true},
		{name: "no base64", body: `{"message":{"messageId":"7","data":"*"}}`, poison: true},
		{name: "no message", body: `{"a":1}`, poison: true},
		{name: "no JSON", body: `{`, poison: true},
		{name: "nothing", body: ``, poison: true},
		{name: "a message that is no JSON", body: wrapped("7", "{", nil), poison: true},
		{name: "more than may be", opts: cloudrun.PushOptions{MaxBytes: 10}, body: wrapped("7", `"123456789"`, nil), poison: true},
		{name: "much more than may be", opts: cloudrun.PushOptions{MaxBytes: 10}, body: wrapped("7", `"`+strings.Repeat("x", 2<<20)+`"`, nil), poison: true},
		{name: "more than the destination takes", body: wrapped("7", `"`+strings.Repeat("x", 200_000)+`"`, nil), poison: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := newSet(t, nil)
			c.opts.Open = true
			p := newPush(t, set, c.opts)
			status, _ := push(t, p, c.body, c.headers...)
			all := published(t, set)
			if c.poison {
				if status != 204 || len(all) != 0 || p.Stats().Poison != 1 {
					t.Errorf("got %d, %d messages, %+v", status, len(all), p.Stats())
				}
				return
			}
			if status != 204 || len(all) != 1 {
				t.Fatalf("got %d and %d messages", status, len(all))
			}
			if c.want != nil {
				if diff := cmp.Diff(c.want, body(t, all[0])); diff != "" {
					t.Errorf("body (-want +got):\n%s", diff)
				}
			}
			if !strings.HasPrefix(all[0].ID, c.id[:min(len(c.id), 3)]) || !strings.HasPrefix(c.id, "ce-") && all[0].ID != c.id {
				t.Errorf("id: got %q, want %q", all[0].ID, c.id)
			}
			for name, want := range c.message {
				if got := all[0].Headers[name]; got != want {
					t.Errorf("header %s: got %v, want %v", name, got, want)
				}
			}
		})
	}
}

// What is pushed again is one message, by any pusher with a token; what is not the same is two.
func TestReplays(t *testing.T) {
	set := newSet(t, nil)
	p := newPush(t, set, cloudrun.PushOptions{Open: true})
	for _, id := range []string{"1", "2", "1", "1", "2"} {
		if status, _ := push(t, p, wrapped(id, `"`+id+`"`, nil)); status != 204 {
			t.Errorf("got %d", status)
		}
	}
	event := []string{"Ce-Specversion", "1.0", "Ce-Id", "e", "Ce-Source", "s"}
	push(t, p, `"3"`, event...)
	push(t, p, `"3"`, event...)
	push(t, p, `"3"`, "Ce-Specversion", "1.0", "Ce-Id", "e", "Ce-Source", "another")
	var got []any
	for _, m := range published(t, set) {
		got = append(got, body(t, m))
	}
	if diff := cmp.Diff([]any{"1", "2", "3", "3"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What was bridged out from here does not come in again.
func TestNoRing(t *testing.T) {
	set := newSet(t, nil)
	p := newPush(t, set, cloudrun.PushOptions{Open: true, Origin: "here"})
	push(t, p, wrapped("1", `{"patchbay":1,"id":"M","destination":"orders","body":1,"via":["here"]}`, nil))
	if all := published(t, set); len(all) != 0 || p.Stats().Dropped != 1 {
		t.Errorf("got %d messages, %+v", len(all), p.Stats())
	}
}

// failing is a store that takes nothing.
type failing struct{ core.Store }

func (failing) Create(context.Context, core.Item) (uint64, error) {
	return 0, errors.New("secret of the store")
}

// Only what stands is acknowledged.
func TestFailures(t *testing.T) {
	t.Run("the store", func(t *testing.T) {
		set := core.NewChannelSet(core.NewServiceMapper(), failing{memory.New(nil)}, &core.Options{Logger: silent})
		t.Cleanup(func() { _ = set.Close() })
		set.AddDestination(&core.Destination{Name: "orders"})
		p := newPush(t, set, cloudrun.PushOptions{Open: true, Timeout: 100_000_000})
		if status, text := push(t, p, wrapped("1", "1", nil)); status != 503 || text != "Service Unavailable\n" {
			t.Errorf("got %d %q", status, text)
		}
	})
	t.Run("the way", func(t *testing.T) {
		p := newPush(t, newSet(t, nil), cloudrun.PushOptions{Open: true})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/push", io.MultiReader(strings.NewReader(`{"mess`), broken{}))
		w := httptest.NewRecorder()
		if p.ServeHTTP(w, r); w.Code != 503 {
			t.Errorf("got %d", w.Code)
		}
	})
	t.Run("the method", func(t *testing.T) {
		p := newPush(t, newSet(t, nil), cloudrun.PushOptions{Open: true})
		w := httptest.NewRecorder()
		if p.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/push", http.NoBody)); w.Code != 405 {
			t.Errorf("got %d", w.Code)
		}
	})
	t.Run("poison to a dead-letter topic", func(t *testing.T) {
		var log logged
		p := newPush(t, newSet(t, nil), cloudrun.PushOptions{Open: true, RefusePoison: true, Logger: slog.New(cloudrun.NewLogHandler(&log, nil))})
		if status, text := push(t, p, wrapped("13", "{", nil)); status != 400 || text != "Bad Request\n" {
			t.Errorf("got %d %q", status, text)
		}
		lines := log.lines(t)
		if len(lines) != 1 || lines[0]["severity"] != "ERROR" || lines[0]["id"] != "13" {
			t.Errorf("logged %v", lines)
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestNewPushRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		opts cloudrun.PushOptions
		want string
	}{
		{"no audience", cloudrun.PushOptions{Destination: "orders", Account: account}, "audience"},
		{"no account", cloudrun.PushOptions{Destination: "orders", Audience: audience}, "account"},
		{"open, and not", cloudrun.PushOptions{Destination: "orders", Audience: audience, Open: true}, "open"},
		{"no destination", cloudrun.PushOptions{Open: true}, "no destination"},
		{"none of the set's", cloudrun.PushOptions{Open: true, Destination: "orders", Destinations: []string{"nosuch"}}, "nosuch"},
		{"a name that is none", cloudrun.PushOptions{Open: true, Destination: "orders", Origin: "a,b"}, "a,b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := cloudrun.NewPush(t.Context(), newSet(t, nil), &c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to name %q", err, c.want)
			}
		})
	}
}

// Whatever is pushed, it is acknowledged or was not taken, and nothing panics.
func FuzzPush(f *testing.F) {
	f.Add(wrapped("1", `{"a":1}`, map[string]string{"a": "b"}), "Ce-Type", "x", false)
	f.Add(`{"a":1}`, "X-Goog-Pubsub-Message-Id", "1", true)
	f.Add(`{"a":1}`, "Ce-Specversion", "1.0", true)
	f.Fuzz(func(t *testing.T, body, name, text string, second bool) {
		set := newSet(t, nil)
		p := newPush(t, set, cloudrun.PushOptions{Open: true})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/push", strings.NewReader(body))
		r.Header[http.CanonicalHeaderKey(name)] = []string{text}
		if second {
			r.Header["Ce-Id"], r.Header["Ce-Source"] = []string{"e"}, []string{"s"}
		}
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if stats := p.Stats(); w.Code != 204 || stats.Poison+stats.Published+stats.Dropped != 1 || int(stats.Published) != len(published(t, set)) {
			t.Errorf("got %d, %+v", w.Code, stats)
		}
	})
}
