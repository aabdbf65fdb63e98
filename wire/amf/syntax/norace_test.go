//go:build !race

package syntax_test

const raceFactor = 1
