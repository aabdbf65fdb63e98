package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
)

// The headers of messages that publish and subscribe: BlazeDS, AsyncMessage and CommandMessage.
const (
	subtopicHeader = "DSSubtopic"
	selectorHeader = "DSSelector"
)

// publishMessage sends an AsyncMessage, as a Flex Producer does.
func (c *Client) publishMessage(ctx context.Context, p *Publication) (id string, err error) {
	headers, logout, err := c.asUser(ctx)
	if err != nil {
		return "", err
	}
	defer logout()
	body, err := arguments([]jsontext.Value{p.Body})
	if err != nil {
		return "", err
	}
	for _, h := range p.Headers {
		v, err := arguments([]jsontext.Value{h.Value})
		if err != nil {
			return "", fmt.Errorf("header %q: %w", h.Name, err)
		}
		headers.Set(h.Name, v[0])
	}
	if p.Subtopic != "" {
		headers.Set(subtopicHeader, p.Subtopic)
	}
	m := &asyncMessage{Body: body[0], Destination: p.Destination, Headers: headers, MessageID: messageID(), TimeToLive: milliseconds(p.TTL)}
	_, err = c.send(ctx, m)
	return m.MessageID, err
}

// A consumer is subscribed as a Flex Consumer is: in a session, under a clientId.
type consumer struct {
	client     *Client
	wanted     *Subscription
	headers    value.Members // of the session; nil: there is none yet
	clientID   string
	subscribed bool
	received   received
}

// begin asks for a session unless there is one, by a login where there is a user.
func (c *consumer) begin(ctx context.Context) error {
	c.received.anew()
	if c.headers != nil {
		return nil
	}
	if c.client.User != "" {
		headers, err := c.client.login(ctx)
		c.headers = headers
		return err
	}
	ack, err := c.client.send(ctx, command(pingCommand, "", nil, newSession()))
	if err == nil {
		c.headers = ack.session()
	}
	return err
}

// subscribe subscribes unless that is done.
func (c *consumer) subscribe(ctx context.Context) error {
	if c.subscribed {
		return nil
	}
	ack, err := c.client.send(ctx, c.command(subscribeCommand))
	if err == nil {
		c.clientID, c.subscribed = ack.ClientID, true
	}
	return err
}

// command returns a command about the subscription.
func (c *consumer) command(operation int32) *commandMessage {
	headers := slices.Clone(c.headers)
	if c.wanted.Subtopic != "" {
		headers.Set(subtopicHeader, c.wanted.Subtopic)
	}
	if c.wanted.Selector != "" {
		headers.Set(selectorHeader, c.wanted.Selector)
	}
	m := command(operation, c.wanted.Destination, nil, headers)
	if c.clientID != "" {
		m.ClientID = &c.clientID
	}
	return m
}

// close implements link. The server ends it by itself too, some time later.
func (c *consumer) close(ctx context.Context) {
	if c.subscribed {
		_, _ = c.client.send(ctx, c.command(unsubscribeCommand))
	}
	if c.headers != nil {
		_, _ = c.client.send(ctx, command(disconnectCommand, "", nil, c.headers))
	}
}

// forgotten turns the faults of a server that does not know the session or its subscription any more into a loss.
func (c *consumer) forgotten(err error) error {
	f, ok := errors.AsType[*Fault](err)
	if !ok || f.Code != "Server.Processing.NotSubscribed" && f.Code != "Server.Processing.DuplicateSessionDetected" {
		return err
	}
	return c.beginAnew(err)
}

// beginAnew lets the next open begin another session, since the server does not know this one any more, and returns the loss.
func (c *consumer) beginAnew(err error) error {
	c.headers, c.clientID, c.subscribed = nil, "", false
	return &ConnectionError{err: fmt.Errorf("the server does not know the session any more, so messages may be missing: %w", err)}
}

// A pushed is a message that a server sends by itself: an AsyncMessage or a command.
type pushed struct {
	Body        value.Late
	Destination string
	Headers     value.Members
	MessageID   string `patchbay:"messageId"`
	Operation   int32
	Timestamp   float64
}

// message makes a Message of it, for who has subscribed to wanted.
func (p *pushed) message(wanted string) (*Message, error) {
	m := &Message{ID: p.MessageID, Destination: p.Destination, Timestamp: int64(p.Timestamp)}
	var err error
	if m.Body, err = text(p.Body); err != nil {
		return nil, err
	}
	if header, _ := p.Headers.Get(subtopicHeader); header != nil {
		m.Subtopic = new(subtopicOf(header, wanted))
	}
	own := slices.DeleteFunc(p.Headers, func(h value.Member) bool { return h.Name == subtopicHeader })
	m.Headers, err = text(own)
	return m, err
}

// subtopicOf returns the subtopic by which a message has come: of several that it was published to, the first that is wanted.
func subtopicOf(header any, wanted string) string {
	list, ok := header.([]any)
	if !ok {
		return fmt.Sprint(header)
	}
	for _, subtopic := range list {
		if text := fmt.Sprint(subtopic); isWanted(text, wanted) {
			return text
		}
	}
	return ""
}

// isWanted reports whether a subtopic is what was subscribed to. A token "*" stands for any one, as the last one for any number.
func isWanted(subtopic, wanted string) bool {
	for {
		token, rest, more := strings.Cut(subtopic, ".")
		want, wantedRest, wantedMore := strings.Cut(wanted, ".")
		switch {
		case want == "*" && !wantedMore:
			return true
		case want != "*" && want != token, more != wantedMore:
			return false
		case !more:
			return true
		}
		subtopic, wanted = rest, wantedRest
	}
}

// receive reads a message of the server's; nil: it is for nobody.
func (c *consumer) receive(v value.Late) (*Message, error) {
	var p pushed
	if err := v.Bind(&p); err != nil {
		return nil, fmt.Errorf("read a message: %w", err)
	}
	switch p.Operation {
	case invalidateCommand:
		c.headers, c.clientID, c.subscribed = nil, "", false
		return nil, &ConnectionError{err: errors.New("the server has ended the subscription")}
	case disconnectCommand:
		return nil, c.beginAnew(errors.New("it has ended the connection"))
	}
	if c.received.isRepeat(p.MessageID) {
		return nil, nil
	}
	m, err := p.message(c.wanted.Subtopic)
	return m, c.leftOut(unreadable("message "+p.MessageID, err))
}

// leftOut says that something is left out since it cannot be read, and takes that for mended; any other error stays.
func (c *consumer) leftOut(err error) error {
	if _, ok := errors.AsType[*unreadableError](err); !ok {
		return err
	}
	if c.wanted.Notify != nil {
		c.wanted.Notify(fmt.Sprintf("Left out: %v.", err))
	}
	return nil
}

// received knows which messages have come, to tell those that a server sends again after a loss. Messages of one connection with the
// same id are none of these: their publisher has named them so.
type received struct{ before, now map[string]bool }

const mostReceived = 10_000 // that are remembered; more do not come again

// anew begins another connection.
func (r *received) anew() {
	if len(r.before)+len(r.now) > mostReceived {
		clear(r.before)
	}
	if r.before == nil {
		r.before = map[string]bool{}
	}
	maps.Copy(r.before, r.now)
	r.now = map[string]bool{}
}

func (r *received) isRepeat(id string) bool {
	if r.before[id] {
		return true
	}
	if len(r.now) >= mostReceived {
		clear(r.now)
	}
	r.now[id] = true
	return false
}
