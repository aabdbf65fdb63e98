package core

import (
	"fmt"
	"math"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	rows := []struct {
		name      string
		frequency float64
		times     []float64 // seconds
		want      string    // which pass
	}{
		{"none", 0, []float64{0, 0, 0}, "yyy"},
		{"no number", math.NaN(), []float64{0, 0}, "yy"},
		{"below none", -1, []float64{0, 0}, "yy"},
		{"without end", math.Inf(1), []float64{0, 0, 0}, "yyy"},
		{"a second's worth at once", 3, []float64{0, 0, 0, 0, 0.2, 0.4}, "yyynny"},
		{"evenly", 2, []float64{0, 0.5, 1, 1.5, 2}, "yyyyy"},
		{"one in two seconds", 0.5, []float64{0, 1, 2, 3.9, 4}, "ynyny"},
		{"saved up no more than a second's worth", 2, []float64{0, 100, 100, 100}, "yyyn"},
		{"an older clock", 10, []float64{5, 0.5, 0.6, 0.7}, "yyyy"},
		{"an older clock, and too many", 2, []float64{5, 0.5, 0.6, 5.6}, "yyny"},
		{"a clock that is put back", 2, []float64{3600, 3600, 0, 0.5, 1}, "yynyy"},
		{"once in a century is once a day", 1e-12, []float64{0, 86_399, 86_400}, "yny"},
	}
	begin := time.Unix(1_700_000_000, 0)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var p pace
			got := ""
			for _, at := range row.times {
				got += map[bool]string{true: "y", false: "n"}[p.pass(begin.Add(time.Duration(at*float64(time.Second))), row.frequency)]
			}
			if got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestOutFrequency(t *testing.T) {
	rows := []struct {
		out   Throttle
		asked float64
		want  float64
	}{
		{Throttle{}, 0, 0},
		{Throttle{}, 2, 2},
		{Throttle{Frequency: 5}, 0, 5},
		{Throttle{Frequency: 5, ClientFrequency: 3}, 4, 3},
		{Throttle{Frequency: 5}, math.NaN(), 5},
		{Throttle{ClientFrequency: 3}, -1, 3},
	}
	for _, row := range rows {
		if got := (&Destination{Out: row.out}).outFrequency(row.asked); got != row.want {
			t.Errorf("%+v, asked for %v: got %v, want %v", row.out, row.asked, got, row.want)
		}
	}
}

// However many clients there are, a meter remembers no more than it may, and forgets first those who have been still.
func TestMeterIsBounded(t *testing.T) {
	var m meter
	limit := &Throttle{ClientFrequency: 1}
	now := time.Unix(1_700_000_000, 0)
	for i := range 3 * maxMetered {
		if !m.pass(now, fmt.Sprint("client ", i), limit) {
			t.Fatalf("client %d may not send", i)
		}
		now = now.Add(time.Millisecond)
	}
	if len(m.by) > maxMetered {
		t.Errorf("%d are remembered, want %d at most", len(m.by), maxMetered)
	}
	if m.pass(now, fmt.Sprint("client ", 3*maxMetered-1), limit) {
		t.Error("the last one was forgotten")
	}
}
