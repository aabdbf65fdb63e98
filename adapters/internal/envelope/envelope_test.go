package envelope_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/internal/envelope"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// now is when everything happens.
var now = time.Now().Truncate(time.Millisecond)

func newSet(t testing.TB) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), &core.Options{Now: func() time.Time { return now }})
	t.Cleanup(func() { _ = set.Close() })
	return set.AddDestination(&core.Destination{Name: "orders", MaxMessage: 4000}).AddDestination(&core.Destination{Name: "other"})
}

func packed(t testing.TB, v any) value.Packed {
	t.Helper()
	p, err := value.PackValue(v, nil, value.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// published returns what stands in a destination's log.
func published(t testing.TB, set *core.ChannelSet, destination string) []*core.Message {
	t.Helper()
	var all []*core.Message
	err := set.Follow(t.Context(), &core.Follower{
		Name: "look", Destination: destination, Replay: true,
		Deliver: func(_ context.Context, _ int, messages []*core.Message) error {
			all = append(all, messages...)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func body(t testing.TB, m *core.Message) any {
	t.Helper()
	var v any
	if err := m.Body.Bind(&v, nil, value.Limits{}); err != nil {
		t.Fatal(err)
	}
	return v
}

// message is one with all that a message can have.
func message(t testing.TB, v any) *core.Message {
	t.Helper()
	correlation := "c-1"
	return &core.Message{
		ID: "M-1", Destination: "orders", Subtopics: []string{"a.b", "a.c"}, Body: packed(t, v), CorrelationID: &correlation,
		Headers: map[string]any{"n": 1.0, "text": "x, y", "list": []any{true, nil}}, Timestamp: now, Expires: now.Add(time.Minute),
	}
}

// What crosses is whole, in both forms.
func TestAcross(t *testing.T) {
	for _, c := range []struct {
		name string
		form envelope.Form
		body any
		data string // "": a document
		text bool
	}{
		{"document", envelope.JSON, map[string]any{"a": []any{1.0, 2.5, "ü", nil}}, "", false},
		{"document with a text", envelope.JSON, "text", "", false},
		{"document with nothing", envelope.JSON, nil, "", false},
		{"text as it is", envelope.AsIs, `{"no": json`, `{"no": json`, false},
		{"bytes as they are", envelope.AsIs, []byte{0xff, 0, 1}, "\xff\x00\x01", false},
		{"bytes that are a text too", envelope.AsIs, []byte("abc"), "abc", false},
		{"list as JSON", envelope.AsIs, []any{1.0, "x"}, `[1,"x"]`, false},
		{"empty text", envelope.AsIs, "", "", false},
		{"a text like a document", envelope.AsIs, `{"patchbay": 1, "id": "F"}`, `{"patchbay": 1, "id": "F"}`, false},
		{"document of a text broker", envelope.JSON, "a\x00\uffff\ufffe", "", true},
		{"text of a text broker", envelope.AsIs, "ü\t", "ü\t", true},
		{"text that it does not take", envelope.AsIs, "a\x00\uffff", "YQDvv78=", true},
		{"bytes of a text broker", envelope.AsIs, []byte{0xff, 0}, "/wA=", true},
		{"nothing of a text broker", envelope.AsIs, []byte{}, "=", true},
		{"JSON of a text broker", envelope.AsIs, []any{"\uffff"}, `["\uffff"]`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := envelope.Writer{Origin: "here", Form: c.form, Text: c.text}
			want := message(t, c.body)
			parcel, err := w.Write(want)
			if err != nil {
				t.Fatal(err)
			}
			if c.data != "" && string(parcel.Data) != c.data {
				t.Errorf("data: got %q, want %q", parcel.Data, c.data)
			}
			set := newSet(t)
			in := envelope.Inlet{Set: set, Origin: "there", Named: []string{"orders"}}
			if fate, err := in.Take(t.Context(), &envelope.Arrival{ID: "broker's", Data: parcel.Data, Attributes: parcel.Attributes}); err != nil || fate != envelope.Published {
				t.Fatalf("got %q, %v", fate, err)
			}
			all := published(t, set, "orders")
			if len(all) != 1 {
				t.Fatalf("got %d messages", len(all))
			}
			got := all[0]
			want.Headers[core.ViaHeader] = "here"
			if diff := cmp.Diff(c.body, body(t, got)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want.Headers, got.Headers); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if got.ID != want.ID || !cmp.Equal(got.Subtopics, want.Subtopics) || *got.CorrelationID != "c-1" || !got.Expires.Equal(want.Expires) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// What others send, and what is wrong.
func TestTake(t *testing.T) {
	document := func(rest string) string {
		return `{"patchbay":1,"id":"I","destination":"orders","body":"b"` + rest + `}`
	}
	for _, c := range []struct {
		name       string
		in         envelope.Inlet
		data       string
		attributes map[string]string
		want       any // the body
		fate       envelope.Fate
		poison     string
	}{
		{name: "JSON", data: ` {"a": 1} `, want: map[string]any{"a": 1.0}, fate: envelope.Published},
		{name: "a number is no document", data: `1`, want: 1.0, fate: envelope.Published},
		{name: "an attribute is a header", data: `1`, attributes: map[string]string{"h": "v"}, want: 1.0, fate: envelope.Published},
		{name: "a member like ours in another's", data: `{"patchbay":"x"}`, want: map[string]any{"patchbay": "x"}, fate: envelope.Published},
		{name: "as it is", in: envelope.Inlet{Form: envelope.AsIs}, data: `{"a": `, want: `{"a": `, fate: envelope.Published},
		{name: "as it is, bytes", in: envelope.Inlet{Form: envelope.AsIs}, data: "\xff", want: []byte{0xff}, fate: envelope.Published},
		{name: "document", data: document(``), want: "b", fate: envelope.Published},
		{name: "came from here", data: document(`,"via":["a","there"]`), fate: envelope.Returned},
		{name: "came from here, as it is", data: `1`, attributes: map[string]string{"patchbay-via": "there"}, fate: envelope.Returned},
		{name: "too late", data: document(`,"expires":1`), fate: envelope.Expired},
		{name: "no JSON", data: `{"a": `, poison: "ends within"},
		{name: "nothing", data: ``, poison: "ends within"},
		{name: "a later version", data: `{"patchbay":2}`, poison: "version 2"},
		{name: "an id that is none", data: `{"patchbay":1,"id":["x"]}`, poison: "read envelope"},
		{name: "an endless id", data: document(`,"correlationId":"` + strings.Repeat("x", 300) + `"`), poison: "256 bytes"},
		{name: "a subtopic that cannot be", data: document(`,"subtopics":["*"]`), poison: "wildcard"},
		{name: "names that are none", data: document(`,"via":["a,b"]`), poison: "name of a deployment"},
		{name: "a long way", data: document(`,"via":["` + strings.Repeat(`a","`, 20) + `a"]`), poison: "more than 16"},
		{name: "a destination that it may not name", in: envelope.Inlet{Destination: "-"}, data: `{"patchbay":1,"id":"I","destination":"secret","body":1}`, poison: "none that it may name"},
		{name: "a time that is none", data: `1`, attributes: map[string]string{"patchbay-expires": "soon"}, poison: "patchbay-expires"},
		{name: "headers that are none", data: `1`, attributes: map[string]string{"patchbay-headers": "["}, poison: "patchbay-headers"},
		{name: "too deep", data: strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), poison: "nested deeper"},
		{name: "more than may be", in: envelope.Inlet{MaxBytes: 10}, data: `"12345678901"`, poison: "of which 10 may be"},
		{name: "more than the destination takes", data: `"` + strings.Repeat("x", 5000) + `"`, poison: "more than 4000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := c.in
			in.Set, in.Origin, in.Named = newSet(t), "there", []string{"orders"}
			if in.Destination == "" {
				in.Destination = "other"
			} else {
				in.Destination = ""
			}
			if strings.Contains(c.name, "takes") {
				in.Destination = "orders"
			}
			fate, err := in.Take(t.Context(), &envelope.Arrival{ID: "B", Data: []byte(c.data), Attributes: c.attributes})
			if poison, ok := errors.AsType[*envelope.Poison](err); c.poison != "" {
				if !ok || !strings.Contains(poison.Error(), c.poison) {
					t.Errorf("got %q, %v; want poison with %q", fate, err, c.poison)
				}
				return
			}
			if err != nil || fate != c.fate {
				t.Fatalf("got %q, %v; want %q", fate, err, c.fate)
			}
			all := append(published(t, in.Set, "other"), published(t, in.Set, "orders")...)
			if c.fate != envelope.Published {
				if len(all) != 0 {
					t.Errorf("got %d messages, want none", len(all))
				}
				return
			}
			if diff := cmp.Diff(c.want, body(t, all[0])); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			for name, text := range c.attributes {
				if all[0].Headers[name] != text {
					t.Errorf("header %s: got %v, want %q", name, all[0].Headers[name], text)
				}
			}
		})
	}
}

// What comes again is one message, by the message's own id or the broker's.
func TestAgain(t *testing.T) {
	for _, data := range []string{`"x"`, `{"patchbay":1,"id":"I","destination":"orders","body":"x"}`} {
		in := envelope.Inlet{Set: newSet(t), Origin: "there", Destination: "orders"}
		for range 3 {
			if _, err := in.Take(t.Context(), &envelope.Arrival{ID: "B", Data: []byte(data)}); err != nil {
				t.Fatal(err)
			}
		}
		if all := published(t, in.Set, "orders"); len(all) != 1 {
			t.Errorf("%s: got %d messages, want 1", data, len(all))
		}
	}
}

// What came over a bridge does not go out again, or goes on but never to where it has been.
func TestWriteVia(t *testing.T) {
	for _, c := range []struct {
		name    string
		via     string
		forward bool
		want    string // "": it does not go out
	}{
		{"published here", "", false, "here"},
		{"came over a bridge", "a", false, ""},
		{"goes on", "a,b", true, "a,b,here"},
		{"has been here", "a,here,b", true, ""},
		{"has been everywhere", strings.Repeat("a,", 15) + "a", true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := envelope.Writer{Origin: "here", Forward: c.forward}
			m := message(t, 1)
			if c.via != "" {
				m.Headers[core.ViaHeader] = c.via
			}
			p, err := w.Write(m)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if p != nil {
				got = p.Attributes[core.ViaHeader]
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Clients choose ids and subtopics. No character of theirs makes an attribute that a broker refuses, and two ids do not become one.
func TestAttributesOfAnyCharacters(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  string
		text bool // the broker takes what XML does
		kept bool // the subtopic crosses as it is
	}{
		{"no UTF-8", "\xff", false, false},
		{"no UTF-8, a text broker", "\xff", true, false},
		{"a control character", "\x01", false, true},
		{"a control character, a text broker", "\x01", true, true},
		{"a noncharacter, a text broker", "\ufffe", true, true},
	} {
		for _, form := range []envelope.Form{envelope.JSON, envelope.AsIs} {
			t.Run(fmt.Sprintf("%s, form %d", c.name, form), func(t *testing.T) {
				w := envelope.Writer{Origin: "here", Form: form, Text: c.text}
				set := newSet(t)
				in := envelope.Inlet{Set: set, Origin: "there", Named: []string{"orders"}}
				correlation := "c" + c.bad
				for _, id := range []string{"i" + c.bad, "i\ufffd"} {
					m := message(t, "x")
					m.ID, m.Subtopics, m.CorrelationID, m.Headers["h"+c.bad] = id, []string{"s" + c.bad}, &correlation, c.bad
					p, err := w.Write(m)
					if err != nil {
						t.Fatal(err)
					}
					for name, text := range p.Attributes {
						if !utf8.ValidString(text) || c.text && strings.Contains(text, c.bad) {
							t.Errorf("attribute %s: %q", name, text)
						}
					}
					if _, err := in.Take(t.Context(), &envelope.Arrival{Data: p.Data, Attributes: p.Attributes}); err != nil {
						t.Fatal(err)
					}
				}
				all := published(t, set, "orders")
				if len(all) != 2 {
					t.Fatalf("got %d messages, want 2", len(all))
				}
				want := "s\ufffd"
				if c.kept {
					want = "s" + c.bad
				}
				if got := all[0].Subtopics; !cmp.Equal(got, []string{want}) {
					t.Errorf("got subtopics %q, want %q", got, want)
				}
			})
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	w := envelope.Writer{Origin: "here", Limits: value.Limits{Bytes: 1000}}
	if p, err := w.Write(message(t, strings.Repeat("x", 2000))); err == nil {
		t.Errorf("got %v, want an error", p)
	}
}

// Whatever comes, Take does not panic, and what it publishes can cross again.
func FuzzTake(f *testing.F) {
	f.Add([]byte(`{"patchbay":1,"id":"I","destination":"orders","subtopics":["a"],"body":{"$class":"C","x":1},"headers":{"h":1},"via":["a"]}`), "patchbay-headers", `{"a":1}`)
	f.Add([]byte(`{"a":1}`), "patchbay-subtopics", `["a"]`)
	f.Add([]byte("\xff"), "patchbay-content-type", "application/octet-stream")
	f.Fuzz(func(t *testing.T, data []byte, name, text string) {
		in := envelope.Inlet{Set: newSet(t), Origin: "there", Destination: "orders"}
		fate, err := in.Take(t.Context(), &envelope.Arrival{ID: "B", Data: data, Attributes: map[string]string{name: text}})
		if _, ok := errors.AsType[*envelope.Poison](err); err != nil && !ok {
			t.Fatalf("got %v, which says to try again", err)
		}
		if fate != envelope.Published {
			return
		}
		w := envelope.Writer{Origin: "here", Forward: true}
		for _, m := range published(t, in.Set, "orders") {
			if _, err := w.Write(m); err != nil {
				t.Fatal(err)
			}
		}
	})
}
