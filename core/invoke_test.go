package core_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func newSet(t testing.TB, opts *core.Options, services ...*core.Service) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(services...), memory.New(nil), opts)
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	return set
}

// TestOrder: interceptors of the set, of the service, of the target, the checks, then the arguments, then the func; and back.
func TestOrder(t *testing.T) {
	var seen []string
	note := func(name string) core.Interceptor {
		return func(next core.Handler) core.Handler {
			return func(ctx context.Context, call *core.Call) (any, error) {
				seen = append(seen, name)
				if name == "target 2" {
					call.Identity = &core.Principal{Name: "ann"}
				}
				v, err := next(ctx, call)
				seen = append(seen, "after "+name)
				return v, err
			}
		}
	}
	target := core.Func(func(ctx context.Context, a int) (int, error) {
		seen = append(seen, "func for "+core.CallFrom(ctx).Principal().Name)
		return a, nil
	}).Secure()
	service := core.NewService("s", note("service 1"), note("service 2")).Map("op", target, note("target 1"), note("target 2"))
	set := newSet(t, &core.Options{Interceptors: []core.Interceptor{note("set 1"), note("set 2")}}, service)
	args := noting{core.Values(1), func() { seen = append(seen, "arguments") }}
	if _, err := set.Invoke(t.Context(), &core.Call{Service: "s", Operation: "op", Args: args}); err != nil {
		t.Fatal(err)
	}
	down := []string{"set 1", "set 2", "service 1", "service 2", "target 1", "target 2"}
	want := append(slices.Clone(down), "arguments", "func for ann")
	for _, name := range slices.Backward(down) {
		want = append(want, "after "+name)
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// noting are Args that tell when they are bound.
type noting struct {
	core.Args
	told func()
}

func (a noting) Bind(params []core.Param, dst ...any) error {
	a.told()
	return a.Args.Bind(params, dst...)
}

func TestInvokeFaults(t *testing.T) {
	never := core.Func0(func(context.Context) (int, error) { t.Error("the target ran"); return 0, nil })
	fails := core.Func0(func(context.Context) (int, error) { return 0, errors.New("secret reason") })
	panics := core.Func0(func(context.Context) (int, error) { panic("secret panic") })
	secure := func() *core.Target { c := *never; return &c }
	services := []*core.Service{
		core.NewService("").Map("alone", fails),
		core.NewService("s").Map("fails", fails).Map("panics", panics).
			Map("secure", secure().Secure()).Map("staff", secure().Secure("staff", "boss")),
		core.NewService("club").Secure("member").Map("any", secure()).Map("staff", secure().Secure("staff")),
	}
	services = append(services, services[2].As("other club"), services[1].As("vault").Secure())
	guest, member := &core.Principal{Name: "g"}, &core.Principal{Name: "m", Roles: []string{"member"}}
	tests := []struct {
		name, service, operation string
		who                      *core.Principal
		code                     core.Code
		text                     string
		cause                    error
	}{
		{"unknown service", "x", "op", nil, core.NotFound, "The supplied destination id is not registered with any service.", core.ErrNoService},
		{"unknown operation", "s", "op", nil, core.NotFound, "Cannot invoke method 'op'.", core.ErrNoOperation},
		{"unknown operation of the default service", "", "op", nil, core.NotFound, "Cannot invoke method 'op'.", core.ErrNoOperation},
		{"an error", "s", "fails", nil, core.Internal, "", nil},
		{"an error of the default service", "", "alone", nil, core.Internal, "", nil},
		{"a panic", "s", "panics", nil, core.Internal, "", nil},
		{"secure target, nobody", "s", "secure", nil, core.Unauthenticated, "Login required before authorization can proceed.", nil},
		{"role, nobody", "s", "staff", nil, core.Unauthenticated, "Login required before authorization can proceed.", nil},
		{"role, somebody else", "s", "staff", member, core.Denied, "User not authorized to access this destination.", nil},
		{"secure service, nobody", "club", "any", nil, core.Unauthenticated, "Login required before authorization can proceed.", nil},
		{"secure service, no role", "club", "any", guest, core.Denied, "User not authorized to access this destination.", nil},
		{"secure service and target", "club", "staff", member, core.Denied, "User not authorized to access this destination.", nil},
		{"an open service made secure under another name", "vault", "fails", nil, core.Unauthenticated, "Login required before authorization can proceed.", nil},
		{"the same under another name", "other club", "any", guest, core.Denied, "User not authorized to access this destination.", nil},
	}
	var log bytes.Buffer
	set := newSet(t, &core.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))}, services...)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log.Reset()
			_, err := set.Invoke(t.Context(), &core.Call{Service: test.service, Operation: test.operation, Identity: test.who})
			f, ok := errors.AsType[*core.Fault](err)
			if !ok || f.Code != test.code || f.Message != test.text {
				t.Fatalf("got %v, want %v %q", err, test.code, test.text)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("cause of %v is not %v", err, test.cause)
			}
			if got, want := strings.Contains(log.String(), "secret"), test.code == core.Internal; got != want {
				t.Errorf("reason in the log: %t, want %t: %s", got, want, log.String())
			}
			if got, want := strings.Contains(log.String(), "invoke_test.go"), test.operation == "panics"; got != want {
				t.Errorf("stack in the log: %t, want %t", got, want)
			}
		})
	}
}

