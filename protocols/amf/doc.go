// Package amf serves clients of Flash's kind: NetConnection calls and Flex messages (RemoteObject and its like) in AMF0 and AMF3.
//
// A unit is one packet: headers, then bodies (Adobe's AMF0 specification, section 4). Endpoint.Serve follows it from top to bottom:
//
//	packet.go     the bytes of a packet become headers and bodies, their values still encoded
//	headers.go    packet headers run: Credentials, and what the application has mapped
//	call.go       a body with a target is a NetConnection call
//	message.go    any other body is a Flex message,
//	remoting.go   which is a call as well,
//	publish.go    or what a Producer publishes,
//	command.go    or a command: ping, login, logout and so on,
//	subscribe.go  of which some make and end subscriptions
//	poll.go       and one asks what there is for them
//	caller.go     who calls: the client behind a DSId, a cookie or the URL
//	answer.go     results and faults become the bodies of the answer,
//	delivery.go   and what was published becomes messages in it
//
// What is posted to a URL with a command is no packet but asks for a stream, an answer that goes on:
//
//	stream.go          opens and closes it,
//	stream_run.go      waits for what is published, and beats,
//	stream_frame.go    and writes messages as frames,
//	stream_shared.go   what many get but once
//
// Nothing is kept between packets: a client's session, what its channel has agreed on and which stream is its own is in the ChannelSet's
// store.
//
// Targets that want to see packet and message take a *core.Call, or use core.CallFrom, and ask FromCall. docs/amf.md is for those who
// connect a client.
package amf
