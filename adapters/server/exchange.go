package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// An exchange is one request to a channel and its answer. It is the endpoint's Reply, and the http.ResponseWriter of the answers
// that are ours, so that it knows for the log what went out. It holds all that belongs to them, in one piece of memory.
type exchange struct {
	http.ResponseWriter
	door    *door
	request *http.Request
	start   time.Time
	trace   trace
	body    counted
	unit    core.Inbound
	answer  *buffer   // what the endpoint has sent, kept together for its length; nil: nothing yet
	length  [1]string // of the answer, as the header's value

	streaming bool               // the endpoint's units go out as they come: see Stream
	endStream context.CancelFunc // ends a stream of which only the headers were asked for; nil for others
	leave     func()             // tells the gate that the stream has ended
	hijacked  net.Conn           // what a socket has taken over

	out     int // bytes on the wire
	status  int // 0: nothing was answered yet
	outcome string
	err     error
}

var _ core.Streamer = (*exchange)(nil)

func newExchange(d *door, w http.ResponseWriter, r *http.Request) *exchange {
	return &exchange{ResponseWriter: w, door: d, request: r, start: time.Now()}
}

// serve has the body served by the channel and writes the answer.
func (x *exchange) serve() {
	x.prepare(x.Header())
	if !x.door.crossOrigin(x.Header(), x.request) {
		x.outcome = core.Denied.String()
		refuse(x, http.StatusForbidden, originRefused(x.request))
		return
	}
	if x.door.reads {
		x.dispatch(nil)
		return
	}
	unit := x.door.buffers.get()
	defer x.release(unit)
	if x.read(unit) {
		x.dispatch(unit.bytes)
	}
}

// dispatch has a unit served, which may take long: a poll waits, a stream goes on.
func (x *exchange) dispatch(unit []byte) {
	x.door.handler.serving.Add(1)
	defer x.door.handler.serving.Add(-1)
	defer x.releaseAnswer()
	ctx := withTrace(x.request.Context(), &x.trace)
	if x.request.Method == http.MethodHead {
		ctx, x.endStream = context.WithCancel(ctx)
		defer x.endStream()
	}
	x.unit = core.Inbound{Peer: x.door.peer(x.request), Received: x.start, Unit: unit, Reply: x.reply()}
	if err := x.door.handler.set.Serve(ctx, x.door.channel.Name, &x.unit); err != nil {
		x.fail(err)
		return
	}
	x.write()
}

// release gives back the memory of a body that was served.
func (x *exchange) release(unit *buffer) {
	if unit.asked > 0 {
		x.door.handler.ration.give(x.door.address(x.request), unit.asked)
	}
	x.door.buffers.put(unit)
}

func (x *exchange) releaseAnswer() {
	if x.answer != nil {
		x.door.buffers.put(x.answer)
	}
}

// prepare sets the headers that every answer has, refusals too.
func (x *exchange) prepare(h http.Header) {
	h["Content-Type"] = x.door.contentType
	h["X-Content-Type-Options"] = noSniff
	if !x.door.handler.opts.Cacheable {
		h["Cache-Control"], h["Pragma"], h["Expires"] = noCache, noCache, longAgo
	}
}

// Values of headers that are the same in every answer, shared between all of them and never changed.
var (
	noSniff = []string{"nosniff"}
	noCache = []string{"no-cache"}
	longAgo = []string{"Sat, 25 Dec 1999 00:00:00 GMT"}
)

// Send implements core.Reply.
func (x *exchange) Send(_ context.Context, unit []byte) error {
	if x.streaming {
		return x.sendNow(unit)
	}
	if x.answer == nil {
		x.answer = x.door.buffers.get() // not before: a poll that waits has no use for it
	}
	x.answer.bytes = append(x.answer.bytes, unit...)
	return nil
}

// Refuse implements core.Reply.
func (x *exchange) Refuse(_ context.Context, f *core.Fault) error {
	x.outcome = f.Code.String()
	status, text := statusOf(f.Code), f.Message
	if text == "" {
		text = "The server could not answer."
	}
	if status == http.StatusUnauthorized {
		x.Header().Set("WWW-Authenticate", `Basic realm="patchbay", charset="UTF-8"`) // RFC 9110, 15.5.2 asks for one
	}
	refuse(x, status, text)
	return nil
}

// fail answers a failure of the endpoint. What it has sent so far is dropped: half an answer is worse than none.
func (x *exchange) fail(err error) {
	x.err = err
	if x.status == 0 {
		_ = x.Refuse(x.request.Context(), core.AsFault(err)) // never fails
	}
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(b)
	x.out += n
	return n, err
}

// finish keeps a panic of an endpoint to its request, and writes the log line.
func (x *exchange) finish() {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p) // net/http's own way to cut a connection
		}
		x.door.handler.opts.Logger.ErrorContext(x.request.Context(), "endpoint panicked",
			"protocol", x.door.protocol, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		x.fail(fmt.Errorf("panic: %v", p))
	}
	if x.leave != nil {
		x.leave()
	}
	if x.hijacked != nil {
		return // the socket has a line of its own
	}
	x.setWriteDeadline() // for what net/http writes at the end; then it takes the deadline off
	x.log()
}
