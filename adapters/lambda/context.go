package lambda

import (
	"github.com/go-json-experiment/json/jsontext"
)

// A requestContext is what the platform says of a request: the only part of an event that its sender has no word in.
type requestContext struct {
	balancer bool // it came by a load balancer
	http     bool // it has the member that payload format 2.0 has

	method   string // by payload format 2.0
	sourceIP string
	stage    string

	authorizer jsontext.Value // what an authorizer found out; absent: there was none

	// Of a WebSocket API:
	connectionID, eventType, routeKey, messageID   string
	domain, requestID, disconnectReason            string
	connectedAt, requestTime, disconnectStatusCode jsontext.Value
}

func readContext(v jsontext.Value) (*requestContext, error) {
	c := new(requestContext)
	err := members(v, func(name []byte, v jsontext.Value) error {
		switch string(name) {
		case "elb":
			c.balancer = !isAbsent(v)
		case "http":
			c.http = true
			return members(v, c.readHTTP)
		case "identity":
			return members(v, c.readIdentity)
		case "authorizer":
			c.authorizer = v
		case "connectedAt":
			c.connectedAt = v
		case "requestTimeEpoch":
			c.requestTime = v
		case "disconnectStatusCode":
			c.disconnectStatusCode = v
		default:
			if at := c.text(name); at != nil {
				*at = text(v)
			}
		}
		return nil
	})
	return c, err
}

// text returns where the text of that name is kept; nil: nowhere.
func (c *requestContext) text(name []byte) *string {
	switch string(name) {
	case "stage":
		return &c.stage
	case "connectionId":
		return &c.connectionID
	case "eventType":
		return &c.eventType
	case "routeKey":
		return &c.routeKey
	case "messageId":
		return &c.messageID
	case "domainName":
		return &c.domain
	case "requestId":
		return &c.requestID
	case "disconnectReason":
		return &c.disconnectReason
	}
	return nil
}

func (c *requestContext) readHTTP(name []byte, v jsontext.Value) error {
	switch string(name) {
	case "method":
		c.method = text(v)
	case "sourceIp":
		c.sourceIP = text(v)
	}
	return nil
}

func (c *requestContext) readIdentity(name []byte, v jsontext.Value) error {
	if string(name) == "sourceIp" {
		c.sourceIP = text(v)
	}
	return nil
}
