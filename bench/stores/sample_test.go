package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/patchbay-go/patchbay/core"
)

func TestPercentile(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[len(hundred)-1-i] = i + 1 // falling: the order must not matter
	}
	for _, row := range []struct {
		name   string
		values []int
		p      float64
		want   int
	}{
		{"of none", nil, 50, 0},
		{"of one", []int{7}, 99, 7},
		{"middle of three", []int{9, 1, 5}, 50, 5},
		{"middle of four is the lower", []int{4, 3, 2, 1}, 50, 2},
		{"50 of a hundred", hundred, 50, 50},
		{"99 of a hundred", hundred, 99, 99},
		{"all of a hundred", hundred, 100, 100},
		{"the least", hundred, 0, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := percentile(row.values, row.p); got != row.want {
				t.Errorf("got %d, want %d", got, row.want)
			}
		})
	}
}

func TestFigureOf(t *testing.T) {
	usual := sample{took: 2e6, verbs: verbs{"create": 1}, units: core.Units{Writes: 1}}
	other := sample{took: 9e6, verbs: verbs{"create": 1, "get": 1, "range": 2}, units: core.Units{Reads: 8, Writes: 1}}
	got := figureOf([]sample{usual, other, usual, usual})
	want := figure{
		Samples: 4, P50: 2, P99: 9, Verbs: "create",
		Asked: units{Writes: 1}, Usual: units{Writes: 1}, Mean: units{Reads: 2, Writes: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := other.verbs.String(); got != "create, get, 2 range" {
		t.Errorf("verbs are %q", got)
	}
	if got := other.verbs.units(); got != (core.Units{Reads: 3, Writes: 1}) {
		t.Errorf("verbs are %v", got)
	}
}
