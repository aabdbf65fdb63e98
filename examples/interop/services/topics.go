package services

import (
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// alive is how long messages live that nobody needs to find later.
const alive = 30 * time.Second

// clockTopic is the destination that tells the time.
const clockTopic = "clock"

// Topics returns what clients publish and subscribe to, by the names and settings that their contract gives. New AMF subscriptions to
// "coordinates" and "chat" begin with what is still alive, as AmFast's clients of these names expect.
func Topics() []*core.Destination {
	return []*core.Destination{
		{Name: "messages"},
		{Name: "coordinates", NoSubtopics: true, Replay: true, TTL: alive},
		{Name: "chat", NoSubtopics: true, Replay: true, TTL: alive},
		{Name: clockTopic, NoSubtopics: true, TTL: alive},
	}
}
