package client

import (
	"fmt"
	"slices"
	"strings"
)

// The protocols by name.
const (
	AMF0     = "amf0"     // a NetConnection call in AMF0
	AMF3     = "amf3"     // a NetConnection call whose arguments are AMF3
	Remoting = "remoting" // a Flex RemotingMessage, as RemoteObject sends it
	JSONRPC  = "jsonrpc"  // by POST; messages by polling

	AMF       = "amf"        // Flex messages; a Consumer that polls
	AMFStream = "amf-stream" // a Consumer that gets one endless answer
	WebSocket = "websocket"  // JSON-RPC over a WebSocket
	Events    = "sse"        // server-sent events
)

// CallProtocols returns the names of those that Call speaks, the default first.
func CallProtocols() []string { return []string{Remoting, AMF3, AMF0, JSONRPC, WebSocket} }

// PublishProtocols returns the names of those that Publish speaks.
func PublishProtocols() []string { return []string{AMF, JSONRPC, WebSocket} }

// SubscribeProtocols returns the names of those that Messages speaks.
func SubscribeProtocols() []string { return []string{AMF, AMFStream, JSONRPC, WebSocket, Events} }

// choose returns the protocol that was asked for if it is among those that are known; asked for none, the one of the address. The only
// one of an address that is not known to all is Events.
func choose(asked, ofAddress string, known []string) (string, error) {
	switch {
	case asked == "" && slices.Contains(known, ofAddress):
		return ofAddress, nil
	case asked == "" && ofAddress == Events:
		return "", fmt.Errorf("server-sent events only bring messages: publish to the address of another protocol, %s", strings.Join(known, ", "))
	case !slices.Contains(known, asked):
		return "", fmt.Errorf("protocol %q: there are %s", asked, strings.Join(known, ", "))
	}
	return asked, nil
}

// callProtocolOf chooses by the address: JSON-RPC where the last part of its path speaks of rpc, else a RemotingMessage.
func callProtocolOf(address string) string {
	switch {
	case isSocket(address):
		return WebSocket
	case strings.Contains(lastPart(address), "rpc"):
		return JSONRPC
	}
	return Remoting
}

// publishProtocolOf is the same for messages.
func publishProtocolOf(address string) string {
	switch last := lastPart(address); {
	case isSocket(address):
		return WebSocket
	case strings.Contains(last, "rpc"):
		return JSONRPC
	case strings.Contains(last, "events"):
		return Events
	}
	return AMF
}

// subscribeProtocolOf is the same for those who wait for messages: a WebSocket brings them at once.
func subscribeProtocolOf(address string) string {
	if p := publishProtocolOf(address); p != JSONRPC {
		return p
	}
	return WebSocket
}

func isSocket(address string) bool {
	scheme, _, _ := strings.Cut(strings.ToLower(address), "://")
	return scheme == "ws" || scheme == "wss"
}

// lastPart returns the last part of the address's path.
func lastPart(address string) string {
	path, _, _ := strings.Cut(address, "?")
	return strings.ToLower(path[strings.LastIndexByte(path, '/')+1:])
}
