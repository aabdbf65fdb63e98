package amf

import (
	"context"
	"math"
	"slices"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// The members of the messages that we send, in the order in which acknowledgement.write writes them. DSK is AcknowledgeMessage in
// short: its class leaves out what is null.
var (
	acknowledgeMembers = []string{"body", "clientId", "correlationId", "destination", "headers", "messageId", "timestamp", "timeToLive"}
	errorMembers       = []string{"faultCode", "faultString", "faultDetail", "rootCause", "extendedData"}

	acknowledgeShape = &value.Shape{Class: classAcknowledgeMessage, Sealed: acknowledgeMembers}
	smallShape       = &value.Shape{Class: classSmallAcknowledge, Sealed: acknowledgeMembers, External: true}
	errorShape       = &value.Shape{Class: classErrorMessage, Sealed: slices.Concat(acknowledgeMembers, errorMembers)}
)

// An acknowledgement is the message that answers a Flex message, or one that the server sends by itself: see delivery.go. It writes its
// tokens itself, since every call has one.
type acknowledgement struct {
	shape *value.Shape
	body  any
	fault *core.Fault // of an ErrorMessage

	clientID, correlationID, destination, messageID string

	emptyCorrelation bool // the correlationId is empty, and not null

	headers    value.Members
	timestamp  float64
	timeToLive float64     // milliseconds; 0: no limit
	operation  int         // of a CommandMessage
	token      value.Token // the one being written, so that none is made per member
}

// acknowledge answers a Flex message with its result. The error is for an ErrorMessage in its place.
func (s *step) acknowledge(ctx context.Context, b *body, x *exchange, result any) error {
	a := &s.reply
	a.begin(s, x, s.shapeFor(b, x))
	a.body = result
	if x.message.Class != classRemotingMessage {
		a.destination = "" // as in BlazeDS
	}
	err := s.writeBody(b, onResult, func() error { return a.write(&s.encoder) })
	return s.resultFault(ctx, b, err)
}

// shapeFor returns the small form where the channel has agreed on it, but for the answers that agree on it or carry other headers.
func (s *step) shapeFor(b *body, x *exchange) *value.Shape {
	if x.call.Conn == nil || !b.amf3 || len(x.request.replyHeaders) > 0 || s.endpoint.opts.NoSmallMessages {
		return acknowledgeShape
	}
	if readSession(x.call.Conn.Session()).messagingVersion < messagingVersion {
		return acknowledgeShape
	}
	return smallShape
}

// begin fills in what all answers have.
func (a *acknowledgement) begin(s *step, x *exchange, shape *value.Shape) {
	m := &x.message
	ids := s.newIDs()
	*a = acknowledgement{
		shape: shape, clientID: m.ClientID, correlationID: m.MessageID, destination: m.Destination, messageID: ids[:idSize],
		headers: x.request.replyHeaders, timestamp: float64(s.set.Now().UnixMilli()),
	}
	if a.clientID == "" && !m.isPoll() {
		a.clientID = ids[idSize:]
	}
}

// write writes the message.
func (a *acknowledgement) write(e *value.Encoder) error {
	a.token = value.Token{Kind: value.KindObject, Shape: a.shape}
	if err := e.Write(&a.token); err != nil {
		return err
	}
	if err := e.Encode(a.body); err != nil {
		return value.WithinMember("body", err)
	}
	err := a.text(e, &a.clientID)
	err = firstError(err, a.writeCorrelationID(e))
	err = firstError(err, a.text(e, &a.destination))
	err = firstError(err, a.writeHeaders(e))
	err = firstError(err, a.text(e, &a.messageID))
	err = firstError(err, a.number(e, a.timestamp))
	err = firstError(err, a.number(e, a.timeToLive))
	switch a.shape {
	case errorShape:
		err = firstError(err, a.writeFault(e))
	case commandShape:
		err = firstError(err, a.scalar(e, value.KindInt, uint64(a.operation)))
	}
	return firstError(err, a.scalar(e, value.KindEnd, 0))
}

func firstError(err, next error) error {
	if err != nil {
		return err
	}
	return next
}

// writeHeaders writes the message's headers: an object also where there are none, since clients look into it.
func (a *acknowledgement) writeHeaders(e *value.Encoder) error {
	if a.shape.External && len(a.headers) == 0 {
		return a.scalar(e, value.KindNull, 0)
	}
	a.token = value.Token{Kind: value.KindMap, Flag: true, Num: uint64(len(a.headers))}
	if err := e.Write(&a.token); err != nil {
		return err
	}
	for i := range a.headers {
		a.token = value.Token{Kind: value.KindName, Str: &a.headers[i].Name}
		if err := e.Write(&a.token); err != nil {
			return err
		}
		if err := e.Encode(a.headers[i].Value); err != nil {
			return value.WithinMember("headers", err)
		}
	}
	return a.scalar(e, value.KindEnd, 0)
}

func (a *acknowledgement) writeCorrelationID(e *value.Encoder) error {
	if a.emptyCorrelation {
		a.token = value.Token{Kind: value.KindString, Str: &a.correlationID}
		return e.Write(&a.token)
	}
	return a.text(e, &a.correlationID)
}

// writeFault writes what an ErrorMessage has beyond an AcknowledgeMessage.
func (a *acknowledgement) writeFault(e *value.Encoder) error {
	for _, v := range []any{faultCode(a.fault), faultText(a.fault), faultDetail(a.fault), a.fault.Detail, a.fault.Detail} {
		if err := e.Encode(v); err != nil {
			return value.WithinMember("fault", err)
		}
	}
	return nil
}

// text writes a string, and null for one that is empty: that is how Flex leaves out what it does not know.
func (a *acknowledgement) text(e *value.Encoder, s *string) error {
	if *s == "" {
		return a.scalar(e, value.KindNull, 0)
	}
	a.token = value.Token{Kind: value.KindString, Str: s}
	return e.Write(&a.token)
}

func (a *acknowledgement) number(e *value.Encoder, f float64) error {
	return a.scalar(e, value.KindFloat, math.Float64bits(f))
}

func (a *acknowledgement) scalar(e *value.Encoder, k value.Kind, num uint64) error {
	a.token = value.Token{Kind: k, Num: num}
	return e.Write(&a.token)
}