// TestInterceptorPanics: the outer ones see what befell the inner, and the caller gets a fault whoever panics.
func TestInterceptorPanics(t *testing.T) {
	var saw error
	outer := func(next core.Handler) core.Handler {
		return func(ctx context.Context, call *core.Call) (v any, err error) {
			if call.Operation == "outer" {
				panic("outer")
			}
			v, saw = next(ctx, call)
			return v, saw
		}
	}
	inner := func(core.Handler) core.Handler {
		return func(context.Context, *core.Call) (any, error) { panic("inner") }
	}
	target := core.Func0(func(context.Context) (int, error) { return 1, nil })
	set := newSet(t, &core.Options{Interceptors: []core.Interceptor{outer}}, core.NewService("s", inner).Map("inner", target).Map("outer", target))
	for _, operation := range []string{"inner", "outer"} {
		if _, err := set.Invoke(t.Context(), &core.Call{Service: "s", Operation: operation}); core.AsFault(err) == nil {
			t.Errorf("%s: no fault", operation)
		}
	}
	if saw == nil {
		t.Error("the outer interceptor saw no error of the inner one")
	}
}

func TestInvokeTarget(t *testing.T) {
	intercepted := 0
	count := func(next core.Handler) core.Handler {
		return func(ctx context.Context, call *core.Call) (any, error) { intercepted++; return next(ctx, call) }
	}
	set := newSet(t, &core.Options{Interceptors: []core.Interceptor{count}})
	set.Services().MapHeader("My-Header", core.Func(func(_ context.Context, v string) (string, error) { return "first " + v, nil }))
	set.Services().MapHeader("my-header", core.Func(func(_ context.Context, v string) (string, error) { return "second " + v, nil }))
	set.Services().MapCommand(77, core.Func0(func(context.Context) (int, error) { return 77, nil }).Secure())

	got, err := set.InvokeTarget(t.Context(), set.Services().Header("MY-HEADER"), &core.Call{Args: core.Values("v")})
	if got != "second v" || err != nil || intercepted != 1 {
		t.Errorf("header: %v, %v, %d interceptions", got, err, intercepted)
	}
	_, err = set.InvokeTarget(t.Context(), set.Services().Command(77), &core.Call{})
	if f := core.AsFault(err); f == nil || f.Code != core.Unauthenticated {
		t.Errorf("secure command: %v", err)
	}
	if set.Services().Command(78) != nil || set.Services().Header("other") != nil {
		t.Error("a handler where there is none")
	}
}

func TestMapperLists(t *testing.T) {
	target := core.Func0(func(context.Context) (int, error) { return 0, nil })
	mapper := core.NewServiceMapper(core.NewService("b").Map("z", target).Map("a", target), core.NewService(""), core.NewService("a"))
	var names []string
	for _, s := range mapper.Services() {
		names = append(names, s.Name())
		for _, operation := range s.Operations() {
			names = append(names, s.Name()+"."+operation)
		}
	}
	if diff := cmp.Diff([]string{"", "a", "b", "b.a", "b.z"}, names); diff != "" {
		t.Errorf("services and operations (-want +got):\n%s", diff)
	}
	if mapper.Service("b").Target("z") != target || mapper.Service("b").Target("y") != nil {
		t.Error("Target does not give what was mapped")
	}
}

// An observer writes down what it is told.
type observer struct {
	calls []string
	verbs []string
}

func (o *observer) CallStarted(ctx context.Context, call *core.Call) (context.Context, func(*core.Fault)) {
	return ctx, func(f *core.Fault) {
		outcome := "good"
		if f != nil {
			outcome = f.Code.String()
		}
		o.calls = append(o.calls, call.Service+"."+call.Operation+" "+outcome)
	}
}

func (o *observer) StoreUsed(_ context.Context, verb string, _ int, _ time.Duration, _ error) {
	o.verbs = append(o.verbs, verb)
}

func TestObserver(t *testing.T) {
	o := &observer{}
	service := core.NewService("s").Map("op", core.Func0(func(ctx context.Context) (int, error) {
		c, err := core.CallFrom(ctx).Session(ctx)
		if err != nil {
			return 0, err
		}
		return 0, c.Set(ctx, "key", "value")
	}))
	set := newSet(t, &core.Options{Observer: o, Secret: []byte("secret")}, service)
	for _, operation := range []string{"op", "none"} {
		_, _ = set.Invoke(t.Context(), &core.Call{Service: "s", Operation: operation})
	}
	if diff := cmp.Diff([]string{"s.op good", "s.none not found"}, o.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"create", "put"}, o.verbs); diff != "" {
		t.Errorf("store verbs of the first attribute (-want +got):\n%s", diff)
	}
}

func BenchmarkInvoke(b *testing.B) {
	set := newSet(b, nil, core.NewService("s").Map("add", core.Func2(func(_ context.Context, x, y int) (int, error) { return x + y, nil })))
	call := &core.Call{Service: "s", Operation: "add", Args: core.Values(1, 2)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Invoke(b.Context(), call); err != nil {
			b.Fatal(err)
		}
	}
}
