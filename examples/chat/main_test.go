package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/examples/internal/flex"
)

// Who comes late reads what was said.
func TestChat(t *testing.T) {
	url := flex.Run(t) + "/amf"
	ann := flex.Connect(t, url)
	id := ann.Subscribe("messages")
	said := `{"msg":"Is anybody there?","sender":"` + id + `","user":"Ann"}`
	ann.Publish("messages", said, 300_000)
	if diff := cmp.Diff([]string{id + " " + said}, ann.Poll()); diff != "" {
		t.Errorf("Ann's own message (-want +got):\n%s", diff)
	}
	ben := flex.Connect(t, url)
	id = ben.Subscribe("messages")
	if diff := cmp.Diff([]string{id + " " + said}, ben.Poll()); diff != "" {
		t.Errorf("Ben (-want +got):\n%s", diff)
	}
}
