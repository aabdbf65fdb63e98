package amf

import (
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A message for many is encoded once, unless that cannot be or would not pay.
func TestSharedRendering(t *testing.T) {
	const id = "6F0A1B2C-0000-0000-0000-00000000000"
	h := newStreamHouse(t, nil)
	large := strings.Repeat("x", sharedFrom)
	deep := any(large)
	for range h.set.Limits().Value.Depth {
		deep = map[string]any{"deeper": deep}
	}
	for _, c := range []struct {
		name      string
		body      any
		consumers []string
		shape     *value.Shape
		renders   int
		fails     bool
	}{
		{name: "small", body: large, consumers: []string{id + "1", id + "2", id + "3"}, shape: smallAsyncShape, renders: 1},
		{name: "full", body: large, consumers: []string{id + "1", "short", "a clientId of 63 characters" + strings.Repeat("x", 36)}, shape: asyncShape, renders: 1},
		{name: "small, with ids that are none of ours", body: large, consumers: []string{"a", "b"}, shape: smallAsyncShape},
		{name: "full, with too long an id", body: large, consumers: []string{strings.Repeat("x", 64)}, shape: asyncShape},
		{name: "no id", body: large, consumers: []string{""}, shape: asyncShape},
		{name: "little to encode", body: "x", consumers: []string{id + "1", id + "2"}, shape: asyncShape},
		{name: "not to be encoded", body: deep, consumers: []string{id + "1", id + "2"}, shape: asyncShape, renders: 1, fails: true},
	} {
		var shared renderings
		shared.init()
		w := h.endpoint.frameWriter(h.set)
		m := &core.Message{ID: "m", Destination: "news", Body: must(value.PackValue(c.body, nil, value.Limits{}))}
		for _, consumer := range c.consumers {
			err := w.addDelivery(&core.Delivery{Subscription: consumer, Message: m}, c.shape, &shared)
			if (err != nil) != c.fails {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if shared.next != c.renders {
			t.Errorf("%s: %d renderings, want %d", c.name, shared.next, c.renders)
		}
		frames, err := readFrames(w.out)
		if err != nil || len(frames) != len(c.consumers) && !c.fails {
			t.Errorf("%s: got %d frames, %v", c.name, len(frames), err)
		}
		for i, f := range frames {
			if id := c.consumers[i]; id != "" && !strings.Contains(f, `"clientId": "`+id+`"`) {
				t.Errorf("%s: got %.300s, want the clientId %s", c.name, f, id)
			}
		}
	}
	w := h.endpoint.frameWriter(h.set)
	m := &core.Message{ID: "m", Destination: "news", Body: must(value.PackValue(large, nil, value.Limits{}))}
	for _, shape := range []*value.Shape{asyncShape, smallAsyncShape, asyncShape} {
		if err := w.addDelivery(&core.Delivery{Subscription: id + "1", Message: m}, shape, &h.endpoint.shared); err != nil {
			t.Error(err)
		}
	}
	frames, err := readFrames(w.out)
	if err != nil || len(frames) != 3 || strings.Contains(frames[0], "DSA") || !strings.Contains(frames[1], "DSA") || frames[2] != frames[0] {
		t.Errorf("one message in both forms: got %.300q, %v", frames, err)
	}
	h.endpoint.shared = renderings{}
	h.endpoint.shared.of(&core.Message{}, true)
	first := h.endpoint.shared.last[0]
	for range sharedCount {
		h.endpoint.shared.of(&core.Message{}, true)
	}
	if h.endpoint.shared.last[0] == first {
		t.Error("renderings are kept for ever")
	}
}
