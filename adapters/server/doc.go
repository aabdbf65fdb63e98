// Package server is Patchbay in one long-lived process: it takes HTTP requests and hands their bodies to a core.ChannelSet.
//
// In comes a request, out goes what the channel's endpoint answers. The package owns what HTTP is about and nothing else: which
// path is which channel, methods, sizes, packed bodies, pages of other origins, health, the log line of a request, timeouts and
// the orderly end. HTTP is RFC 9110; cross-origin requests follow the Fetch standard of the WHATWG, crossdomain.xml Adobe's
// cross-domain policy file specification.
//
// Answers may be streams, and where an endpoint has subprotocols its address takes WebSockets too (RFC 6455). Of both the package owns
// what they cost: how many there are, how long their peers may be slow or silent, and how they end.
//
// Server.Handler mounts beside other handlers; Listen and Serve run it on its own.
package server
