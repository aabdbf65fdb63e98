// Package core is the portable heart of Patchbay: what is the same whatever protocol a call or a message comes by, wherever the program
// runs, and wherever it keeps its state.
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
// A message's way down, from whoever publishes to the log of its topic:
//
//	ChannelSet.Publish (who may, how often, to which shards)                      publish.go, destination.go, topic.go, throttle.go
//	          -> the end of each shard's log, by one conditional put              log_publish.go, log.go, log_tail.go, log_entry.go
//	             (with an id of the caller's, one write more)                     publish_once.go
//	          -> who waits here, and the Bus to other processes                   pump.go, bus.go
//	          -> sockets elsewhere and bridges, under a lease                     follow.go, follow_lease.go, push.go, push_work.go
//
// and its way up, to whoever has subscribed. A subscription is a position in each shard that it reads, so however many subscribe, a
// publish is one write:
//
//	ChannelSet.Subscribe (who may, and where it begins)                           subscription.go, position.go
//	ChannelSet.Poll (what the client has confirmed by asking again)               poll.go
//	          -> the logs behind those positions, each read once                  gather.go, log_read.go, selectors.go
//	          -> the batch is saved, and only then given away                     connection.go, form.go
//	          -> or else it waits, until a pump has read something for it         wait.go, waiting.go, pump.go
//	Feed.Next, for sockets and streams of this process                            feed.go, feed_stream.go
//	ChannelSet.SubscribePush, for sockets that live elsewhere                     push.go, push_row.go
//	ChannelSet.Send, to one connection whatever it has subscribed to              inbox.go
//
// docs/delivery.md says what is promised by that, to whom, and why it holds.
//
// An Endpoint is a pure step: one unit in, zero or more out, nothing kept between. What lasts is a Client (who) and a Connection
// (where), and both are kept by compare-and-set through the six verbs of a Store. So the same step serves a function that is gone
// after one request, and a server that calls it in a loop. What changes either is computed from what was loaded and saved before
// anything of it is seen outside; when somebody else was faster it is loaded and computed again. A plain call saves nothing.
//
// Arguments stay encoded until a Target says what Go types it takes, and the body of a message until somebody binds it. The only error
// whose text reaches a peer is a Fault.
//
// Nothing here is global, and nothing runs by itself but what reads a log while somebody waits for it: a ChannelSet is set up by one
// goroutine and then used by any number, and what has to happen from time to time is Sweep, which a timer or a scheduler calls.
package core
