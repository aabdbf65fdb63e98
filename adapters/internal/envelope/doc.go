// Package envelope is how a message crosses a broker that is none of ours: Pub/Sub, SNS, SQS, EventBridge. A Writer makes a Parcel of a
// core.Message, which a bridge hands to the broker; an Inlet publishes what comes from one.
//
// A parcel's data is, in the form JSON, a document that says all there is to say and so survives brokers that keep nothing else:
//
//	{"patchbay": 1, "id": ..., "destination": ..., "subtopics": [...], "body": ..., "headers": {...},
//	 "timestamp": ms, "expires": ms, "correlationId": ..., "via": [...]}
//
// with body and headers as package wire/json writes values, and times in milliseconds since 1970. In the form AsIs it is the body alone,
// and the rest are attributes. Attributes are named "patchbay-id" and so on; in the form JSON some are there too, for the broker's filters,
// and are not read again.
//
// What has crossed carries the names of the deployments that it was published and bridged by, in "via" and then, as a message, in the header
// core.ViaHeader. A Writer lets none pass that came over a bridge, unless it is told to forward, and an Inlet none that carries the
// deployment's own name: so a message that is bridged out and comes back goes round once.
package envelope
