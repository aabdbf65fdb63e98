// Package functions runs the examples as functions, on "patchbay local" and on real stores, while they are killed, and looks whether their
// clients get everything. Its tests have the build tag peers.
package functions
