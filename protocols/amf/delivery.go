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

// deliver makes a the message that brings a Delivery to its consumer, in the shape of an AsyncMessage; or the command that says that its
// subscription has ended. The body stays packed and goes from there into the answer token by token.
func (a *acknowledgement) deliver(set *core.ChannelSet, d *core.Delivery, shape *value.Shape) {
	m := d.Message
	*a = acknowledgement{
		shape: shape, body: m.Body, clientID: d.Subscription, destination: m.Destination, messageID: m.ID,
		headers: deliveryHeaders(a.headers[:0], d), timestamp: float64(m.Timestamp.UnixMilli()), timeToLive: timeToLive(set, m),
	}
	if m.CorrelationID != nil {
		a.correlationID, a.emptyCorrelation = *m.CorrelationID, *m.CorrelationID == ""
	}
	if isInvalidation(d) {
		a.shape, a.operation, a.body = commandShape, commandInvalidate, nil
	}
}

// timeToLive returns the limit that a message's publisher or its destination has set, in milliseconds; 0: they have not.
func timeToLive(set *core.ChannelSet, m *core.Message) float64 {
	if d := set.Destination(m.Destination); d != nil && !d.LimitsTTL() && m.TTL() == d.TTL {
		return 0
	}
	return float64(m.TTL().Milliseconds())
}

// deliveryHeaders appends the message's headers, sorted by name, so that the same message always gives the same bytes, and the subtopic
// that it was published to; where there are several, all of them, as in BlazeDS.
func deliveryHeaders(headers value.Members, d *core.Delivery) value.Members {
	for name, v := range d.Message.Headers {
		if name != headerSubtopic {
			headers = append(headers, value.Member{Name: name, Value: v})
		}
	}
	slices.SortFunc(headers, func(a, b value.Member) int { return cmp.Compare(a.Name, b.Name) })
	switch subtopics := d.Message.Subtopics; len(subtopics) {
	case 0:
	case 1:
		headers = append(headers, value.Member{Name: headerSubtopic, Value: subtopics[0]})
	default:
		headers = append(headers, value.Member{Name: headerSubtopic, Value: subtopics})
	}
	return headers
}
