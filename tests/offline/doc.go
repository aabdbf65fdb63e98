// Package offline runs one JavaScript function behind our WebSocket API and behind serverless-offline's, has a client do the same with
// both, and compares what client and function see. docs/local-websocket.md tells what differs; this is what the page stands on. It needs
// Node and what tests/install/serverless-offline installs, and is run by "make test-deploy".
package offline
