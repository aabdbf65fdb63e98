// Package core is the portable heart of Patchbay: what is the same whatever protocol a call comes by, wherever the program runs,
// and wherever it keeps its state.
//
// A request's way through it, room by room:
//
//	transport -> adapter -> ChannelSet.Serve -> Endpoint.Serve (reads the unit)   channelset.go, endpoint.go
//	          -> ChannelSet.Load (who is it?)                                     clients.go, client.go, connection.go
//	          -> ChannelSet.Invoke (interceptors, then who to call)               invoke.go, mapper.go, service.go
//	          -> the check of who may                                             access.go
//	          -> Target.Handler (binds the arguments) -> your func                target.go, func.go, args.go
//	          -> Endpoint (writes the answer) -> Reply -> transport               endpoint.go
//
// An Endpoint is a pure step: one unit in, zero or more out, nothing kept between. What lasts is a Client (who) and a Connection
// (where), and both are kept by compare-and-set through the six verbs of a Store. So the same step serves a function that is gone
// after one request, and a server that calls it in a loop. What changes either is computed from what was loaded and saved before
// anything of it is seen outside; when somebody else was faster it is loaded and computed again. A plain call saves nothing.
//
// Arguments stay encoded until a Target says what Go types it takes. The only error whose text reaches a peer is a Fault.
//
// Nothing here is global and nothing runs by itself: a ChannelSet is set up by one goroutine and then used by any number, and what
// has to happen from time to time is Sweep, which a timer or a scheduler calls.
package core
