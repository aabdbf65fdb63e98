// Package lambda is Patchbay as an AWS Lambda function: one App takes every kind of event that a function can be given, and answers each in
// its own shape.
//
// In comes an event as JSON, out goes what its source expects. Requests of API Gateway (REST and HTTP APIs), function URLs and Application
// Load Balancers become an http.Request for one http.Handler, as adapters/server makes it; events of a WebSocket API go to a
// SocketHandler; records of SQS, SNS, EventBridge and Amazon MQ are published or handed to the application; a scheduled event sweeps.
// What an event is follows from its shape. That the answer to HTTP is a stream does not: it is configuration (Options.Stream).
//
// What the platform knows of a caller comes from the event alone: the address is http.Request.RemoteAddr, what an authorizer found out
// goes by server.WithClaims into core.Peer.Claims. Headers that look like either are dropped.
//
// The shapes are those of AWS's developer guides: "Lambda proxy integrations" (payload formats 1.0 and 2.0), "Lambda functions as targets"
// of load balancers, "Using response streaming", and the guides of each source of records.
package lambda
