// Package peers tests against programs that we did not write, over real HTTP: Py3AMF and BlazeDS as clients of
// "patchbay serve", and as servers that "patchbay call" asks.
//
// The tests carry the build tag peers, because they need Python and Java: "make test" installs those and runs them. With the
// tag they never skip: a peer that cannot be started is a failure. The cases are written in the peer's own language, in the
// folders py3amf and blazeds; each script prints one JSON line per case, and a subtest is made of each.
package peers
