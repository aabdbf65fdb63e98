package amf

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// What is written as frames, whatever it is, is read as the same messages, with heartbeats between; also where a message was encoded once
// for several consumers.
func FuzzFrames(f *testing.F) {
	const id = "6F0A1B2C-0000-0000-0000-000000000001"
	f.Add("hello", "news", "a.b", "consumer", []byte{0x06, 0x03, 'x'}, false, false)
	f.Add("\x00\r\n5\r\n", "", "", id, []byte{}, true, true)
	f.Add(id, "\x00", "*", id, []byte{0x0A, 0x0B, 0x01, 0x01}, true, false)
	f.Add(id, "news", "", id, []byte{0x6F, 0x0A, 0x1B, 0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, false, false)
	houses := map[bool]*streamHouse{false: newStreamHouse(f, nil), true: newStreamHouse(f, &Options{NoFrameEnd: true})}
	f.Fuzz(func(t *testing.T, text, destination, subtopic, consumer string, bytes []byte, small, noEnd bool) {
		h := houses[noEnd]
		w, alone := h.endpoint.frameWriter(h.set), h.endpoint.frameWriter(h.set)
		shape := asyncShape
		if small {
			shape = smallAsyncShape
		}
		var want []string
		for _, body := range []any{text, bytes, nil, []any{text, text, map[string]any{"m": bytes}},
			[]any{strings.Repeat("x", sharedFrom), text, consumer, bytes, []any{}}} {
			m := &core.Message{ID: text, Destination: destination, Body: must(value.PackValue(body, nil, value.Limits{})),
				Headers: map[string]any{text: text, consumer: bytes}, Timestamp: time.UnixMilli(0), Expires: time.UnixMilli(1)}
			if subtopic != "" {
				m.Subtopics = []string{subtopic}
			}
			for _, id := range []string{consumer, id, text, ""} {
				d := &core.Delivery{Subscription: id, Message: m}
				if err := w.addDelivery(d, shape, &h.endpoint.shared); err != nil {
					t.Fatal(err)
				}
				w.out = append(w.out, heartbeat...)
				if err := alone.addWhole(d, shape); err != nil {
					t.Fatal(err)
				}
				want = append(want, must(readFrameMessage(alone.writer.Bytes())), "beat")
				part := `"body": ` + describe(must(bodyOf(m.Body)))
				if leftOut := small && body == nil; strings.Contains(want[len(want)-2], part) == leftOut {
					t.Errorf("got %s, want %s", want[len(want)-2], part)
				}
			}
		}
		got, err := readFrames(w.out)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%x: %v (-want +got)\n%s", w.out, err, d)
		}
	})
}

func bodyOf(p value.Packed) (v any, err error) {
	err = p.Bind(&v, transcriptClasses(), value.Limits{})
	return v, err
}
