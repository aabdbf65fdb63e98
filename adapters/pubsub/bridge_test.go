//go:build peers

package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/patchbay-go/patchbay/adapters/pubsub"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A bridge out, one in, and both at once.
func TestBridges(t *testing.T) {
	e := emulate(t)
	t.Run("out", e.testOut)
	t.Run("out as it is", e.testOutAsIs)
	t.Run("aside", e.testAside)
	t.Run("again", e.testAgain)
	t.Run("in", e.testIn)
	t.Run("in order", e.testInOrder)
	t.Run("ring", e.testRing)
}

func (e *emulator) out(t *testing.T, topic string, opts pubsub.OutOptions) *pubsub.Out {
	t.Helper()
	opts.Emulator = e.address
	if opts.Origin == "" {
		opts.Origin = "shop"
	}
	out, err := pubsub.OpenOut(context.WithoutCancel(t.Context()), project, topic, &opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	return out
}

func bridge(out *pubsub.Out) []*core.Follower {
	return []*core.Follower{{Name: "out", Destination: "orders", Deliver: out.Deliver}}
}

// What is published crosses whole, in the order of each topic, however much comes at once.
func (e *emulator) testOut(t *testing.T) {
	e.topic(t, "out-whole")
	out := e.out(t, "out-whole", pubsub.OutOptions{Ordered: true})
	set := newSet(t, nil, "orders", &core.Options{Bridges: bridge(out)})
	const n = 60
	for i := range n {
		say(t, set, "orders", fmt.Sprintf("s%d", i%3), i)
	}
	last := map[string]string{}
	for _, m := range e.pull(t, "out-whole", n) {
		text := string(m.GetData())
		key, a := m.GetOrderingKey(), m.GetAttributes()
		if !strings.HasPrefix(text, `{"patchbay":1,"id":"`+a["patchbay-id"]+`","destination":"orders"`) || a["patchbay-via"] != "shop" ||
			key != "orders "+a["patchbay-subtopic"] {
			t.Errorf("got %s, %v, key %q", text, a, key)
		}
		_, body, _ := strings.Cut(text, `"body":`)
		body, _, _ = strings.Cut(body, ",")
		if body = fmt.Sprintf("%03s", body); body <= last[key] {
			t.Errorf("of %s, %s came behind %s", key, body, last[key])
		}
		last[key] = body
	}
}

func (e *emulator) testOutAsIs(t *testing.T) {
	e.topic(t, "out-asis")
	set := newSet(t, nil, "orders", &core.Options{Bridges: bridge(e.out(t, "out-asis", pubsub.OutOptions{AsIs: true, Ordered: true}))})
	say(t, set, "orders", "\xff\x01", []byte{0, 0xff}) // no UTF-8, which gRPC does not send: it must not hold up the others
	say(t, set, "orders", "", "a text")
	var got []string
	for _, m := range e.pull(t, "out-asis", 2) {
		got = append(got, m.GetAttributes()["patchbay-content-type"]+" "+string(m.GetData()))
	}
	want := map[string]bool{"application/octet-stream \x00\xff": true, "text/plain; charset=utf-8 a text": true}
	for _, text := range got {
		delete(want, text)
	}
	if len(want) != 0 {
		t.Errorf("got %q", got)
	}
}

// What Pub/Sub will never take is put aside, and the others pass it; without anybody to take it nothing passes.
func (e *emulator) testAside(t *testing.T) {
	e.topic(t, "out-aside")
	var aside []string
	open := &core.Options{Bridges: bridge(e.out(t, "out-aside", pubsub.OutOptions{AsIs: true, Aside: func(_ context.Context, m *core.Message, reason error) error {
		if !errors.Is(reason, pubsub.ErrTooLarge) {
			t.Errorf("put aside since %v", reason)
		}
		aside = append(aside, m.ID)
		return nil
	}}))}
	set := newSet(t, nil, "orders", open)
	m, err := set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "orders"}, Body: 1, Headers: map[string]any{"h": strings.Repeat("x", 2000)}})
	if err != nil {
		t.Fatal(err)
	}
	say(t, set, "orders", "", "small")
	if got := e.pull(t, "out-aside", 1); string(got[0].GetData()) != "small" {
		t.Errorf("got %s", got[0].GetData())
	}
	if diff := cmp.Diff([]string{m.ID}, aside); diff != "" {
		t.Errorf("put aside (-want +got):\n%s", diff)
	}
	out := e.out(t, "out-aside", pubsub.OutOptions{AsIs: true})
	if err := out.Deliver(t.Context(), 0, []*core.Message{m}); !errors.Is(err, pubsub.ErrTooLarge) {
		t.Errorf("without anybody to take it: got %v", err)
	}
}

