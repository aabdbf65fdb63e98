package redis

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core"
)

var someNotices = []core.Notice{
	{Realm: "realm1", Destination: "news", Number: 1},
	{Realm: "realm1", Destination: "news", Shard: 1023, Number: 1<<64 - 1},
	{Realm: "r", Connection: "handle/channel"},
	{Destination: strings.Repeat("d", maxText)},
	{Connection: "\x00\xff"},
}

func payloadOf(notices ...core.Notice) string {
	t := newBatch()
	for _, n := range notices {
		t.add(n)
	}
	return string(t.payload())
}

// heard returns what readPayload gives.
func heard(t *testing.T, payload string) []core.Notice {
	t.Helper()
	var got []core.Notice
	if err := readPayload(payload, func(n core.Notice) { got = append(got, n) }); err != nil {
		t.Fatalf("%q: %v", payload, err)
	}
	return got
}

func TestPayload(t *testing.T) {
	for n := range len(someNotices) + 1 {
		want := someNotices[:n]
		if got := heard(t, payloadOf(want...)); !slices.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if got, want := len(payloadOf(core.Notice{Realm: "realm1", Destination: "news", Number: 1000})), 16; got != want {
		t.Errorf("a notice takes %d bytes, want %d", got, want)
	}
}

// TestBatchMerges: of one log only the highest number is sent, of one connection one notice.
func TestBatchMerges(t *testing.T) {
	log := func(shard int, number uint64) core.Notice {
		return core.Notice{Realm: "r", Destination: "d", Shard: shard, Number: number}
	}
	to := core.Notice{Realm: "r", Connection: "c"}
	got := heard(t, payloadOf(log(0, 5), to, log(1, 1), log(0, 7), to, log(0, 6)))
	if want := []core.Notice{log(0, 7), to, log(1, 1)}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestBatchEnds: however long the notices are, what is sent together is no more than is taken.
func TestBatchEnds(t *testing.T) {
	b := newBatch()
	for i := 0; !b.full(); i++ {
		long := strings.Repeat("x", maxText-10)
		b.add(core.Notice{Realm: long, Destination: fmt.Sprint(i, long), Connection: long, Shard: 1, Number: 1 << 63})
	}
	if got := heard(t, string(b.payload())); len(got) != len(b.notices) || len(got) < 4 {
		t.Errorf("%d notices were taken of %d that were sent together", len(got), len(b.notices))
	}
}

func TestForeignPayloads(t *testing.T) {
	whole := payloadOf(someNotices[:3]...)
	bad := map[string]string{
		"nothing": "", "another form": "\x02" + whole[1:], "text": "hello", "too large": whole + strings.Repeat("\x00\x00\x01x", maxPayload/4),
		"a long text": "\x01\xff\xff\x03" + strings.Repeat("x", 65535), "a length beyond the end": "\x01\x7fx",
		"a length that is no number": "\x01" + strings.Repeat("\xff", 11), "a shard that nobody has": "\x01\x00\x01d\xff\xff\x7f\x01",
		"nobody": "\x01\x00\x00\x00",
	}
	for i := 2; i < len(whole); i++ {
		bad[fmt.Sprintf("the first %d bytes", i)] = whole[:i]
	}
	for end := 1; end < 3; end++ { // but for those that end behind a notice
		delete(bad, fmt.Sprintf("the first %d bytes", len(payloadOf(someNotices[:end]...))))
	}
	for name, payload := range bad {
		err := readPayload(payload, func(n core.Notice) { t.Errorf("%s: heard %+v", name, n) })
		if err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
}

// FuzzReadPayload: whatever another sends, it is refused, or notices that are written and read as the same.
func FuzzReadPayload(f *testing.F) {
	for n := range someNotices {
		f.Add(payloadOf(someNotices[:n]...))
	}
	f.Add("\x01\xff\xff\xff\xff\xff")
	f.Fuzz(func(t *testing.T, payload string) {
		var got []core.Notice
		if readPayload(payload, func(n core.Notice) { got = append(got, n) }) != nil {
			if len(got) > 0 {
				t.Errorf("%d notices were heard of a payload that was refused", len(got))
			}
			return
		}
		b := []byte{payloadForm}
		for _, n := range got {
			b = appendNotice(b, n)
		}
		if again := heard(t, string(b)); !slices.Equal(again, got) {
			t.Errorf("%+v became %+v", got, again)
		}
	})
}

func BenchmarkPayload(b *testing.B) {
	batch := newBatch()
	for i := range 100 {
		batch.add(core.Notice{Realm: "realm1", Destination: fmt.Sprint("news", i), Number: 1_000_000})
	}
	payload := string(batch.payload())
	b.ReportAllocs()
	for b.Loop() {
		if err := readPayload(payload, func(core.Notice) {}); err != nil {
			b.Fatal(err)
		}
	}
}
