package amf

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// runPublish publishes an AsyncMessage, which a Producer has sent. The answer has no body.
func (s *step) runPublish(ctx context.Context, x *exchange) (any, error) {
	x.call.Service, x.call.Operation = "publish", x.message.Destination
	if err := s.beginCall(ctx, x); err != nil {
		return nil, err
	}
	_, err := s.set.InvokeTarget(ctx, publishTarget, &x.call)
	s.endCall(x)
	return nil, err
}

var publishTarget = &core.Target{Handler: publish, Doc: "Publishes a Flex message."}

func publish(ctx context.Context, call *core.Call) (any, error) {
	m, set := FromCall(call).Message, call.ChannelSet()
	if set.Destination(m.Destination) == nil {
		return nil, notMessaging(set, m.Destination, "The 'Remoting' service can only process messages of type 'RemotingMessage'.")
	}
	subtopics, err := m.Headers.textList(headerSubtopic)
	if err != nil {
		return nil, err
	}
	p := &core.Publication{
		Topic: core.Topic{Destination: m.Destination}, Subtopics: subtopics, Headers: m.Headers.published(),
		TTL: milliseconds(m.TimeToLive), MessageID: m.MessageID, CorrelationID: m.CorrelationID, Publisher: call.Conn,
	}
	if !m.Body.IsZero() {
		p.Body = m.Body
	}
	_, err = set.Publish(ctx, call, p)
	return nil, messagingFault(err)
}

// notMessaging is the fault for a destination that takes no messages: there is none of that name, or it is a service of which other
// is said, in BlazeDS's words.
func notMessaging(set *core.ChannelSet, name, other string) error {
	if name != "" && set.Services().Service(name) != nil {
		return core.NotFound.Errorf("%s", other).WithName(defaultFaultCode)
	}
	return noDestination()
}

// messagingFault gives what is wrong with a topic or a selector the faultCode that it has in Flex.
func messagingFault(err error) error {
	if f, ok := errors.AsType[*core.Fault](err); ok && f.Code == core.Invalid && f.Name == "" {
		return f.WithName(defaultFaultCode)
	}
	return err
}

// published returns the headers that go to the consumers: all but those that are between the publisher and this server. Its
// DSPriority, for one, goes along.
func (h *MessageHeaders) published() map[string]any {
	var headers map[string]any
	for name, v := range h.Other {
		if isPrivate(name) {
			continue
		}
		if headers == nil {
			headers = make(map[string]any, len(h.Other))
		}
		headers[name] = v
	}
	return headers
}

// isPrivate reports whether a header is for this server alone. The subtopics are no secret, but they have a place of their own.
func isPrivate(name string) bool {
	switch name {
	case headerSubtopic, headerInvalidated, "DSValidateEndpoint", "DSRemoteCredentials", "DSRemoteCredentialsCharset":
		return true
	}
	return strings.HasPrefix(name, "DSMPI") // how long the message took and how large it was
}

// longest is more than any time that a message tells may be.
const longest = 1000 * 24 * time.Hour

// milliseconds returns a time that a message tells; 0 for none, and for what is none.
func milliseconds(ms float64) time.Duration {
	if !(ms > 0) {
		return 0
	}
	return time.Duration(math.Ceil(min(ms, float64(longest.Milliseconds())))) * time.Millisecond
}
