package amf

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// testNow is the time of all tests: 981173106000 milliseconds since 1970.
var testNow = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)

type person struct {
	Name string
	Born time.Time
	Tags []string
}

// newTestSet returns a set with two AMF channels, my-amf on e and other-amf, and the services that transcripts call.
func newTestSet(t testing.TB, e *Endpoint) *core.ChannelSet {
	t.Helper()
	classes := value.NewRegistry()
	classes.Register("example.Person", person{})
	return newTestSetWith(t, e, &core.Options{Registry: classes})
}

func newTestSetWith(t testing.TB, e *Endpoint, opts *core.Options) *core.ChannelSet {
	t.Helper()
	opts.Secret = []byte("a secret for tests, 32 bytes long")
	if opts.Now == nil {
		opts.Now = func() time.Time { return testNow }
	}
	opts.Authenticate = func(_ context.Context, c core.Credentials) (*core.Principal, error) {
		if c.User == "correct" && (c.Password == "correct" || c.Password == "with:colon") || c.Password == "naïve" {
			return &core.Principal{Name: c.User, Roles: []string{"user"}}, nil
		}
		return nil, nil
	}
	set := core.NewChannelSet(testServices(), memory.New(&memory.Options{Now: opts.Now}), opts)
	set.Map(&core.Channel{Name: "my-amf", Endpoint: e})
	set.Map(&core.Channel{Name: "other-amf", Endpoint: New(&Options{URL: "https://{server.name}/other"})})
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	return set
}

// addDestinations adds the messaging destinations of the transcripts.
func addDestinations(set *core.ChannelSet) *core.ChannelSet {
	for _, d := range []*core.Destination{
		{Name: "messages"},
		{Name: "plain", NoSubtopics: true},
		{Name: "kept", Replay: true, TTL: 30 * time.Second},
		{Name: "closed", Publish: core.Access{Roles: []string{"user"}}, Subscribe: core.Access{Roles: []string{"user"}}},
		{Name: "guarded", Publish: core.Access{Roles: []string{"admin"}}, Subscribe: core.Access{Roles: []string{"admin"}}},
		{Name: "slow", In: core.Throttle{Frequency: 2}},
		{Name: "short", MaxMessage: 300},
	} {
		set.AddDestination(d)
	}
	return set
}

// movingClock returns a clock that begins at testNow.
func movingClock() func() time.Time {
	start := time.Now()
	return func() time.Time { return testNow.Add(time.Since(start)) }
}

func testServices() *core.ServiceMapper {
	m := core.NewServiceMapper(exampleService(), secureService(),
		core.NewService("").Map("hello", core.Func(func(_ context.Context, name string) (string, error) { return "Hello " + name, nil }, "name")))
	m.MapHeader("Trace", core.Func(func(ctx context.Context, text string) (struct{}, error) {
		if text == "stop" {
			return struct{}{}, core.Denied.Errorf("The header says stop.")
		}
		FromCall(core.CallFrom(ctx)).Packet.AddReplyHeader("Traced", false, text)
		return struct{}{}, nil
	}, "text"))
	m.MapCommand(99, core.Func(func(ctx context.Context, text string) (string, error) {
		FromCall(core.CallFrom(ctx)).SetReplyHeader("answered", true)
		return "custom " + text, nil
	}, "text"))
	return m
}