// A publish that Pub/Sub fails comes again: the message is there in the end, and nothing is lost.
func (e *emulator) testAgain(t *testing.T) {
	e.topic(t, "out-again")
	var fails atomic.Int32
	fails.Store(2)
	failing := grpc.WithUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		err := invoke(ctx, method, req, reply, cc, opts...)
		if strings.HasSuffix(method, "/Publish") && fails.Add(-1) >= 0 {
			return status.Error(codes.InvalidArgument, "the answer got lost") // a code that the client does not try again by itself
		}
		return err
	})
	out := e.out(t, "out-again", pubsub.OutOptions{ClientOptions: pubsub.ClientOptions{Client: []option.ClientOption{option.WithGRPCDialOption(failing)}}})
	set := newSet(t, nil, "orders", nil)
	f := bridge(out)[0]
	f.Replay = true
	say(t, set, "orders", "", "x")
	for want := range 3 {
		if err := set.Follow(t.Context(), f); (err == nil) != (want == 2) {
			t.Errorf("try %d: got %v", want, err)
		}
	}
	ids := map[string]int{}
	for _, m := range e.pull(t, "out-again", 3) {
		ids[m.GetAttributes()["patchbay-id"]]++
	}
	if len(ids) != 1 {
		t.Errorf("got %v, want one id", ids)
	}
}

// run has an In work until the test ends.
func (e *emulator) in(t *testing.T, set *core.ChannelSet, subscription string, opts pubsub.InOptions) *pubsub.In {
	t.Helper()
	opts.Emulator = e.address
	if opts.Destination == "" {
		opts.Destination = "orders"
	}
	in, err := pubsub.OpenIn(context.WithoutCancel(t.Context()), set, project, subscription, &opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = in.Run(ctx) }) // its error is the test's end
	t.Cleanup(func() {
		cancel()
		work.Wait()
		_ = in.Close()
	})
	return in
}

// What comes is published once; what is poison does not stand in the way.
func (e *emulator) testIn(t *testing.T) {
	e.topic(t, "in-plain")
	set := newSet(t, nil, "orders", nil)
	in := e.in(t, set, "in-plain", pubsub.InOptions{})
	e.put(t, "in-plain", &pubsubpb.PubsubMessage{Data: []byte(`{`)})
	for range 2 {
		e.put(t, "in-plain", &pubsubpb.PubsubMessage{Data: []byte(`{"patchbay":1,"id":"M","destination":"elsewhere","body":"once"}`)})
	}
	e.put(t, "in-plain", &pubsubpb.PubsubMessage{Data: []byte(`"foreign"`), Attributes: map[string]string{"a": "b"}})
	within(t, "all have come", func() bool { s := in.Stats(); return s.Published == 3 && s.Poison == 1 })
	got := map[any]int{}
	for _, b := range bodies(t, set, "orders") {
		got[b]++
	}
	if diff := cmp.Diff(map[any]int{"once": 1, "foreign": 1}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A stubborn store fails now and then.
type stubborn struct {
	core.Store
	count atomic.Int32
}

func (s *stubborn) Create(ctx context.Context, it core.Item) (uint64, error) {
	if s.count.Add(1)%6 == 0 {
		return 0, errors.New("the store fails")
	}
	return s.Store.Create(ctx, it)
}

// A message that could not be published is not passed by those behind it with the same ordering key.
func (e *emulator) testInOrder(t *testing.T) {
	e.topic(t, "in-order")
	for i := range 20 {
		e.put(t, "in-order", &pubsubpb.PubsubMessage{Data: fmt.Appendf(nil, "%d", i), OrderingKey: "k"})
	}
	set := newSet(t, &stubborn{Store: memory.New(nil)}, "orders", nil)
	in := e.in(t, set, "in-order", pubsub.InOptions{})
	within(t, "all have come", func() bool { return in.Stats().Published >= 20 })
	if in.Stats().Failed == 0 {
		t.Error("nothing failed")
	}
	for i, b := range bodies(t, set, "orders") {
		if b != float64(i) {
			t.Fatalf("got %v at place %d", b, i)
		}
	}
}

// Two deployments that are joined by one topic, each by a bridge out and one in: what is published in either is in both, once.
func (e *emulator) testRing(t *testing.T) {
	if _, err := e.topics.CreateTopic(t.Context(), &pubsubpb.Topic{Name: "projects/demo/topics/ring"}); err != nil {
		t.Fatal(err)
	}
	var sets [2]*core.ChannelSet
	var ins [2]*pubsub.In
	for i, name := range []string{"ring-a", "ring-b"} {
		_, err := e.subs.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: "projects/demo/subscriptions/" + name, Topic: "projects/demo/topics/ring"})
		if err != nil {
			t.Fatal(err)
		}
		out := e.out(t, "ring", pubsub.OutOptions{Origin: name, Forward: i == 1})
		sets[i] = newSet(t, nil, "orders", &core.Options{Bridges: bridge(out)})
		ins[i] = e.in(t, sets[i], name, pubsub.InOptions{Origin: name})
	}
	say(t, sets[0], "orders", "", "from a")
	say(t, sets[1], "orders", "", "from b")
	// a's message comes to both and is forwarded by b, which comes to both again; b's comes to both.
	within(t, "the topic is quiet", func() bool {
		a, b := ins[0].Stats(), ins[1].Stats()
		return a.Published == 1 && a.Dropped == 2 && b.Published == 1 && b.Dropped == 2
	})
	for i, set := range sets {
		if all := bodies(t, set, "orders"); len(all) != 2 {
			t.Errorf("deployment %d has %v", i, all)
		}
	}
}
