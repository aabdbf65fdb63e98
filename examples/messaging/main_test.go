package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/examples/internal/flex"
)

// What one client publishes, all get who have subscribed, whatever channel they are on; who comes late gets what is still alive.
func TestMessaging(t *testing.T) {
	url := flex.Run(t)
	ann, ben, late := flex.Connect(t, url+"/amf"), flex.Connect(t, url+"/longPoll"), flex.Connect(t, url+"/amf")
	ids := map[*flex.Client]string{ann: ann.Subscribe("messages"), ben: ben.Subscribe("messages")}
	ann.Publish("messages", `"Hello World!"`, 0)
	ann.Publish("messages", `"Is anybody there?"`, 0)
	ids[late] = late.Subscribe("messages")
	for client, id := range ids {
		want := []string{id + ` "Hello World!"`, id + ` "Is anybody there?"`}
		if diff := cmp.Diff(want, client.Poll()); diff != "" {
			t.Errorf("poll (-want +got):\n%s", diff)
		}
	}
	if got := ann.Poll(); len(got) != 0 {
		t.Errorf("a second poll: got %q, want nothing", got)
	}
	ann.Unsubscribe("messages", ids[ann])
	if got := ann.PollFault(); !strings.HasPrefix(got, "Server.Processing.NotSubscribed: ") {
		t.Errorf("a poll without a subscription: got fault %q", got)
	}
}

// A long poll waits until there is something to answer.
func TestLongPoll(t *testing.T) {
	url := flex.Run(t)
	ann, ben := flex.Connect(t, url+"/longPoll"), flex.Connect(t, url+"/amf")
	id := ann.Subscribe("messages")
	got := make(chan []string)
	go func() { got <- ann.Poll() }()
	ben.Publish("messages", `"Wake up!"`, 0)
	if diff := cmp.Diff([]string{id + ` "Wake up!"`}, <-got); diff != "" {
		t.Errorf("poll (-want +got):\n%s", diff)
	}
}
