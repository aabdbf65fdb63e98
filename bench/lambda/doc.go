// Command lambda measures what Patchbay costs a function, side by side with others, in one run.
//
//	go run ./bench/lambda
//
// Cold: the processor time that a process takes from its start until it asks for its first event, of the deployed example and of a bare
// aws-lambda-go handler that opens the same client of the AWS SDK. Each is started many times, in turns.
//
// Warm: what a call costs beside its handler, by adapters/lambda and by aws-lambda-go-api-proxy: the event is read, a handler reads the
// request's body and writes 200 bytes, the answer is written. Both run the same handler on the same events, in turns, each in a process of its
// own; the peer's program is a module of its own, so that this one does not depend on it.
//
// docs/lambda.md has figures.
package main
