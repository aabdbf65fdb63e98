package services

import (
	"context"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/wire/amf"
)

var quiet = &Options{Logger: slog.New(slog.DiscardHandler)}

// newSet returns a set that offers the services.
func newSet() *core.ChannelSet {
	return ChannelSet(memory.New(nil), nil, quiet)
}

func invoke(t *testing.T, call *core.Call, target string, args ...any) (any, error) {
	t.Helper()
	call.Service, call.Operation, _ = strings.Cut(target, ".")
	call.Args = core.Values(args...)
	return newSet().Invoke(t.Context(), call)
}

func TestTargets(t *testing.T) {
	born := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, c := range []struct {
		target string
		args   []any
		want   any
		code   core.Code // with want nil
		text   string
	}{
		{target: "example.add", args: []any{1, 2.5}, want: 3.5},
		{target: "ExampleService.add", args: []any{-4, 1}, want: int64(-3)},
		{target: "example.add", args: []any{0.1, 0.2}, want: 0.30000000000000004},
		{target: "example.add", args: []any{int64(9007199254740993), 1.0}, want: int64(9007199254740994)},
		{target: "example.add", args: []any{int64(1 << 62), int64(1 << 62)}, want: new(big.Int).Lsh(big.NewInt(1), 63)},
		{target: "example.add", args: []any{int64(9007199254740993), "x"}, code: core.Invalid, text: "a and b must be numbers."},
		{target: "example.nothing"},
		{target: "example.person", args: []any{"Ann"}, want: &Person{Name: "Ann", Born: born, Tags: []string{"a", "b"}}},
		{target: "example.typeName", args: []any{&Person{}}, want: "example.Person"},
		{target: "example.typeName", args: []any{&Blob{}}, want: "example.Blob"},
		{target: "example.typeName", args: []any{&value.Object{Class: "x.Y"}}, want: "object of class x.Y"},
		{target: "example.typeName", args: []any{"text"}, want: "string"},
		{target: "example.countdown", args: []any{3}, want: "done"},
		{target: "example.countdown", args: []any{-1}, want: "done"},
		{target: "example.countdown", args: []any{1 << 40}, code: core.Invalid, text: "n is 1099511627776, and may be 1000000."},
		{target: "example.fail", code: core.Failed, text: "deliberate failure"},
		{target: "example.raiseException", code: core.Failed, text: "Example Exception"},
		{target: "example.echo", code: core.Invalid, text: `Argument 1, "x", is missing.`},
		{target: "example.sleep", args: []any{-1}, code: core.Invalid, text: "ms is -1, and must be 0 or more milliseconds."},
		{target: "example.sleep", args: []any{1e300}, code: core.Invalid, text: "ms is 1e+300, and must be 0 or more milliseconds."},
		{target: "example.sleep", args: []any{0}, want: "slept"},
		{target: "example.sessionGet", args: []any{"nothing"}},
		{target: "secure.secret", code: core.Unauthenticated, text: "Login required before authorization can proceed."},
	} {
		t.Run(c.target, func(t *testing.T) {
			got, err := invoke(t, &core.Call{}, c.target, c.args...)
			if fault := core.AsFault(err); fault != nil {
				if fault.Code != c.code || fault.Message != c.text {
					t.Errorf("got fault %v, want %v %q", fault, c.code, c.text)
				}
				return
			}
			if c.text != "" {
				t.Fatalf("got %v, want fault %q", got, c.text)
			}
			if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEchoGivesBackWhatCame(t *testing.T) {
	registry := Registry(nil)
	shared := &Person{Name: "Ann", Tags: []string{}}
	args := []any{
		value.Undefined, &value.Vector[int32]{Fixed: true, Items: []int32{1, 2}}, value.Date(1.5), value.XML("<a/>"), shared, shared,
		&value.Dictionary{Weak: true, Entries: []value.Entry{{Key: 1.0, Value: "x"}}}, &Blob{Label: "x", Number: -7, Content: "y"},
	}
	encode := func(v any) []byte {
		t.Helper()
		w := amf.NewWriter(&amf.WriterOptions{Externals: externals(registry)})
		w.BehindMarker() // AMF3
		if err := value.NewEncoder(w, registry, value.Limits{}).Encode(v); err != nil {
			t.Fatal(err)
		}
		return w.Bytes()
	}
	want := encode(args)
	r := amf.NewReader(want, &amf.ReaderOptions{Externals: externals(registry)})
	var list []value.Late
	if err := value.NewDecoder(r, registry, value.Limits{}).Bind(&list); err != nil {
		t.Fatal(err)
	}
	got, err := newSet().Invoke(t.Context(), &core.Call{Service: "example", Operation: "echo", Args: &core.Arguments{Positional: list}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, encode(got)); diff != "" {
		t.Errorf("other bytes came back (-want +got):\n%s", diff)
	}
}

func TestInterimResults(t *testing.T) {
	var interim []any
	call := &core.Call{Progress: func(v any) error { interim = append(interim, v); return nil }}
	if got, err := invoke(t, call, "example.countdown", 3); got != "done" || err != nil {
		t.Errorf("got %v, %v; want done", got, err)
	}
	if diff := cmp.Diff([]any{2, 1, 0}, interim); diff != "" {
		t.Errorf("interim results (-want +got):\n%s", diff)
	}
}

func TestSleepEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if _, err := sleep(ctx, 3.6e6); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("got %v after %v, want the deadline's error after a minute", err, time.Since(began))
		}
	})
}

func TestAuthenticate(t *testing.T) {
	for _, c := range []struct {
		user, password string
		in             bool
	}{{"correct", "correct", true}, {"correct", "wrong", false}, {"wrong", "correct", false}, {"", "", false}} {
		p, err := Authenticate(t.Context(), core.Credentials{User: c.user, Password: c.password})
		if (p != nil) != c.in || err != nil {
			t.Errorf("%s, %s: got %v, %v; want in %v", c.user, c.password, p, err, c.in)
		}
	}
	got, err := invoke(t, &core.Call{Identity: &core.Principal{Name: "correct"}}, "secure.secret")
	if got != "secret for you" || err != nil {
		t.Errorf("secret: got %v, %v", got, err)
	}
}

func TestBasicAuthentication(t *testing.T) {
	req, err := http.NewRequest(http.MethodPost, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("correct", "correct")
	if p, err := newSet().Identify(t.Context(), &core.Peer{Header: req.Header}); p == nil || err != nil {
		t.Errorf("got %v, %v; want a principal", p, err)
	}
}

func TestEveryPlaceHasItsChannel(t *testing.T) {
	set := newSet()
	for path, name := range Paths() {
		if set.Channel(name) == nil {
			t.Errorf("%s: there is no channel %q", path, name)
		}
	}
}