func exampleService() *core.Service {
	return core.NewService("example").
		Map("echo", core.Func(func(_ context.Context, v any) (any, error) { return v, nil }, "x")).
		Map("add", core.Func2(func(_ context.Context, a, b float64) (float64, error) { return a + b, nil }, "a", "b").Describe("Adds.")).
		Map("pair", core.Func2(func(_ context.Context, a, b any) ([]any, error) { return []any{a, b}, nil }, "a", "b")).
		Map("nothing", core.Func0(func(context.Context) (struct{}, error) { return struct{}{}, nil })).
		Map("person", core.Func(func(_ context.Context, name string) (*person, error) {
			return &person{Name: name, Born: testNow, Tags: []string{"a", "b"}}, nil
		}, "name")).
		Map("greet", core.Func(func(_ context.Context, p person) (string, error) { return "Hello " + p.Name, nil }, "person")).
		Map("fail", core.Func0(func(context.Context) (string, error) {
			return "", core.Failed.Errorf("deliberate failure").WithDetail(map[string]any{"reason": 7})
		})).
		Map("failByName", core.Func0(func(context.Context) (string, error) {
			return "", core.Failed.Errorf("no more tea").WithName("Tea.Gone").WithDetail("buy some")
		})).
		Map("missing", core.Func0(func(context.Context) (string, error) { return "", core.NotFound.Errorf("There is no such person.") })).
		Map("secretError", core.Func0(func(context.Context) (string, error) { return "", errors.New("password of the database: 1234") })).
		Map("panic", core.Func0(func(context.Context) (string, error) { panic("at the disco") })).
		Map("unencodable", core.Func0(func(context.Context) (any, error) { return func() {}, nil })).
		Map("badDetail", core.Func0(func(context.Context) (any, error) {
			return nil, core.Failed.Errorf("a detail that cannot be sent").WithDetail(func() {})
		})).
		Map("sessionSet", &core.Target{Handler: sessionSet}).
		Map("sessionGet", &core.Target{Handler: sessionGet}).
		Map("whoami", core.Func0(whoami)).
		Map("packet", core.Func0(describePacket)).
		Map("gateway", core.Func0(func(ctx context.Context) (struct{}, error) {
			p := FromCall(core.CallFrom(ctx)).Packet
			p.ReplaceGatewayURL("http://example.com/amf")
			p.RequestPersistentHeader("Token", false, "abc")
			return struct{}{}, nil
		}))
}

func secureService() *core.Service {
	return core.NewService("secure").Secure().
		Map("secret", core.Func0(func(context.Context) (string, error) { return "secret for you", nil })).
		Map("admin", core.Func0(func(context.Context) (string, error) { return "secret for few", nil }).Secure("admin"))
}

func sessionSet(ctx context.Context, call *core.Call) (any, error) {
	var name, v string
	if err := call.Args.Bind([]core.Param{{Name: "key"}, {Name: "value"}}, &name, &v); err != nil {
		return nil, err
	}
	client, err := call.Session(ctx)
	if err != nil {
		return nil, err
	}
	return nil, client.Set(ctx, name, v)
}

func sessionGet(ctx context.Context, call *core.Call) (any, error) {
	var name string
	if err := call.Args.Bind([]core.Param{{Name: "key"}}, &name); err != nil {
		return nil, err
	}
	if call.Client == nil {
		return nil, nil
	}
	v, _, err := call.Client.Get(ctx, name)
	return v, err
}

func whoami(ctx context.Context) (string, error) {
	if p := core.CallFrom(ctx).Principal(); p != nil {
		return p.Name, nil
	}
	return "nobody", nil
}

// describePacket tells what a target can see of the protocol.
func describePacket(ctx context.Context) (value.Members, error) {
	r := FromCall(core.CallFrom(ctx))
	seen := value.Members{{Name: "version", Value: r.Packet.Version}, {Name: "target", Value: r.Target}, {Name: "response", Value: r.Response}}
	for _, h := range r.Packet.Headers {
		var v any
		if err := h.Value.Bind(&v); err != nil {
			return nil, err
		}
		seen = append(seen, value.Member{Name: "header " + h.Name, Value: v})
	}
	if r.Message != nil {
		seen = append(seen, value.Member{Name: "class", Value: r.Message.Class}, value.Member{Name: "meta", Value: len(core.CallFrom(ctx).Meta)})
	}
	return seen, nil
}

// fixedRandom returns bytes that are the same in every run.
func fixedRandom() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{1}) }
