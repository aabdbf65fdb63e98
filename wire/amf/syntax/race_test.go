//go:build race

package syntax_test

// raceFactor is how much more time and memory a run may take with the race detector on.
const raceFactor = 10
