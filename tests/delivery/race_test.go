//go:build race

package delivery

// With the race detector a run takes ten times as long.
const (
	memoryRuns = 2_000
	otherRuns  = 40
)
