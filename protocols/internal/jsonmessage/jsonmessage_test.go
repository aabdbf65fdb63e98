package jsonmessage

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

func newSet(t testing.TB) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil)
	t.Cleanup(func() { _ = set.Close() })
	return set
}

func packed(t testing.TB, v any) value.Packed {
	t.Helper()
	p, err := value.PackValue(v, nil, value.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRender(t *testing.T) {
	set := newSet(t)
	at := time.UnixMilli(1234567890123)
	list := []any{strings.Repeat("x", 100)}
	for range 12 {
		list = []any{list, list}
	}
	for _, c := range []struct {
		name string
		d    core.Delivery
		want string // "": cannot be
	}{
		{"all of it", core.Delivery{Topic: core.Topic{Subtopic: `a."b"`}, Message: &core.Message{
			ID: "i\n", Destination: "d", Subtopics: []string{"other"}, Body: packed(t, []any{1, "\u2028"}), Timestamp: at,
			Headers: map[string]any{"y": int64(1) << 60, "x": []byte{1}}}},
			`{"id":"i\n","destination":"d","subtopic":"a.\"b\"","body":[1,"` + "\u2028" + `"],"headers":{"x":"AQ==","y":1152921504606846976},"timestamp":1234567890123}`},
		{"next to nothing", core.Delivery{Message: &core.Message{Timestamp: at}},
			`{"id":"","destination":"","subtopic":null,"body":null,"headers":{},"timestamp":1234567890123}`},
		{"a NaN in the headers", core.Delivery{Message: &core.Message{Headers: map[string]any{"x": math.NaN()}}}, ""},
		{"a small body that becomes a large one", core.Delivery{Message: &core.Message{Body: packed(t, list)}}, ""},
		{"damaged bytes", core.Delivery{Message: &core.Message{Body: value.Packed{1, 2, 3}}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Renderer
			got, err := r.Render(set, &c.d)
			if string(got) != c.want || (err == nil) != (c.want != "") {
				t.Fatalf("got %s, %v\nwant %s", got, err, c.want)
			}
			if c.want != "" && (!json.Valid(got) || strings.Contains(string(got), "\n")) {
				t.Errorf("no JSON text of one line: %s", got)
			}
		})
	}
}

// Whatever the number of those who get a message at once, it is written once; and what is kept has an end.
func TestRenderedOnce(t *testing.T) {
	set := newSet(t)
	var r Renderer
	message := func(n int) *core.Delivery {
		return &core.Delivery{Message: &core.Message{ID: fmt.Sprint(n), Body: packed(t, strings.Repeat("x", 10_000))}}
	}
	one := message(0)
	texts := make([][]byte, 50)
	var all sync.WaitGroup
	for i := range texts {
		all.Go(func() { texts[i], _ = r.Render(set, one) })
	}
	all.Wait()
	for _, text := range texts {
		if len(text) == 0 || &text[0] != &texts[0][0] {
			t.Fatal("it was written twice")
		}
	}
	other := *one
	other.Topic.Subtopic = "s"
	if text, err := r.Render(set, &other); err != nil || &text[0] == &texts[0][0] {
		t.Errorf("by another subtopic it is another text: %v", err)
	}
	for n := range 2000 {
		if _, err := r.Render(set, message(n)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.recent) + len(r.older); n > 2*maxTexts || r.size > maxSize+20_000 {
		t.Errorf("%d texts are kept, %d bytes in the newer ones", n, r.size)
	}
}

// BenchmarkRender compares writing a message each time with keeping its text.
func BenchmarkRender(b *testing.B) {
	set := newSet(b)
	d := &core.Delivery{Message: &core.Message{ID: "CBF170BB-9D9E-4D18-B05B-83EFDA1C2022", Destination: "chat", Timestamp: time.Now(),
		Body: packed(b, map[string]any{"from": "eva", "text": "hello, everybody", "sizes": []any{1, 2, 3}}), Headers: map[string]any{"loud": true}}}
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := render(set, d); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		var r Renderer
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Render(set, d); err != nil {
				b.Fatal(err)
			}
		}
	})
}
