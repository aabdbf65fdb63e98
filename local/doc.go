// Package local is a serverless platform on one's own machine, for any function binary in any language: "patchbay local" is its command.
//
// Two rooms do the work. Package runtime is the inner side: a Lambda Runtime API that starts function processes, hands them events and
// takes their answers. Package gateway is the outer side: front doors (REST API, HTTP API, Function URL, load balancer, WebSocket API,
// SQS, Pub/Sub) that make of what a client sends the event that the real platform would, and of the function's answer what a client
// would see. This package is what they agree on: an invocation's [Result], the [Failure] that it may end with, and the [Faults] that
// are made on purpose. None of the three knows anything of Patchbay's core, and whoever tests a function can use them as a library.
package local
