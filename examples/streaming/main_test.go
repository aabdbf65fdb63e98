package main

import (
	"testing"

	"github.com/patchbay-go/patchbay/examples/internal/flex"
)

// What one client does, the stream of another tells it: first who leads, then where the circle is.
func TestStreaming(t *testing.T) {
	url := flex.Run(t) + "/amf"
	leader, follower := flex.Connect(t, url), flex.Connect(t, url)
	stream, id := follower.Open(), follower.Subscribe("coordinates")
	for _, body := range []string{`{"master":"` + leader.Subscribe("coordinates") + `"}`, `{"x":1.5,"y":20}`, `{"x":2,"y":20}`} {
		leader.Publish("coordinates", body, 0)
		if got, want := stream.Next(), id+" "+body; got != want {
			t.Errorf("stream: got %s, want %s", got, want)
		}
	}
	// Who comes late hears it all.
	late := flex.Connect(t, url)
	id, stream = late.Subscribe("coordinates"), late.Open()
	for range 2 {
		stream.Next()
	}
	if got, want := stream.Next(), id+` {"x":2,"y":20}`; got != want {
		t.Errorf("a late stream: got %s, want %s", got, want)
	}
}
