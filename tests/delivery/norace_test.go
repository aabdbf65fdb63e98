//go:build !race

package delivery

const memoryRuns = 10_000
