package client

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/amf"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// Where the server ends the connection of a stream and says so, that is no message, and the next connection goes on.
func TestStreamIsDisconnected(t *testing.T) {
	connected := make(chan *core.Connection, 2)
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), &core.Options{
		OnSubscribe: []core.SubscribeHook{func(_ context.Context, conn *core.Connection, _ core.Subscription) error {
			connected <- conn
			return nil
		}},
	})
	set.Map(&core.Channel{Name: "my-amf", Endpoint: amf.New(nil)})
	set.AddDestination(&core.Destination{Name: "news", Replay: true})
	t.Cleanup(func() { _ = set.Close() })
	web := httptest.NewServer(server.NewHandler(set, &server.Options{Paths: map[string]string{"/amf": "my-amf"}}))
	t.Cleanup(web.Close)
	c, err := NewSubscriber(web.URL+"/amf", AMFStream)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Publish(t.Context(), nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "hello"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var told []string
	s := &Subscription{Destination: "news", Notify: func(text string) { told = append(told, text) }}
	var got []string
	for m, err := range c.Messages(ctx, s) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, string(m.Body)); len(got) > 1 {
			break
		}
		if err := set.Disconnect(ctx, <-connected); err != nil {
			t.Fatal(err)
		}
		if _, err := set.Publish(ctx, nil, &core.Publication{Topic: core.Topic{Destination: "news"}, Body: "again"}); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{`"hello"`, `"again"`}, got); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	if len(told) < 2 || !strings.Contains(told[1], "it has ended the connection") {
		t.Errorf("told %q", told)
	}
}
