package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/local"
)

// A pushed is what came to an endpoint.
type pushed struct {
	header http.Header
	body   string
	answer chan int // a status
}

// An endpoint takes pushes and answers what it is told to.
type endpoint struct{ got chan pushed }

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p := pushed{r.Header, string(body), make(chan int)}
	select {
	case e.got <- p:
	case <-r.Context().Done():
		return
	}
	select {
	case status := <-p.answer:
		w.WriteHeader(status)
	case <-r.Context().Done():
	}
}

// topics opens a Pub/Sub door and an endpoint.
func topics(t *testing.T, inv Invoker) (url string, e *endpoint, endpointURL string) {
	t.Helper()
	n := 0
	var mu sync.Mutex
	newID := func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprint(n)
	}
	p := NewPubSub(inv, &PubSubOptions{Options: Options{Now: func() time.Time { return noon }, NewID: newID}, MinBackoff: time.Millisecond})
	door := httptest.NewServer(p)
	e = &endpoint{make(chan pushed)}
	receiver := httptest.NewServer(e)
	t.Cleanup(func() {
		door.Close()
		p.Close()
		receiver.Close()
	})
	return door.URL + "/v1/", e, receiver.URL
}

func subscribeTo(t *testing.T, url, subscription string) {
	t.Helper()
	if status, answer := call(t, http.MethodPut, url+"projects/p/subscriptions/s", "", subscription); status != http.StatusOK {
		t.Fatalf("subscribe: got %d %s", status, answer)
	}
}

