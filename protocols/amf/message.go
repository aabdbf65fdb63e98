package amf

import (
	"context"
	"strings"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// The classes of messages. Small ones are externalizable and have names of their own.
const (
	classPrefix             = "flex.messaging.messages."
	classRemotingMessage    = classPrefix + "RemotingMessage"
	classCommandMessage     = classPrefix + "CommandMessage"
	classAsyncMessage       = classPrefix + "AsyncMessage"
	classAcknowledgeMessage = classPrefix + "AcknowledgeMessage"
	classErrorMessage       = classPrefix + "ErrorMessage"
	classSmallAsync         = "DSA"
	classSmallCommand       = "DSC"
	classSmallAcknowledge   = "DSK"
)

// A Message is a Flex message as a client has sent it, whatever its class: what the class does not have is zero. Members are found
// by their names, so a message may lack some, and may come as a dynamic object.
type Message struct {
	Class string `patchbay:"-"` // in its long form, also where the message was a small one

	Body          value.Late // a RemotingMessage's arguments; still encoded
	ClientID      string     `patchbay:"clientId"`
	CorrelationID *string    `patchbay:"correlationId"` // nil: none
	Destination   string
	Headers       MessageHeaders
	MessageID     string `patchbay:"messageId"`
	Operation     string // a method's name; a command's number
	Source        string // the class that the client believes to call: nothing is made by its name
	Timestamp     float64
	TimeToLive    float64 // milliseconds; 0: no limit

	classless bool // it has come without its class: see readWithoutClass
}

// MessageHeaders are the headers of a Flex message: those that the protocol itself knows, and others.
type MessageHeaders struct {
	ID                 string         `patchbay:"DSId"` // the Flex client's; empty or "nil": it has none yet
	Endpoint           string         `patchbay:"DSEndpoint"`
	MessagingVersion   float64        `patchbay:"DSMessagingVersion"` // 1 and up: small messages are understood
	NeedsConfig        bool           `patchbay:"DSNeedsConfig"`
	CredentialsCharset string         `patchbay:"DSCredentialsCharset"`
	Other              map[string]any `patchbay:",dynamic"`
}

// messageClass returns the long form of a class that clients send as a message; empty for any other class.
func messageClass(class string) string {
	switch class {
	case classSmallAsync:
		return classAsyncMessage
	case classSmallCommand:
		return classCommandMessage
	case classSmallAcknowledge:
		return classAcknowledgeMessage
	}
	if strings.HasPrefix(class, classPrefix) {
		return class
	}
	return ""
}

// isPoll reports whether the message asks for what is there for a client.
func (m *Message) isPoll() bool {
	return m.Class == classCommandMessage && m.Operation == pollOperation
}

// pollOperation is CommandPoll as a message has it.
const pollOperation = "2"

// serveMessage runs a Flex message and answers it with an AcknowledgeMessage or an ErrorMessage, and a poll with what it finds.
func (s *step) serveMessage(ctx context.Context, b *body) {
	x := s.newExchange(b)
	x.request.Message = &x.message
	result, err := s.runMessage(ctx, b, x)
	s.unpark()
	if err == nil {
		if batch, ok := result.(*core.Batch); ok && x.message.isPoll() {
			err = s.answerPoll(ctx, b, x, batch)
		} else {
			err = s.acknowledge(ctx, b, x, result)
		}
	}
	if err != nil {
		s.reply.begin(s, x, errorShape) // never a small one
		s.answerFault(ctx, b, core.AsFault(err), func(f *core.Fault) error {
			s.reply.fault = f
			return s.reply.write(&s.encoder)
		})
	}
}

// runMessage reads the message of a body and does what it asks.
func (s *step) runMessage(ctx context.Context, b *body, x *exchange) (any, error) {
	if b.fault != nil {
		return nil, b.fault
	}
	m := &x.message
	if err := s.readMessage(b, m); err != nil {
		return nil, err
	}
	switch {
	case s.failed != nil:
		return nil, s.failed
	case m.Class == classCommandMessage:
		return s.runCommand(ctx, x) // amfjs pings without a messageId
	case m.MessageID == "":
		return nil, core.Malformed.Errorf("A message needs a messageId.").WithName("Server.Processing.NullId")
	case m.Class == classRemotingMessage:
		return s.runRemoting(ctx, x)
	case m.Class == classAsyncMessage:
		return s.runPublish(ctx, x)
	}
	return nil, noDestination()
}

// noDestination has BlazeDS's text.
func noDestination() error {
	return core.NotFound.Errorf("The supplied destination id is not registered with any service.").WithCause(core.ErrNoService)
}

// readMessage binds the message that is a body, or the first value of the list that is one. Its own body stays encoded.
func (s *step) readMessage(b *body, m *Message) error {
	if err := s.reader.Enter(b.value.Mark); err != nil {
		return unreadable(err)
	}
	defer s.reader.Leave()
	t, err := s.decoder.Next()
	for err == nil && t.Kind == value.KindList {
		t, err = s.decoder.Next()
	}
	if err != nil {
		return unreadable(err)
	}
	if t.Kind != value.KindObject {
		return s.readWithoutClass(t.Kind, m)
	}
	if m.Class = messageClass(t.Shape.Class); m.Class == "" {
		return noMessage("The class " + quote(t.Shape.Class) + " is no Flex message.")
	}
	if err := s.decoder.BindToken(m); err != nil {
		return messageError(err)
	}
	return nil
}

// readWithoutClass binds a message that has lost its class, as all do that Ruffle sends. Its operation tells what it is: a command has a
// number, a call a name, and what is published none. Small messages it must not learn to send: of those Ruffle sends the shell alone.
func (s *step) readWithoutClass(kind value.Kind, m *Message) error {
	if kind == value.KindMap {
		if err := s.decoder.BindToken(m); err != nil {
			return messageError(err)
		}
	}
	m.Headers.MessagingVersion, m.classless = 0, true
	switch {
	case m.MessageID == "":
		*m = Message{}
		return noMessage("A body without a target has to hold a Flex message, an object of one of its classes.")
	case m.Operation == "":
		m.Class = classAsyncMessage
	case m.Operation[0] >= '0' && m.Operation[0] <= '9':
		m.Class = classCommandMessage
	default:
		m.Class = classRemotingMessage
	}
	return nil
}

// noMessage is the fault for values that can be read and are no message.
func noMessage(text string) error {
	return core.Malformed.Errorf("%s", text).WithName("Client.Message.Encoding")
}

// messageError tells a message whose members have the wrong types from one that cannot be read.
func messageError(err error) error {
	if f := core.AsFault(err); f.Code == core.Invalid {
		return noMessage(strings.TrimPrefix(f.Message, "."))
	}
	return unreadable(err)
}
