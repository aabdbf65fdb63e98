//go:build !race

package delivery

const defaultRuns = 10_000
