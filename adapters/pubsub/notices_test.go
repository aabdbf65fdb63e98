package pubsub

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
)

func TestPayload(t *testing.T) {
	for _, want := range [][]core.Notice{
		{{Realm: "r", Destination: "d", Shard: 3, Number: 1 << 63}},
		{{Realm: "r", Connection: "a/b"}, {Realm: "ü\x00", Destination: "d"}},
		{},
	} {
		b, err := appendPayload(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readPayload(b)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", b, err, diff)
		}
	}
}

// What is no payload of this version is left alone.
func TestForeignPayloads(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":        ``,
		"another form":   `{"patchbay-notices":2,"n":[]}`,
		"somebody's":     `{"n":[]}`,
		"no JSON":        `{"patchbay-notices":1,`,
		"a text":         `"x"`,
		"a shard below":  `{"patchbay-notices":1,"n":[{"r":"r","d":"d","s":-1}]}`,
		"a number below": `{"patchbay-notices":1,"n":[{"r":"r","d":"d","i":-1}]}`,
		"a long name":    `{"patchbay-notices":1,"n":[{"r":"` + strings.Repeat("x", 2000) + `"}]}`,
		"too many":       `{"patchbay-notices":1,"n":[` + strings.Repeat("{},", 300) + `{}]}`,
		"too much":       `{"patchbay-notices":1,"n":[],"x":"` + strings.Repeat("x", 2<<20) + `"}`,
	} {
		if got, err := readPayload([]byte(text)); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
}

// Of one log the last notice is enough.
func TestBatchMerges(t *testing.T) {
	var b batch
	for _, n := range []core.Notice{
		{Realm: "r", Destination: "d", Number: 1}, {Realm: "r", Destination: "d", Number: 7}, {Realm: "r", Destination: "d", Number: 3},
		{Realm: "r", Destination: "d", Shard: 1, Number: 2}, {Realm: "r", Connection: "c"}, {Realm: "r", Connection: "c"},
	} {
		b.add(n)
	}
	want := []core.Notice{{Realm: "r", Destination: "d", Number: 7}, {Realm: "r", Destination: "d", Shard: 1, Number: 2}, {Realm: "r", Connection: "c"}}
	if diff := cmp.Diff(want, b.notices); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ project, id string }{{"", "topic"}, {"p", ""}, {"p", "ab"}, {"a/b", "topic"}, {"p", "a/bc"}, {"p", strings.Repeat("x", 256)}} {
		if got, err := topicName(c.project, c.id); err == nil {
			t.Errorf("%q %q: got %q, want an error", c.project, c.id, got)
		}
	}
	if got, err := subscriptionName("p", "sub"); got != "projects/p/subscriptions/sub" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzReadPayload(f *testing.F) {
	f.Add([]byte(`{"patchbay-notices":1,"n":[{"r":"r","d":"d","s":1,"i":2},{"c":"x"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		notices, err := readPayload(b)
		if err != nil {
			return
		}
		again, err := appendPayload(notices)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readPayload(again)
		if diff := cmp.Diff(notices, got); diff != "" || err != nil {
			t.Errorf("%v (-first +again):\n%s", err, diff)
		}
	})
}
