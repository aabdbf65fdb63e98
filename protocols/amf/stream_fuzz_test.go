package amf

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// What is written as frames, whatever it is, is read as the same messages, with heartbeats between and without.
func FuzzFrames(f *testing.F) {
	f.Add("hello", "news", "a.b", "consumer", []byte{0x06, 0x03, 'x'}, false, false)
	f.Add("\x00\r\n5\r\n", "", "", "6F0A1B2C-0000-0000-0000-000000000001", []byte{}, true, true)
	f.Add("6F0A1B2C-0000-0000-0000-000000000001", "\x00", "*", "6F0A1B2C-0000-0000-0000-000000000001", []byte{0x0A, 0x0B, 0x01, 0x01}, true, false)
	f.Fuzz(func(t *testing.T, text, destination, subtopic, consumer string, bytes []byte, small, noEnd bool) {
		h := newStreamHouse(t, &Options{NoFrameEnd: noEnd})
		w := h.endpoint.frameWriter(h.set)
		defer w.release(h.endpoint)
		shape := asyncShape
		if small {
			shape = smallAsyncShape
		}
		var want []string
		for _, body := range []any{text, bytes, []any{text, text, map[string]any{"m": bytes}}, nil} {
			packed, err := value.PackValue(body, nil, value.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			m := &core.Message{ID: text, Destination: destination, Body: packed, Headers: map[string]any{text: text},
				Timestamp: time.UnixMilli(0), Expires: time.UnixMilli(1)}
			if subtopic != "" {
				m.Subtopics = []string{subtopic}
			}
			d := &core.Delivery{Subscription: consumer, Message: m}
			w.message.deliver(h.set, d, shape)
			if err := w.add(); err != nil {
				t.Fatal(err)
			}
			w.out = append(w.out, heartbeat...)
			alone, err := readFrameMessage(w.writer.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, alone, "beat")
			part := `"body": ` + describe(must(bodyOf(packed)))
			if leftOut := small && body == nil; strings.Contains(alone, part) == leftOut {
				t.Errorf("got %s, want %s", alone, part)
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
