// Package pubsub joins deployments by Google's Pub/Sub: a Bus between the instances of one, a bridge out of it, and one into it.
//
// The Bus is a core.Bus. What goes to its topic says where something new stands, and carries no message. It is at most once, as core.Bus
// allows: where Pub/Sub is away, or slow, notices are dropped, and who waits looks by itself after a while.
//
// An Out is what delivers for a core.Follower: it publishes the messages of a destination to a topic, at least once and, of each of its
// topics, in order. An In pulls from a subscription, for processes that live long; what is pushed is adapters/cloudrun's. How a message crosses
// docs/bridges.md says.
//
// All of it stands on what is generated from Pub/Sub's protocol, and not on Google's client above that: docs/decisions/0021-pubsubs-client.md.
package pubsub
