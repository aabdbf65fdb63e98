// Package rie compares our local platform with aws-lambda-rie, AWS's own emulator of the Runtime API: one function, run by both, must answer
// alike. The test carries the build tag peers, since "make test" installs the emulator first.
package rie
