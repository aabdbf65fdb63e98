package memcache

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/core"
)

var someRecords = []*record{
	{Item: core.Item{Key: core.Key{Partition: "p", Sort: "s"}, Version: 1, Body: []byte{}}, cas: 1},
	{
		Item:   core.Item{Key: core.Key{Partition: "p\x00/", Sort: "\xff"}, Version: math.MaxUint64, Body: []byte("body"), Expires: time.UnixMilli(4e12 + 1)},
		listed: time.UnixMilli(5e12), cas: 7,
	},
	{Item: core.Item{Key: core.Key{Partition: strings.Repeat("p", 1024), Sort: strings.Repeat("s", 768)}, Version: 3, Body: make([]byte, core.MaxBody)}, cas: 2},
}

func TestRecord(t *testing.T) {
	for _, want := range someRecords {
		got, err := readRecord(want.Key, want.value(), want.cas)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(record{}), cmp.Comparer(time.Time.Equal), cmp.Comparer(bytes.Equal)); d != "" {
			t.Errorf("want -, got +:\n%s", d)
		}
		if size := len(want.value()); size > maxList {
			t.Errorf("a record has %d bytes, which is more than memcached takes", size)
		}
	}
}

// TestForeignValues: what is of another key, of a later form, or cut off, is an error and no item.
func TestForeignValues(t *testing.T) {
	want := someRecords[1]
	value := want.value()
	bad := map[string][]byte{"empty": {}, "a later form": append([]byte{2}, value[1:]...), "text": []byte("hello")}
	for n := range len(value) - len(want.Body) {
		bad[fmt.Sprintf("the first %d bytes", n)] = value[:n]
	}
	for name, value := range bad {
		if got, err := readRecord(want.Key, value, 1); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
	if got, err := readRecord(core.Key{Partition: "p", Sort: "other"}, value, 1); err == nil {
		t.Errorf("under another key: read as %+v", got)
	}
	if got, err := readRecord(want.Key, []byte{formDeleted}, 1); err != nil || got.lives(time.Now()) {
		t.Errorf("what is deleted lives: %+v, %v", got, err)
	}
}

func TestNumbered(t *testing.T) {
	for _, c := range []struct {
		sort, prefix string
		number       uint64
		ok           bool
	}{
		{"00000000000000000001", "", 1, true},
		{"i/channel/18446744073709551615", "i/channel/", math.MaxUint64, true},
		{"18446744073709551616", "", 0, false},
		{"0000000000000000001", "", 0, false},
		{"000000000000000000001", "0", 1, true},
		{"0000000000000000000x", "", 0, false},
		{"", "", 0, false},
	} {
		prefix, number, ok := numbered(c.sort)
		if ok != c.ok || ok && (prefix != c.prefix || number != c.number || sortOf(prefix, number) != c.sort) {
			t.Errorf("%q is %q and %d, %v; want %q, %d, %v", c.sort, prefix, number, ok, c.prefix, c.number, c.ok)
		}
	}
}

// TestNames: memcached takes them, and no two are the same.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range []namer{{""}, {"other"}} {
		for _, name := range []string{
			n.item(core.Key{Partition: "a", Sort: "bc"}), n.item(core.Key{Partition: "ab", Sort: "c"}), n.run("a", "bc"), n.run("abc", ""),
			n.list("a", 1), n.list("a", 11), n.list("a1", 1), n.of(kindBirth),
			n.item(core.Key{Partition: strings.Repeat("\x00 \n", 300), Sort: strings.Repeat("\xff", 768)}),
		} {
			if seen[name] || len(name) > 250 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
				t.Errorf("name %q: seen before: %v", name, seen[name])
			}
			seen[name] = true
		}
	}
}

func TestExpiration(t *testing.T) {
	now := time.Now().Unix()
	for _, c := range []struct {
		life      time.Duration
		low, high int64
	}{
		{0, 0, 0}, {time.Nanosecond, 60, 62}, {-time.Hour, 60, 62}, {time.Minute, 120, 122}, {29 * 24 * time.Hour, 29*86400 + 60, 29*86400 + 62},
		{31 * 24 * time.Hour, now + 31*86400 + 59, now + 31*86400 + 70}, {200 * 365 * 24 * time.Hour, 0, 0},
	} {
		if got := int64(expiration(c.life)); got < c.low || got > c.high {
			t.Errorf("a life of %v is %d, want %d to %d", c.life, got, c.low, c.high)
		}
	}
}

// FuzzValues: whatever memcached holds, it is an error, or what is written and read as the same.
func FuzzValues(f *testing.F) {
	key := someRecords[1].Key
	l := (&list{partition: key.Partition}).with(listEntry{sort: "x", id: 5, until: time.UnixMilli(7)}, time.UnixMilli(1)).with(listEntry{sort: "i/", run: true}, time.UnixMilli(1))
	r := (&run{partition: key.Partition, until: time.UnixMilli(9), strays: true}).with(3, 5).with(1000, math.MaxUint64)
	for _, value := range [][]byte{someRecords[1].value(), l.value(), r.value(), {formDeleted}} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if got, err := readRecord(key, value, 1); err == nil && !got.gone {
			if again, err := readRecord(key, got.value(), 1); err != nil || !cmp.Equal(got, again, cmp.AllowUnexported(record{})) {
				t.Errorf("%+v became %+v, %v", got, again, err)
			}
		}
		if got, err := readList(key.Partition, 0, &memcache.Item{Value: value}); err == nil {
			again, err := readList(key.Partition, 0, &memcache.Item{Value: got.value()})
			if err != nil || !slices.Equal(got.entries, again.entries) {
				t.Errorf("%+v became %+v, %v", got, again, err)
			}
		}
		if got, err := readRun(key.Partition, "", &memcache.Item{Value: value}); err == nil {
			again, err := readRun(key.Partition, "", &memcache.Item{Value: got.value()})
			if err != nil || !slices.Equal(got.spans, again.spans) {
				t.Errorf("%+v became %+v, %v", got, again, err)
			}
			got.after("x")
			got.with(7, 7)
			got.above(7)
		}
	})
}
