package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/patchbay-go/patchbay/core"
)

// hostile are sort keys that meet what stores escape, split at, or compare in ways of their own.
var hostile = []string{
	"\x00", "\x00\x00", "\x01", " ", "  ", "!", "\"", "#", "$", "%", "%00", "%2F", "%2f", "&", "'", "'; DROP TABLE items; --",
	"*", "+", ".", "..", "../x", "/", "//", "/a", "0", "10", "2", ":", "<", "?", "A", "B", "Z", "[", "\\", "\\x00", "^", "_", "__id__", "`",
	"a", "a\x00", "a\x00b", "a b", "a/", "a/b", "a/b/c", "aa", "b", "key\n", "key\r\n", "z", "{", "~", "\x7f", "\u0080", "é", "e\u0301",
	"ß", "ı", "\u65e5\u672c", "\uffff", "😀", "\U0010ffff", "\x80", "\xc3\x28", "\xfe", "\xff", "\xff\xff", strings.Repeat("k", 768),
	"\xab\xff\xff\xff", "\xac", "é\xff\xff", "ê", strings.Repeat("\xff", 768), // the longer ones are below, by the last bit of a group of bytes
}

func testRangeOrder(s *subject) {
	want := slices.Sorted(slices.Values(hostile))
	for _, i := range []int{1, 0} { // every other key, then those between them
		for ; i < len(want); i += 2 {
			s.mustCreate(s.item(want[i], ""))
		}
	}
	s.wantSorts(s.allSorts(0, 0), want)
	s.wantSorts(s.allSorts(1, 0), want)
}

func testRangeAfter(s *subject) {
	s.wantSorts(s.sorts("", 0, 0), nil)
	for _, sort := range []string{"b", "d", "a"} {
		s.mustCreate(s.item(sort, ""))
	}
	tests := []struct {
		after string
		want  []string
	}{
		{"", []string{"a", "b", "d"}}, {"a", []string{"b", "d"}}, {"c", []string{"d"}}, {"d", nil}, {"e", nil}, {"\xff", nil},
	}
	for _, test := range tests {
		s.wantSorts(s.sorts(test.after, 0, 0), test.want)
	}
	s.mustDelete(s.key("b"), 0)
	s.wantSorts(s.sorts("a", 0, 0), []string{"d"})
}

func testRangeLimit(s *subject) {
	want := s.fill(25, "x")
	s.wantSorts(s.sorts("", 10, 0), want[:10])
	s.wantSorts(s.sorts(want[9], 10, 0), want[10:20])
	s.wantSorts(s.sorts(want[19], 10, 0), want[20:])
	s.wantSorts(s.allSorts(7, 0), want)
}

func testRangeBytes(s *subject) {
	want := s.fill(10, strings.Repeat("x", 100))
	s.wantSorts(s.sorts("", 0, 1), want[:1])
	s.wantSorts(s.sorts("", 0, 100), want[:1])
	s.wantSorts(s.sorts("", 0, 101), want[:2])
	s.wantSorts(s.sorts("", 3, 1000), want[:3])
	s.wantSorts(s.allSorts(0, 250), want)
}

// fill creates n items and returns their sort keys.
func (s *subject) fill(n int, body string) []string {
	s.t.Helper()
	sorts := make([]string, n)
	for i := range sorts {
		sorts[i] = fmt.Sprintf("%020d", i)
		s.mustCreate(s.item(sorts[i], body))
	}
	return sorts
}

// testRangePartition: neither a partition that begins with this one's name, nor one that this one's begins with, is seen.
func testRangePartition(s *subject) {
	own := s.p
	for _, p := range []string{own, own + "/x", own + "\x00", own[:len(own)-1], own + "0"} {
		s.mustCreate(core.Item{Key: core.Key{Partition: p, Sort: "in " + p}})
	}
	s.wantSorts(s.allSorts(0, 0), []string{"in " + own})
}

func testLast(s *subject) {
	t := s.t
	tailer, ok := s.Store.(core.Tailer)
	if !ok {
		return // an optional power
	}
	if _, err := tailer.Last(t.Context(), s.p); !errors.Is(err, core.ErrNoItem) {
		t.Fatalf("Last of nothing: %v, want ErrNoItem", err)
	}
	sorts := s.fill(50, "x")
	for _, want := range []string{sorts[49], sorts[48]} {
		it, err := tailer.Last(t.Context(), s.p)
		if err != nil || it.Sort != want {
			t.Fatalf("Last = %q, %v; want %q", it.Sort, err, want)
		}
		s.mustDelete(it.Key, it.Version)
	}
}

func testHostileKeys(s *subject) {
	t := s.t
	for _, part := range hostile {
		key := core.Key{Partition: s.p + part, Sort: part}
		want := s.mustCreate(core.Item{Key: key, Body: []byte(part)})
		_, err := s.Create(t.Context(), want)
		s.wantConflict(err, key, &want)
	}
	for _, part := range hostile {
		key := core.Key{Partition: s.p + part, Sort: part}
		items, err := s.Get(t.Context(), key)
		if err != nil || len(items) != 1 || items[0].Key != key || string(items[0].Body) != part {
			t.Errorf("Get(%q) = %v, %v", key, items, err)
		}
		s.mustDelete(key, 0)
	}
}
