package cloudrun

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/patchbay-go/patchbay/adapters/internal/envelope"
)

// wrapperBytes is how many bytes the wrapper of a message may have: up to 100 attributes of 1,280 bytes, escaped.
const wrapperBytes = 1 << 20

// read returns what a request brings, in whichever of the forms. What is wrong with it is a Poison error; that its body did not come is not.
func (p *Push) read(w http.ResponseWriter, r *http.Request) (*envelope.Arrival, error) {
	most := int64(p.opts.MaxBytes)/3*4 + wrapperBytes
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, poison("it has more than %d bytes with its wrapper", tooLarge.Limit)
	}
	if err != nil {
		return nil, fmt.Errorf("read push: %w", err)
	}
	switch {
	case r.Header.Get("Ce-Specversion") != "":
		return p.event(r.Header, body)
	case r.Header.Get(messageIDHeader) != "":
		return p.unwrapped(r.Header, body), nil
	}
	return unwrap(body)
}

func poison(format string, args ...any) error {
	return &envelope.Poison{Err: fmt.Errorf(format, args...)}
}

// A wrapper is what Pub/Sub pushes unless it is told not to: https://cloud.google.com/pubsub/docs/push. Names are there in both spellings.
type wrapper struct {
	Message *struct {
		Data       []byte            `json:"data"` // base64
		Attributes map[string]string `json:"attributes"`
		ID         string            `json:"messageId"`
		OtherID    string            `json:"message_id"`
	} `json:"message"`
	Subscription string `json:"subscription"`
}

// unwrap reads a message in its wrapper.
func unwrap(body []byte) (*envelope.Arrival, error) {
	var wr wrapper
	if err := json.Unmarshal(body, &wr); err != nil {
		return nil, poison("read wrapper: %w", err)
	}
	m := wr.Message
	if m == nil {
		return nil, poison("neither a wrapped message, nor one with Pub/Sub's headers, which the subscription has to be told to write, nor an event")
	}
	if m.ID == "" {
		m.ID = m.OtherID
	}
	return &envelope.Arrival{ID: m.ID, Data: m.Data, Attributes: m.Attributes}, nil
}

// What Pub/Sub writes beside a message without a wrapper, where the subscription asks for metadata:
// https://cloud.google.com/pubsub/docs/payload-unwrapping. Attributes are headers of their own names. The content type is that of a form,
// whatever comes.
const (
	metadataPrefix  = "X-Goog-Pubsub-"
	messageIDHeader = metadataPrefix + "Message-Id"
)

// unwrapped reads a message without a wrapper.
func (p *Push) unwrapped(h http.Header, body []byte) *envelope.Arrival {
	return &envelope.Arrival{ID: h.Get(messageIDHeader), Data: body, Attributes: p.attributes(h)}
}

// attributePrefix begins the names of the attributes that bridges of ours write.
const attributePrefix = "patchbay-"

// attributes returns the headers that are attributes of the message: those of our bridges, and those of Options.Headers. What else there is
// was written by who carries the request.
func (p *Push) attributes(h http.Header) map[string]string {
	attributes := map[string]string{}
	for name, values := range h {
		if name = strings.ToLower(name); strings.HasPrefix(name, attributePrefix) {
			attributes[name] = values[0]
		}
	}
	for _, name := range p.opts.Headers {
		if text := h.Get(name); text != "" {
			attributes[name] = text
		}
	}
	return attributes
}

// pubSubEvent is the type of the event that has a message of Pub/Sub in its wrapper as its data.
const pubSubEvent = "google.cloud.pubsub.topic.v1.messagePublished"

// event reads a CloudEvent in binary mode, as Eventarc sends it: its attributes are headers that begin with "ce-" (CloudEvents 1.0, HTTP
// Protocol Binding, section 3.1). They become headers of the message.
func (p *Push) event(h http.Header, body []byte) (*envelope.Arrival, error) {
	if h.Get("Ce-Type") == pubSubEvent {
		return unwrap(body)
	}
	if h.Get("Ce-Id") == "" || h.Get("Ce-Source") == "" {
		return nil, poison("an event without id or source")
	}
	a := &envelope.Arrival{ID: eventID(h.Get("Ce-Source"), h.Get("Ce-Id")), Data: body, Attributes: p.attributes(h)}
	for name, values := range h {
		if name = strings.ToLower(name); strings.HasPrefix(name, "ce-") {
			a.Attributes[name] = values[0]
		}
	}
	return a, nil
}

// eventID returns one id for an event: its own is its source's alone (CloudEvents 1.0, section "id"), and both together may be longer than
// what a message's id may be.
func eventID(source, id string) string {
	sum := sha256.Sum256([]byte(source + "\x00" + id))
	return "ce-" + hex.EncodeToString(sum[:])
}
