package main

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A sample is one operation as it was measured.
type sample struct {
	took  time.Duration
	verbs verbs
	units core.Units // as the driver charged them
}

// measure runs an operation and returns what it took.
func measure(ctx context.Context, do func(context.Context) error) (sample, error) {
	ctx, t := withTally(ctx)
	ctx, meter := core.WithMeter(ctx)
	start := time.Now()
	err := do(ctx)
	return sample{took: time.Since(start), verbs: t.verbs, units: meter.Units()}, err
}

// percentile returns the value that p percent of the values do not exceed, by the nearest rank; 0 for none.
func percentile[T cmp.Ordered](values []T, p float64) T {
	if len(values) == 0 {
		var none T
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// A figure is what many samples of one operation come to.
type figure struct {
	Store       string  `json:"store"`
	Subscribers int     `json:"subscribers"`
	Operation   string  `json:"operation"`
	Samples     int     `json:"samples"`
	P50         float64 `json:"p50Milliseconds"`
	P99         float64 `json:"p99Milliseconds"`
	Verbs       string  `json:"verbs"` // of the usual sample
	Asked       units   `json:"asked"` // the verbs of the usual sample, each as one read or one write
	Usual       units   `json:"usual"` // units of the usual sample
	Mean        units   `json:"mean"`  // units, on average over all
}

// units are core.Units with names for JSON.
type units struct {
	Reads  float64 `json:"reads"`
	Writes float64 `json:"writes"`
}

func (u units) plus(o units) units { return units{u.Reads + o.Reads, u.Writes + o.Writes} }

func (u units) times(n float64) units { return units{u.Reads * n, u.Writes * n} }

// figureOf puts samples together. The usual sample is the median of reads and of writes: now and then an operation also looks after
// something, such as the head hint of a log, which the mean shows.
func figureOf(samples []sample) figure {
	f := figure{Samples: len(samples)}
	took := column(samples, func(s sample) float64 { return milliseconds(s.took) })
	f.P50, f.P99 = percentile(took, 50), percentile(took, 99)
	f.Verbs = percentile(column(samples, func(s sample) string { return s.verbs.String() }), 50)
	f.Asked = median(samples, func(s sample) core.Units { return s.verbs.units() })
	f.Usual = median(samples, func(s sample) core.Units { return s.units })
	for _, s := range samples {
		f.Mean = f.Mean.plus(units(s.units))
	}
	f.Mean = f.Mean.times(1 / float64(max(len(samples), 1)))
	return f
}

func column[T any](samples []sample, of func(sample) T) []T {
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	return values
}

func median(samples []sample, of func(sample) core.Units) units {
	return units{
		Reads:  percentile(column(samples, func(s sample) float64 { return of(s).Reads }), 50),
		Writes: percentile(column(samples, func(s sample) float64 { return of(s).Writes }), 50),
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
