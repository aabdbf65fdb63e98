package jsonrpc

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A person is a registered class.
type person struct {
	Name   string
	Born   time.Time
	Tags   []string
	Photo  []byte  `patchbay:"photo,omitempty"`
	Friend *person `patchbay:"friend,omitempty"`
}

var longText = strings.Repeat("x", 1500)

// services offers the methods that the transcripts call: those of the specification's examples without a service, and ours.
func services() *core.ServiceMapper {
	return core.NewServiceMapper(specification(), example(),
		core.NewService("secure").Secure().Map("secret", core.Func0(func(context.Context) (string, error) { return "secret for you", nil })))
}

func specification() *core.Service {
	sum := func(_ context.Context, n []float64) (total float64, _ error) {
		for _, x := range n {
			total += x
		}
		return total, nil
	}
	nothing := func(context.Context, []any) (struct{}, error) { return struct{}{}, nil }
	return core.NewService("").
		Map("subtract", core.Func2(func(_ context.Context, a, b float64) (float64, error) { return a - b, nil }, "minuend", "subtrahend")).
		Map("sum", core.FuncRest(sum)).
		Map("update", core.FuncRest(nothing)).
		Map("notify_hello", core.FuncRest(nothing)).
		Map("notify_sum", core.FuncRest(nothing)).
		Map("get_data", core.Func0(func(context.Context) ([]any, error) { return []any{"hello", 5}, nil }))
}

func example() *core.Service {
	s := core.NewService("example").
		Map("echo", core.Func(func(_ context.Context, v any) (any, error) { return v, nil }, "x")).
		Map("add", core.Func2(func(_ context.Context, a, b int64) (int64, error) { return a + b, nil }, "a", "b").Describe("The sum of two integers.")).
		Map("nothing", core.Func0(func(context.Context) (struct{}, error) { return struct{}{}, nil })).
		Map("keep", core.Func(func(_ context.Context, p *person) (*person, error) { return p, nil }, "p")).
		Map("forward", core.Func2(func(_ context.Context, a, b value.Late) ([]value.Late, error) { return []value.Late{b, a, b}, nil }, "a", "b")).
		Map("countdown", core.Stream(func(context.Context, int32) iter.Seq2[int32, error] {
			return func(yield func(int32, error) bool) { _ = yield(1, nil) && yield(0, nil) }
		}, "n")).
		Map("raw", &core.Target{Handler: func(context.Context, *core.Call) (any, error) { return "raw", nil }}).
		Map("whoami", &core.Target{Handler: whoami}).
		Map("ask", core.Func(ask, "method")).
		Map("sessionSet", core.Func2(sessionSet, "key", "value")).
		Map("sessionGet", core.Func(sessionGet, "key"))
	for name, result := range map[string]any{
		"undefined": value.Undefined, "nan": math.NaN(), "big": new(big.Int).Lsh(big.NewInt(1), 100), "largest": uint64(math.MaxUint64),
		"date": time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC), "bytes": []byte("\x00\xff"), "cycle": cycle(), "long": longText,
	} {
		s.Map(name, core.Func0(func(context.Context) (any, error) { return result, nil }))
	}
	for name, err := range faults() {
		s.Map(name, core.Func0(func(context.Context) (any, error) { return nil, err }))
	}
	return s
}

// faults are errors as targets return them, by the name of the method that does.
func faults() map[string]error {
	all := map[string]error{
		"fail":     core.Failed.Errorf("deliberate failure"),
		"secretly": errors.New("the password of the database is hunter2"),
		"detailed": core.Invalid.Errorf("the age is wrong").WithDetail(map[string]any{"age": -1}),
		"named":    core.Failed.Errorf("no more seats").WithName("seats.none"),
		"both":     core.Failed.Errorf("no more seats").WithName("seats.none").WithDetail(0),
		"absurd":   core.Failed.Errorf("not a number").WithDetail(math.NaN()),
	}
	for _, code := range core.Codes() {
		all[fmt.Sprintf("code%d", code)] = &core.Fault{Code: code}
	}
	return all
}

