package client

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
)

// The messages that a Flex client sends, with the members that BlazeDS reads.
type (
	remotingMessage struct {
		Body        []any
		ClientID    *string `patchbay:"clientId"`
		Destination string
		Headers     value.Members
		MessageID   string `patchbay:"messageId"`
		Operation   string
		Source      *string
		Timestamp   float64
		TimeToLive  float64
	}
	asyncMessage struct {
		Body          any
		ClientID      *string `patchbay:"clientId"`
		CorrelationID *string `patchbay:"correlationId"`
		Destination   string
		Headers       value.Members
		MessageID     string `patchbay:"messageId"`
		Timestamp     float64
		TimeToLive    float64
	}
	commandMessage struct {
		Body          any
		ClientID      *string `patchbay:"clientId"`
		CorrelationID string  `patchbay:"correlationId"`
		Destination   string
		Headers       value.Members
		MessageID     string `patchbay:"messageId"`
		Operation     int32
		Timestamp     float64
		TimeToLive    float64
	}
)

// An acknowledgement is what of AcknowledgeMessage, and of the CommandMessage that answers a poll, is of interest here.
type acknowledgement struct {
	Body     value.Late
	ClientID string `patchbay:"clientId"`
	Headers  value.Members
}

// The commands: BlazeDS, CommandMessage.
const (
	subscribeCommand   = 0
	unsubscribeCommand = 1
	pollCommand        = 2
	pingCommand        = 5
	loginCommand       = 8
	logoutCommand      = 9
	invalidateCommand  = 10 // from the server: a subscription has ended
	disconnectCommand  = 12
)

// messageClasses returns the aliases of the messages.
func messageClasses() *value.Registry {
	r := value.NewRegistry()
	r.Register("flex.messaging.messages.RemotingMessage", remotingMessage{})
	r.Register("flex.messaging.messages.AsyncMessage", asyncMessage{})
	r.Register("flex.messaging.messages.CommandMessage", commandMessage{})
	return r
}

// callRemoting sends the call as RemoteObject does, logged in where there is a user.
func (c *Client) callRemoting(ctx context.Context, target string, texts []jsontext.Value) (jsontext.Value, error) {
	dot := strings.LastIndexByte(target, '.')
	if dot < 0 {
		return nil, fmt.Errorf("target %q: a RemotingMessage needs service.operation", target)
	}
	args, err := arguments(texts)
	if err != nil {
		return nil, err
	}
	headers, logout, err := c.asUser(ctx)
	if err != nil {
		return nil, err
	}
	defer logout()
	ack, err := c.send(ctx, &remotingMessage{
		Body: args, Destination: target[:dot], Operation: target[dot+1:], Headers: headers, MessageID: messageID(),
	})
	if err != nil {
		return nil, err
	}
	return text(ack.Body)
}

// asUser returns the headers of the session that it has logged in to, where there is a user, and of none for nobody. logout ends it.
func (c *Client) asUser(ctx context.Context) (headers value.Members, logout func(), err error) {
	if c.User == "" {
		return newSession(), func() {}, nil
	}
	if headers, err = c.login(ctx); err != nil {
		return nil, nil, err
	}
	// No session is left behind. Whether that works changes nothing about the result, so its failure is nobody's.
	return headers, func() { _, _ = c.send(ctx, command(logoutCommand, "auth", nil, headers)) }, nil
}

const sessionHeader = "DSId"

// newSession returns the headers of a message of no session: the answer to a ping or a login brings one.
func newSession() value.Members { return value.Members{{Name: sessionHeader, Value: "nil"}} }

// login returns the headers of the session that it has logged in to.
func (c *Client) login(ctx context.Context) (value.Members, error) {
	headers := newSession()
	headers.Set("DSCredentialsCharset", "UTF-8")
	body := base64.StdEncoding.EncodeToString([]byte(c.User + ":" + c.Password))
	ack, err := c.send(ctx, command(loginCommand, "auth", body, headers))
	if err != nil {
		return nil, fmt.Errorf("log in as %s: %w", c.User, err)
	}
	return ack.session(), nil
}

// session returns the headers of the session that an answer has told.
func (a *acknowledgement) session() value.Members {
	headers := newSession()
	if id, ok := a.Headers.Get(sessionHeader); ok {
		headers.Set(sessionHeader, id)
	} // else the cookie says who it is
	return headers
}

// isOther reports whether an answer tells another session than one.
func (a *acknowledgement) isOther(session any) bool {
	id, ok := a.Headers.Get(sessionHeader)
	return ok && id != session
}

func command(operation int32, destination string, body any, headers value.Members) *commandMessage {
	return &commandMessage{Body: body, Destination: destination, Headers: headers, MessageID: messageID(), Operation: operation}
}

// send posts a message and returns its acknowledgement; an ErrorMessage is a *Fault.
func (c *Client) send(ctx context.Context, message any) (*acknowledgement, error) {
	packet, err := writePacket(amf3Version, nil, "null", []any{message})
	if err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	a, err := c.exchange(ctx, packet)
	if err != nil {
		return nil, err
	}
	if a.failed {
		return nil, faultOf(a.value)
	}
	var ack acknowledgement
	if err := a.value.Bind(&ack); err != nil {
		return nil, fmt.Errorf("read the acknowledgement: %w", err)
	}
	return &ack, nil
}

// messageID returns a UUID of version 4 in upper case, the form that Flex clients use (RFC 9562, section 5.4).
func messageID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
