package client

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// A Publication is what is to be published.
type Publication struct {
	Destination, Subtopic string
	Body                  jsontext.Value
	Headers               []Header
	TTL                   time.Duration // zero: the destination's
	ID                    string        // makes a publish that is tried again one message; JSON-RPC and WebSocket alone
}

// A Header is one of a message, which selectors look at.
type Header struct {
	Name  string
	Value jsontext.Value
}

// A Subscription is what messages are wanted, and from where on.
type Subscription struct {
	Destination, Subtopic string // Subtopic may have wildcards
	Selector              string
	After                 string // a message's Cursor, to begin behind it; AMF has none

	// Notify is told in words for people what happens to the connection. May be nil.
	Notify func(text string)
}

// A Message is what has come, with the members that it has in Patchbay's JSON.
type Message struct {
	ID          string         `json:"id"`
	Destination string         `json:"destination"`
	Subtopic    *string        `json:"subtopic"` // nil: none
	Body        jsontext.Value `json:"body"`
	Headers     jsontext.Value `json:"headers"`         // an object
	Timestamp   int64          `json:"timestamp"`       // milliseconds since 1970
	Cursor      string         `json:"cursor,omitzero"` // of a protocol that has cursors
}
