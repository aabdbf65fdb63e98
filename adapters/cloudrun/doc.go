// Package cloudrun runs a ChannelSet as Google's Cloud Run wants it: adapters/server with that platform's settings, log lines that its log
// viewer understands and joins to their requests, and endpoints to which Pub/Sub and Eventarc push.
//
// The contract is Google's "Container runtime contract": listen on all addresses at $PORT, end within ten seconds of SIGTERM. docs/cloudrun.md
// is for who deploys.
package cloudrun