func cycle() any {
	m := map[string]any{}
	m["self"] = m
	return m
}

// ask calls its caller.
func ask(ctx context.Context, method string) (answer any, err error) {
	back := core.CallFrom(ctx).Back
	if back == nil {
		return nil, core.Failed.Errorf("nobody to ask")
	}
	err = back.Call(ctx, method, nil, &answer)
	return answer, err
}

func whoami(_ context.Context, call *core.Call) (any, error) {
	if p := call.Principal(); p != nil {
		return p.Name, nil
	}
	return nil, nil
}

func sessionSet(ctx context.Context, key string, v any) (struct{}, error) {
	client, err := core.CallFrom(ctx).Session(ctx)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, client.Set(ctx, key, v)
}

func sessionGet(ctx context.Context, key string) (any, error) {
	client := core.CallFrom(ctx).Client
	if client == nil {
		return nil, nil
	}
	v, _, err := client.Get(ctx, key)
	return v, err
}

// newSet returns a set that has all of services and logs to the test.
func newSet(t testing.TB, opts *Options, limits value.Limits) *core.ChannelSet {
	t.Helper()
	return newSetOf(t, services(), opts, limits)
}

func newSetOf(t testing.TB, services *core.ServiceMapper, opts *Options, limits value.Limits) *core.ChannelSet {
	t.Helper()
	registry := value.NewRegistry()
	registry.Register("example.Person", person{})
	store := memory.New(nil)
	t.Cleanup(func() { _ = store.Close() })
	set := core.NewChannelSet(services, store, &core.Options{
		Registry:     registry,
		Secret:       []byte("a secret of the tests"),
		Authenticate: authenticate,
		Limits:       core.Limits{Value: limits},
		Logger:       slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	for _, d := range destinations() {
		set.AddDestination(d)
	}
	return set.Map(&core.Channel{Name: "rpc", Endpoint: New(opts)})
}

func destinations() []*core.Destination {
	return []*core.Destination{
		{Name: "messages"},
		{Name: "chat", Replay: true, NoSubtopics: true},
		{Name: "members", Publish: core.Access{Roles: []string{"editor"}}, Subscribe: core.Access{Secure: true}},
	}
}

func authenticate(_ context.Context, c core.Credentials) (*core.Principal, error) {
	switch c {
	case core.Credentials{User: "correct", Password: "correct"}:
		return &core.Principal{Name: c.User}, nil
	case core.Credentials{User: "unlucky", Password: "correct"}:
		return nil, errors.New("the directory at 192.0.2.7 does not answer")
	}
	return nil, nil
}

// A reply records what an endpoint sends.
type reply struct {
	header http.Header
	units  []string
	refuse *core.Fault
}

func (r *reply) Header() http.Header { return r.header }

func (r *reply) Send(_ context.Context, unit []byte) error {
	r.units = append(r.units, string(unit))
	return nil
}

func (r *reply) Refuse(_ context.Context, f *core.Fault) error {
	r.refuse = f
	return nil
}

// post serves one unit and returns what came back: "" for nothing.
func post(t testing.TB, set *core.ChannelSet, header http.Header, unit string) (string, http.Header) {
	t.Helper()
	r := &reply{header: http.Header{}}
	in := &core.Inbound{Peer: core.Peer{Transport: "http", Addr: "192.0.2.1:1234", Header: header}, Unit: []byte(unit), Reply: r}
	if err := set.Serve(t.Context(), "rpc", in); err != nil {
		t.Errorf("serve %s: %v", unit, err)
	}
	if r.refuse != nil {
		t.Errorf("serve %s: refused: %v", unit, r.refuse)
	}
	switch len(r.units) {
	case 0:
		return "", r.header
	case 1:
		return r.units[0], r.header
	}
	t.Errorf("serve %s: %d units came back, want at most one", unit, len(r.units))
	return "", nil
}
