package main

import (
	"context"
	"slices"
	"time"
)

// codecResult is one measure of one program.
type codecResult struct {
	Measure string  `json:"measure"`
	Program string  `json:"program"`
	Best    float64 `json:"best_ms"` // CPU time of one pass in the best round
	Median  float64 `json:"median_ms"`
	Whole   float64 `json:"process_median_ms"`           // with garbage collection and compilation, where the others leave them out
	Allocs  float64 `json:"allocs_per_object,omitempty"` // ours only
	// Ratio is how many times as long as ours the program takes, by the medians.
	Ratio float64 `json:"times_ours"`
}

// payloadObjects is how many objects one pass reads or writes.
const payloadObjects = 1000

// measureCodecs warms every program up and then measures all of them in turn, round after round.
func measureCodecs(ctx context.Context, s settings) ([]codecResult, error) {
	workers, err := startWorkers(ctx, s)
	if err != nil {
		return nil, err
	}
	defer stopWorkers(workers)
	for _, w := range workers {
		for _, measure := range measures {
			if _, err := w.measure(measure, warmUp(w, s)); err != nil {
				return nil, err
			}
		}
	}
	rounds := make(map[[2]string][]measurement)
	for range s.rounds {
		for _, measure := range measures {
			for _, w := range workers {
				m, err := w.measure(measure, s.slice)
				if err != nil {
					return nil, err
				}
				key := [2]string{measure, w.name}
				rounds[key] = append(rounds[key], m)
			}
		}
	}
	return summarize(workers, rounds), nil
}

// warmUp is how long a program runs a measure before it counts: Java's compiler needs its time, the others need none.
func warmUp(w *worker, s settings) time.Duration {
	if w.name == "BlazeDS" {
		return s.warm
	}
	return min(s.warm, s.slice)
}

func summarize(workers []*worker, rounds map[[2]string][]measurement) []codecResult {
	var results []codecResult
	for _, measure := range measures {
		var base float64
		for i, w := range workers {
			r := summary(rounds[[2]string{measure, w.name}])
			r.Measure, r.Program = measure, w.name
			if i == 0 {
				base = r.Median
			}
			r.Ratio = r.Median / base
			results = append(results, r)
		}
	}
	return results
}

func summary(rounds []measurement) codecResult {
	var perPass, whole []float64
	var r codecResult
	for _, m := range rounds {
		perPass = append(perPass, perPassMS(m.CPU, m.Passes))
		whole = append(whole, perPassMS(max(m.CPU, m.Process), m.Passes))
		r.Allocs = float64(m.Allocs) / float64(m.Passes) / payloadObjects
	}
	slices.Sort(perPass)
	slices.Sort(whole)
	r.Best, r.Median, r.Whole = perPass[0], perPass[len(perPass)/2], whole[len(whole)/2]
	return r
}

func perPassMS(nanoseconds int64, passes int) float64 {
	return float64(nanoseconds) / float64(passes) / float64(time.Millisecond)
}
