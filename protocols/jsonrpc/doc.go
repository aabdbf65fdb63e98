// Package jsonrpc speaks JSON-RPC 2.0 (https://www.jsonrpc.org/specification): one request or batch in, one response, one array of
// responses, or nothing out. It is the same step over HTTP and over a WebSocket. Over that calls run beside each other, the server calls
// its peer too, and the events of subscriptions come as notifications.
//
// A method is "service.operation", split at the last dot; one without a dot is an operation of the default service. Names that
// begin with "rpc." belong to the protocol: rpc.discover answers with an OpenRPC 1.3.2 document of all targets. Those of messaging
// begin with "patchbay.": messaging.go has them.
//
// How values look is package wire/json's matter. Where the specification leaves something open:
//
//   - the calls of a batch run one after the other and are answered in their order;
//   - an id comes back byte for byte; null is an id, its absence makes a notification;
//   - a notification is never answered, whatever happens to it, but an object that is no valid request always is;
//   - a member of a request that comes twice makes the whole text a parse error, others than those of the specification are ignored;
//   - "params": null is no valid request, since the specification wants a structure or nothing;
//   - HTTP status is 200 for every answer, parse errors included, and 204 where there is none.
//
// Error codes are in codes.go. An error's data is the Fault's Detail; where the Fault has a name of its own it is an object with
// that "name" and, where there is one, the "detail".
//
// Sessions are the set's cookie, which is sent when a call has needed a session for the first time; over a socket such a session is the
// socket's. HTTP Basic says who calls for one request, or for a socket's life, and leaves nothing behind.
package jsonrpc
