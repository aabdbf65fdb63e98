// Package runtime runs function binaries as AWS Lambda does: it serves them the Runtime API (version 2018-06-01), by which they fetch
// events and hand in answers, buffered or streamed, and starts, watches and ends their processes.
//
// Each process has an execution environment of its own, with a Runtime API at an address that no other process knows, so that it is
// certain who answers and who has died. A process may poll several times at once, as on Lambda's Managed Instances; then it gets as
// many events at once. Or a function that was started elsewhere, in a debugger for example, polls at an address of the caller's choice.
//
// Quotas are Lambda's: 6 MB each way, 200 MB of a streamed answer, 10 seconds to start, a time for each invocation, and what exceeds
// them fails in Lambda's words. What is not imitated: processes are not frozen between invocations, memory and CPU are not limited, and
// long streams are not slowed down.
//
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package runtime
