//go:build !race

package delivery

// How many seeds run in memory, and on any other store.
const (
	memoryRuns = 10_000
	otherRuns  = 200
)
