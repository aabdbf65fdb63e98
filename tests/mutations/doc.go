// Package mutations takes the rules of core's messaging out one at a time and looks that a test fails each time: so the rules are
// needed, and the tests see it. What is compiled for that is a changed copy (go test -overlay); the code stays as it is.
package mutations
