package amf

import (
	"time"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A Request is what AMF knows of a call beyond core.Call. It belongs to that call and must not be kept.
type Request struct {
	Packet   *Packet
	Target   string   // of the body: "service.method" for a NetConnection call, "null" or nothing for a Flex message
	Response string   // the address that the client has given for the answer
	Message  *Message // nil for a NetConnection call

	channel      *core.Channel
	received     time.Time // when the front door got the packet, and by a nanosecond later what stands behind something else in it
	alone        bool      // it is the packet's only body
	idle         func()    // to be called by a poll when it begins to wait
	replyHeaders value.Members
}

// FromCall returns what AMF knows of a call, or nil where it has come by another protocol.
func FromCall(call *core.Call) *Request {
	r, _ := call.Attachment.(*Request)
	return r
}

// SetReplyHeader gives the message that answers a Flex message a header. A NetConnection call is answered without a message; then
// it does nothing.
func (r *Request) SetReplyHeader(name string, v any) { r.replyHeaders.Set(name, v) }

// A Packet is what the bodies of one request share. Its calls run one after the other, so it needs no lock; it must not be kept.
type Packet struct {
	Version int // 0, 1 (which means 0) or 3
	Headers []Header

	identity *core.Principal
	reply    []replyHeader
}

// A Header is a header of a packet: AMF0 specification, section 4.1.
type Header struct {
	Name           string // case does not count
	MustUnderstand bool
	Value          value.Late
}

// Identify makes p the one who calls in all bodies of this packet, and in no other: for a header's handler that has checked some
// proof of it.
func (p *Packet) Identify(principal *core.Principal) { p.identity = principal }

// A replyHeader is a header of the answer.
type replyHeader struct {
	name           string
	mustUnderstand bool
	value          any
}

// AddReplyHeader adds a header to the packet that goes back. Flash's NetConnection calls the method of that name on its client
// object; it knows those below itself.
func (p *Packet) AddReplyHeader(name string, mustUnderstand bool, v any) {
	p.reply = append(p.reply, replyHeader{name, mustUnderstand, v})
}

// AppendToGatewayURL makes the client add text to the URL of all further requests, for an id that is to come back.
func (p *Packet) AppendToGatewayURL(text string) { p.AddReplyHeader("AppendToGatewayUrl", true, text) }

// ReplaceGatewayURL makes the client send all further requests to url.
func (p *Packet) ReplaceGatewayURL(url string) { p.AddReplyHeader("ReplaceGatewayUrl", true, url) }

// RequestPersistentHeader makes the client send a header with all further requests.
func (p *Packet) RequestPersistentHeader(name string, mustUnderstand bool, v any) {
	p.AddReplyHeader("RequestPersistentHeader", true, value.Members{
		{Name: "name", Value: name}, {Name: "mustUnderstand", Value: mustUnderstand}, {Name: "data", Value: v}})
}

// An exchange is one call and all that belongs to it, in one piece of memory. A target may hold on to parts of it against the
// rules, so it is made anew for each call.
type exchange struct {
	call    core.Call
	args    core.LateArgs
	request Request
	message Message
}

// newExchange returns the exchange for a body.
func (s *step) newExchange(b *body) *exchange {
	x := new(exchange) // filled in field by field: it is large, and copying it would show
	x.request.Packet, x.request.channel = s.packet, s.in.Channel
	x.request.received, x.request.alone = s.received.Add(time.Duration(s.served)), len(s.bodies) == 1
	s.served++
	x.request.Target, x.request.Response = b.target, b.response
	x.call.Args, x.call.Attachment = &x.args, &x.request
	x.call.Peer, x.call.Identity = s.in.Peer, s.packet.identity
	return x
}
