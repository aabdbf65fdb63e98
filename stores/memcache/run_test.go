package memcache

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestRunGrows(t *testing.T) {
	const most = math.MaxUint64
	for _, c := range []struct {
		name    string
		numbers []uint64
		want    []span
	}{
		{"one behind the other", []uint64{1, 2, 3}, []span{{1, 3}}},
		{"backwards", []uint64{3, 2, 1}, []span{{1, 3}}},
		{"a small hole", []uint64{1, 10}, []span{{1, 10}}},
		{"a jump", []uint64{1, 2, 1002, 1003}, []span{{1, 2}, {1002, 1003}}},
		{"between two", []uint64{10, 60, 35}, []span{{10, 10}, {35, 35}, {60, 60}}},
		{"what joins two", []uint64{10, 40, 25}, []span{{10, 40}}},
		{"the ends of all numbers", []uint64{0, most, 1, most - 1}, []span{{0, 1}, {most - 1, most}}},
	} {
		r := &run{}
		for _, n := range c.numbers {
			r = r.with(n, n)
			if !r.covers(n) {
				t.Errorf("%s: %d was added and is not covered", c.name, n)
			}
		}
		if !slices.Equal(r.spans, c.want) {
			t.Errorf("%s: %v is %v, want %v", c.name, c.numbers, r.spans, c.want)
		}
	}
}

func TestRunShortens(t *testing.T) {
	r := &run{spans: []span{{1, 10}, {100, 110}}}
	for below, want := range map[uint64][]span{
		0: r.spans, 1: r.spans, 5: {{5, 10}, {100, 110}}, 11: {{100, 110}}, 99: {{100, 110}}, 105: {{105, 110}}, 110: {{110, 110}}, 999: {{110, 110}},
	} {
		if got := r.above(below).spans; !slices.Equal(got, want) {
			t.Errorf("above %d it is %v, want %v", below, got, want)
		}
	}
}

// TestRunAfter: what comes behind any sort are those of the run's sorts that are above it, in order.
func TestRunAfter(t *testing.T) {
	r := &run{prefix: "p/", spans: []span{{1, 3}, {1000, 1001}}}
	all := append(sorts("p/", 1, 3), sorts("p/", 1000, 1001)...)
	for _, after := range append([]string{"", "p", "p/", "p/0", "p/00000000000000000002x", "p/5", "p/x", "q", "p/\xff", sortOf("p/", 500), sortOf("p/", math.MaxUint64)}, all...) {
		var want []string
		for _, sort := range all {
			if sort > after {
				want = append(want, sort)
			}
		}
		if got := take(r.after(after), 100); !slices.Equal(got, want) {
			t.Errorf("after %q come %q, want %q", after, got, want)
		}
	}
}

// TestMerge: sorts of several sources come in one order, upwards and downwards.
func TestMerge(t *testing.T) {
	for _, down := range []bool{false, true} {
		own := []string{"a", "p/000", "p/00000000000000000002", "p/00000000000000000002x", "z"}
		want := slices.Concat(own, sorts("p/", 1, 3), sorts("p/0", 7, 8))
		slices.Sort(want)
		if down {
			slices.Reverse(own)
			slices.Reverse(want)
		}
		m := &merge{down: down, sources: []source{
			&plain{own}, &numbers{prefix: "p/", spans: []span{{1, 1}, {2, 3}}, down: down}, &numbers{}, &numbers{prefix: "p/0", spans: []span{{7, 8}}, down: down},
		}}
		if got := take(m, 100); !slices.Equal(got, want) {
			t.Errorf("down %v: got %q, want %q", down, got, want)
		}
	}
}

// TestListForgets: what has ended to be listed goes with the next change; what is listed for ever, or anew, stays.
func TestListForgets(t *testing.T) {
	now := time.Now()
	l := &list{}
	for i := range 100 {
		l = l.with(listEntry{sort: fmt.Sprint(rand.IntN(1000), i), id: uint32(i), until: now.Add(time.Minute)}, now)
	}
	l = l.with(listEntry{sort: "for ever"}, now).with(listEntry{sort: "a run", run: true, until: now.Add(2 * time.Hour)}, now)
	later := now.Add(time.Hour)
	l = l.with(listEntry{sort: "new", until: later}, later)
	var got []string
	for _, e := range l.entries {
		got = append(got, e.sort)
	}
	if want := []string{"for ever", "new", "a run"}; !slices.Equal(got, want) {
		t.Errorf("listed are %q, want %q", got, want)
	}
	if got := l.life(later); got != 0 {
		t.Errorf("the list is kept for %v, where an entry is there for ever", got)
	}
	l = l.without(func(e listEntry) bool { return e.sort == "for ever" })
	if got := l.life(later); got != time.Hour {
		t.Errorf("the list is kept for %v, want the hour of its last entry", got)
	}
}
