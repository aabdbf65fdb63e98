//go:build peers

package cloudrun

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/patchbay-go/patchbay/tests/servers"
)

// Pub/Sub's emulator pushes into the program: what it pushes is published once, in the order of each ordering key, also where some
// pushes fail. The program's bus has a subscription while it runs, and none after it.
func TestPushed(t *testing.T) {
	emulator := servers.Run(t, servers.PubSub()).Address
	p := start(t, "PATCHBAY_STORE=memory:", "PATCHBAY_BUS=pubsub://demo/notices", "PATCHBAY_PUSH=messages", "PUBSUB_EMULATOR_HOST="+emulator)
	address := p.Ready["http"]
	broker := dial(t, emulator)
	if n := len(broker.subscriptions(t)); n != 1 {
		t.Errorf("the bus has %d subscriptions", n)
	}
	t.Run("wrapped", func(t *testing.T) { broker.testPushes(t, address, "wrapped", nil) })
	t.Run("unwrapped", func(t *testing.T) {
		broker.testPushes(t, address, "unwrapped", &pubsubpb.PushConfig_NoWrapper_{NoWrapper: &pubsubpb.PushConfig_NoWrapper{WriteMetadata: true}})
	})
	t.Run("poison", func(t *testing.T) { testRefused(t, address) })
	before := len(broker.subscriptions(t))
	terminate(t, p, within)
	if n := len(broker.subscriptions(t)); n != before-1 {
		t.Errorf("there were %d subscriptions and are %d: the bus leaves its own behind", before, n)
	}
}

// A broker is Pub/Sub.
type broker struct {
	pubsubpb.PublisherClient
	pubsubpb.SubscriberClient
}

func dial(t *testing.T, address string) broker {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return broker{pubsubpb.NewPublisherClient(conn), pubsubpb.NewSubscriberClient(conn)}
}

func (b broker) subscriptions(t *testing.T) []string {
	t.Helper()
	answer, err := b.ListSubscriptions(t.Context(), &pubsubpb.ListSubscriptionsRequest{Project: "projects/demo"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range answer.GetSubscriptions() {
		names = append(names, s.GetName())
	}
	return names
}

// faulty returns the URL of a proxy before the program that fails some requests, before or after the program has had them.
func faulty(t *testing.T, address string) string {
	t.Helper()
	var count atomic.Int32
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch count.Add(1) % 12 {
		case 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 8:
			proxy.ServeHTTP(httptest.NewRecorder(), r) // it is published, and the answer gets lost
			w.WriteHeader(http.StatusBadGateway)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (b broker) testPushes(t *testing.T, address, name string, wrapper *pubsubpb.PushConfig_NoWrapper_) {
	t.Helper()
	c := subscribe(t, address)
	topic := "projects/demo/topics/" + name
	if _, err := b.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topic}); err != nil {
		t.Fatal(err)
	}
	push := &pubsubpb.PushConfig{PushEndpoint: faulty(t, address) + "/push/messages"}
	if wrapper != nil {
		push.Wrapper = wrapper
	}
	_, err := b.CreateSubscription(t.Context(), &pubsubpb.Subscription{
		Name: "projects/demo/subscriptions/" + name, Topic: topic, PushConfig: push, EnableMessageOrdering: true, AckDeadlineSeconds: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // it is not to push when the program has ended
		_, _ = b.DeleteSubscription(context.WithoutCancel(t.Context()), &pubsubpb.DeleteSubscriptionRequest{Subscription: "projects/demo/subscriptions/" + name})
	})
	const n = 20
	for i := range n {
		_, err := b.Publish(t.Context(), &pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{{
			Data: fmt.Appendf(nil, `{"n": %d}`, i), OrderingKey: "key", Attributes: map[string]string{"patchbay-correlation-id": "c"},
		}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	ids := map[string]bool{}
	for i, m := range c.take(t, n) {
		body, _ := m.Body.(map[string]any)
		if body["n"] != float64(i) || ids[m.ID] {
			t.Fatalf("at place %d came %v, id %s", i, m.Body, m.ID)
		}
		ids[m.ID] = true
	}
	if more, err := c.poll(t.Context(), http.DefaultClient, 0); err != nil || len(more) > 0 {
		t.Errorf("got %v more, %v", more, err)
	}
}

// What will never be taken is refused, for a topic of dead letters to get it; where there is no path, there is none.
func testRefused(t *testing.T, address string) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"message": map[string]any{"messageId": "1", "data": []byte("{")}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/push/messages": http.StatusBadRequest, "/push/chat": http.StatusNotFound} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+path, bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if _ = resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("%s: got %s, want %d", path, resp.Status, want)
		}
	}
}
