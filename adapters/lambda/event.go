package lambda

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// A kind is what an event is, by its shape.
type kind int

const (
	rawEvent       kind = iota // none of the others
	restRequest                // API Gateway REST API, payload format 1.0
	httpRequest                // API Gateway HTTP API or function URL, payload format 2.0
	balancerTarget             // Application Load Balancer
	socketEvent                // API Gateway WebSocket API
	queueRecords               // SQS
	topicRecords               // SNS
	busEvent                   // EventBridge
	rabbitRecords              // Amazon MQ for RabbitMQ
	sweepEvent                 // {"patchbay": "sweep"}
)

// isRequest reports whether the event is an HTTP request.
func (k kind) isRequest() bool { return k == restRequest || k == httpRequest || k == balancerTarget }

// An event is what one pass over its bytes has found: members that some kind has, each still as it came, and views into the event.
type event struct {
	raw []byte

	version, resource, path, method, rawPath, rawQuery jsontext.Value
	headers, multiHeaders, query, multiQuery, cookies  jsontext.Value
	context, body, encoded                             jsontext.Value

	records, detailType, source, queues, patchbay jsontext.Value
}

// read finds the members of an event. It fails where the event is no JSON; one that is no object is of no kind that is known.
func read(raw []byte) (*event, error) {
	if !wellFormed(raw) {
		return nil, fmt.Errorf("an event that is no JSON: %.40q", raw)
	}
	e := &event{raw: raw}
	if jsontext.Value(raw).Kind() != '{' {
		return e, nil
	}
	err := members(raw, func(name []byte, v jsontext.Value) error {
		if at := e.member(name); at != nil {
			*at = v
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read an event: %w", err)
	}
	return e, nil
}

// member returns where the member of that name is kept; nil: no kind has it.
func (e *event) member(name []byte) *jsontext.Value {
	switch string(name) {
	case "version":
		return &e.version
	case "resource":
		return &e.resource
	case "path":
		return &e.path
	case "httpMethod":
		return &e.method
	case "rawPath":
		return &e.rawPath
	case "rawQueryString":
		return &e.rawQuery
	case "headers":
		return &e.headers
	case "multiValueHeaders":
		return &e.multiHeaders
	case "queryStringParameters":
		return &e.query
	case "multiValueQueryStringParameters":
		return &e.multiQuery
	case "cookies":
		return &e.cookies
	case "requestContext":
		return &e.context
	case "body":
		return &e.body
	case "isBase64Encoded":
		return &e.encoded
	case "Records":
		return &e.records
	case "detail-type":
		return &e.detailType
	case "eventSource":
		return &e.source
	case "rmqMessagesByQueue":
		return &e.queues
	case "patchbay":
		return &e.patchbay
	}
	return nil
}

// kind says what the event is; c is its requestContext.
func (e *event) kind(c *requestContext) kind {
	switch {
	case c.balancer:
		return balancerTarget
	case text(e.version) == "2.0" && c.http:
		return httpRequest
	case c.connectionID != "" && c.eventType != "":
		return socketEvent
	case !isAbsent(e.resource) && !isAbsent(e.context):
		return restRequest
	case !isAbsent(e.records):
		return kindOfRecords(e.records)
	case !isAbsent(e.detailType):
		return busEvent
	case text(e.source) == "aws:rmq":
		return rabbitRecords
	case text(e.patchbay) == "sweep":
		return sweepEvent
	}
	return rawEvent
}

// kindOfRecords looks at the first record: all are of one source.
func kindOfRecords(records jsontext.Value) kind {
	found := rawEvent
	_ = elements(records, func(v jsontext.Value) error { // what is no list of objects is of no kind that is known
		_ = members(v, func(name []byte, v jsontext.Value) error {
			switch source := text(v); {
			case string(name) == "eventSource" && source == "aws:sqs":
				found = queueRecords
			case string(name) == "EventSource" && source == "aws:sns":
				found = topicRecords
			}
			return nil
		})
		return errStop
	})
	return found
}

type eventKey struct{}

// EventFromContext returns the event that a request or a record came by, as the platform sent it; nil outside of one. It is good until
// the invocation ends and must not be changed.
func EventFromContext(ctx context.Context) []byte {
	raw, _ := ctx.Value(eventKey{}).([]byte)
	return raw
}

func withEvent(ctx context.Context, raw []byte) context.Context {
	return context.WithValue(ctx, eventKey{}, raw)
}
