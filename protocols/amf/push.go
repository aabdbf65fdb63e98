package amf

import (
	"cmp"
	"slices"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// The messages that the server sends by itself: what was published, and commands. They have the members of an acknowledgement. DSA is
// AsyncMessage in short.
var (
	asyncShape      = &value.Shape{Class: classAsyncMessage, Sealed: acknowledgeMembers}
	smallAsyncShape = &value.Shape{Class: classSmallAsync, Sealed: acknowledgeMembers, External: true}
	commandShape    = &value.Shape{Class: classCommandMessage, Sealed: slices.Concat(acknowledgeMembers, []string{"operation"})}
)

// headerSubtopic is the header that says which subtopic a message was published to.
const headerSubtopic = "DSSubtopic"

// deliver makes a the message that brings a Delivery to its consumer, in the shape of an AsyncMessage. Its body stays packed and goes
// from there into the answer token by token.
func (a *acknowledgement) deliver(d *core.Delivery, shape *value.Shape) {
	m := d.Message
	*a = acknowledgement{
		shape: shape, body: m.Body, clientID: d.Subscription, correlationID: m.CorrelationID, destination: m.Destination, messageID: m.ID,
		headers: deliveryHeaders(a.headers[:0], d), timestamp: float64(m.Timestamp.UnixMilli()), timeToLive: float64(m.TTL().Milliseconds()),
	}
}

// deliveryHeaders appends the message's headers, sorted by name, so that the same message always gives the same bytes, and the subtopic
// by which the consumer gets it.
func deliveryHeaders(headers value.Members, d *core.Delivery) value.Members {
	for name, v := range d.Message.Headers {
		if name != headerSubtopic {
			headers = append(headers, value.Member{Name: name, Value: v})
		}
	}
	slices.SortFunc(headers, func(a, b value.Member) int { return cmp.Compare(a.Name, b.Name) })
	if d.Topic.Subtopic != "" {
		headers = append(headers, value.Member{Name: headerSubtopic, Value: d.Topic.Subtopic})
	}
	return headers
}