func TestWrappedPush(t *testing.T) {
	url, e, to := topics(t, waiting{})
	subscribeTo(t, url, `{"topic": "projects/p/topics/t", "pushConfig": {"pushEndpoint": "`+to+`/push"}}`)
	answer := post(t, url+"projects/p/topics/t:publish", `{"messages": [{"data": "aGVsbG8=", "attributes": {"k": "v"}, "orderingKey": "o"}]}`)
	if answer != `{"messageIds":["1"]}` {
		t.Errorf("publish: got %s", answer)
	}
	p := <-e.got
	p.answer <- http.StatusServiceUnavailable
	p = <-e.got // again
	p.answer <- http.StatusNoContent
	var got, want any
	if err := json.Unmarshal([]byte(p.body), &got); err != nil {
		t.Fatalf("%s: %v", p.body, err)
	}
	// https://cloud.google.com/pubsub/docs/push#receive_push
	_ = json.Unmarshal([]byte(`{"message": {"attributes": {"k": "v"}, "data": "aGVsbG8=", "messageId": "1", "message_id": "1", "orderingKey": "o",
		"publishTime": "2026-11-22T10:00:00Z", "publish_time": "2026-11-22T10:00:00Z"}, "subscription": "projects/p/subscriptions/s"}`), &want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if p.header.Get("Content-Type") != "application/json" || p.header.Get("User-Agent") != "CloudPubSub-Google" {
		t.Errorf("headers: got %v", p.header)
	}
}

func TestUnwrappedPush(t *testing.T) {
	url, e, to := topics(t, waiting{})
	subscribeTo(t, url, `{"topic": "projects/p/topics/t", "pushConfig": {"pushEndpoint": "`+to+`", "noWrapper": {"writeMetadata": true}}}`)
	post(t, url+"projects/p/topics/t:publish", `{"messages": [{"data": "aGVsbG8=", "attributes": {"k": "v"}, "orderingKey": "o"}]}`)
	p := <-e.got
	p.answer <- http.StatusOK
	if p.body != "hello" {
		t.Errorf("body: got %q, want the data", p.body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "K": "v", "X-Goog-Pubsub-Subscription-Name": "projects/p/subscriptions/s",
		"X-Goog-Pubsub-Message-Id": "1", "X-Goog-Pubsub-Publish-Time": "2026-11-22T10:00:00Z", "X-Goog-Pubsub-Ordering-Key": "o",
	} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// Messages of one ordering key come one after the other, also after a failure; others do not wait for them.
func TestPushOrder(t *testing.T) {
	url, e, to := topics(t, waiting{})
	subscribeTo(t, url, `{"topic": "projects/p/topics/t", "enableMessageOrdering": true, "pushConfig": {"pushEndpoint": "`+to+`", "noWrapper": {}}}`)
	post(t, url+"projects/p/topics/t:publish", `{"messages": [{"data": "YTE=", "orderingKey": "a"}, {"data": "YTI=", "orderingKey": "a"}, {"data": "YjE=", "orderingKey": "b"}]}`)
	first := map[string]pushed{}
	for range 2 {
		p := <-e.got
		first[p.body] = p
	}
	if len(first) != 2 || first["a1"].body == "" || first["b1"].body == "" {
		t.Fatalf("got %v at first, want a1 and b1", first)
	}
	first["b1"].answer <- http.StatusOK
	first["a1"].answer <- http.StatusInternalServerError
	for _, want := range []string{"a1", "a2"} {
		p := <-e.got
		if p.body != want {
			t.Errorf("got %s, want %s", p.body, want)
		}
		p.answer <- http.StatusOK
	}
}

// Where nobody has subscribed, the function gets the message as an event.
func TestTopicOfTheFunction(t *testing.T) {
	events := make(chan []byte)
	url, _, _ := topics(t, invokerFunc(func(_ context.Context, event []byte) (*local.Result, error) {
		events <- event
		return &local.Result{}, nil
	}))
	post(t, url+"projects/p/topics/t:publish", `{"messages": [{"data": "aGVsbG8="}]}`)
	if got := string(<-events); !strings.Contains(got, `"data":"aGVsbG8="`) || !strings.Contains(got, `"subscription":"projects/p/subscriptions/t-function"`) {
		t.Errorf("got %s", got)
	}
}

type invokerFunc func(context.Context, []byte) (*local.Result, error)

func (f invokerFunc) Invoke(ctx context.Context, event []byte) (*local.Result, error) {
	return f(ctx, event)
}

func TestUnsubscribe(t *testing.T) {
	url, e, to := topics(t, waiting{})
	subscription := `{"topic": "projects/p/topics/t", "pushConfig": {"pushEndpoint": "` + to + `"}}`
	subscribeTo(t, url, subscription)
	if status, answer := call(t, http.MethodPut, url+"projects/p/subscriptions/s", "", subscription); status != http.StatusConflict {
		t.Errorf("twice: got %d %s", status, answer)
	}
	post(t, url+"projects/p/topics/t:publish", `{"messages": [{"data": "YQ=="}]}`)
	p := <-e.got
	if status, answer := call(t, http.MethodDelete, url+"projects/p/subscriptions/s", "", ""); status != http.StatusOK {
		t.Errorf("delete: got %d %s", status, answer)
	}
	p.answer <- http.StatusInternalServerError
	if status, _ := call(t, http.MethodDelete, url+"projects/p/subscriptions/s", "", ""); status != http.StatusNotFound {
		t.Errorf("delete again: got %d, want 404", status)
	}
	select {
	case <-e.got:
		t.Error("pushed again to a subscription that is no more")
	case <-time.After(20 * time.Millisecond): // four times what it would take
	}
}

func TestPubSubRefusals(t *testing.T) {
	url, _, to := topics(t, waiting{})
	for _, row := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "projects/p/topics/t", "", 501},
		{"POST", "projects/p", "", 404},
		{"POST", "projects/p/subscriptions/s:publish", "", 501},
		{"POST", "projects/p/topics/t:publish", `{`, 400},
		{"POST", "projects/p/topics/t:publish", `{}`, 400},
		{"POST", "projects/p/topics/t:publish", `{"messages": [{}]}`, 400},
		{"POST", "projects/p/topics/t:publish", `{"messages": [{"data": "%"}]}`, 400},
		{"PUT", "projects/p/topics/t", "", 200},
		{"PUT", "projects/p/subscriptions/s", `[`, 400},
		{"PUT", "projects/p/subscriptions/s", `{"topic": "projects/p/topics/t"}`, 400},
		{"PUT", "projects/p/subscriptions/s", `{"topic": "t", "pushConfig": {"pushEndpoint": "` + to + `"}}`, 400},
		{"PUT", "projects/p/subscriptions/s", `{"topic": "projects/p/topics/t", "pushConfig": {"pushEndpoint": "file:///etc/passwd"}}`, 400},
	} {
		if status, answer := call(t, row.method, url+row.path, "", row.body); status != row.status {
			t.Errorf("%s %s %s: got %d %s, want %d", row.method, row.path, row.body, status, answer, row.status)
		}
	}
}
