package core

import (
	"bufio"
	"context"
	"net/http"
	"time"
)

// An Endpoint speaks one protocol: it reads a unit, has its calls invoked and sends what is to be answered. It keeps nothing
// between units and may serve any number of them at once; two units of one connection too.
type Endpoint interface {
	// Traits says how units of this protocol travel. It does not change.
	Traits() Traits

	// Serve takes one unit and sends its answers before it returns. Failures that the protocol can tell its peer are told and
	// are no error; a unit of which nothing can be read goes to Reply.Refuse. An error means that no answer, or half of one,
	// went out: the transport closes what can be closed and logs it.
	Serve(ctx context.Context, set *ChannelSet, in *Inbound) error
}

// Traits says how a protocol's units travel.
type Traits struct {
	Protocol     string   // its name in logs and lists: "amf", "jsonrpc"
	ContentType  string   // of what it sends where the transport has such a thing
	Subprotocols []string // WebSocket subprotocols that mean this protocol, the preferred one first; none: there are no sockets
	Text         bool     // units are UTF-8 text: text frames rather than binary ones
	Session      bool     // units belong to a connection with an order; plain requests will not do

	// Reads says that a unit is a plain GET, without a body: what is asked for stands in Peer.URL.
	Reads bool

	// Split cuts a byte stream into units; nil: the protocol needs a transport that keeps units apart.
	Split bufio.SplitFunc
}

// An Inbound is one unit and the way back to its sender. Unit is only good until Serve returns.
type Inbound struct {
	Channel *Channel // set by ChannelSet.Serve
	// Socket is what the unit came over where both sides may send at any time; nil for a request that is answered once.
	Socket Socket
	// Outside is what is kept of the socket that the unit came over where a Gateway holds that; nil for others.
	Outside *OutsideSocket
	Peer    Peer // of the socket where there is one: of the request that opened it
	// Received is when the front door got the unit; zero: now. A poll that arrived before its client connected anew gets nothing.
	Received time.Time
	Unit     []byte
	Reply    Reply

	// Free, where not nil, takes the memory of Unit back. Release calls it.
	Free func()
}

// Release gives the memory of Unit back before Serve returns, for an endpoint that has read it and is about to wait. Unit is nil then.
func (in *Inbound) Release() {
	in.Unit = nil
	if in.Free != nil {
		in.Free()
	}
}

// A Reply takes what is to go back. Its methods are called by one goroutine at a time.
type Reply interface {
	// Header returns the headers that go out before the first unit, for the endpoint to add to (cookies: http.SetCookie's form is
	// SetCookie below). The transport has set the content type from Traits. Transports without headers return one that is
	// dropped, never nil. Changes after the first Send have no effect.
	Header() http.Header

	// Send hands over one unit; the transport has copied or written it when Send returns. An HTTP answer is all units sent one
	// after the other, and may be empty; with no unit it has no body and status 204.
	Send(ctx context.Context, unit []byte) error

	// Refuse answers a unit of which nothing could be read, in the transport's own words: an HTTP status by f's code with f's
	// text, a closed socket. Nothing was and nothing will be sent beside it.
	Refuse(ctx context.Context, f *Fault) error
}

// A Streamer is a Reply that lives as long as its request: streams and server-sent events go out over it. A Reply of a transport that
// can answer only once is none.
type Streamer interface {
	Reply

	// Stream sends the headers now. From then on each Send is on its way to the peer when it returns, and may be called until the
	// endpoint's Serve returns, which ends the answer. A peer that takes nothing for too long, or is gone, ends the ctx of Serve
	// and has Send fail.
	Stream(ctx context.Context) error
}

// SetCookie adds a cookie to the headers of the answer.
func (in *Inbound) SetCookie(c *http.Cookie) {
	if text := c.String(); text != "" {
		in.Reply.Header().Add("Set-Cookie", text)
	}
}
