package lambda

import (
	"context"
	"net/http"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A socketReply takes the answer to a frame. The platform sends what the function returns, at the price of nothing, where that is one unit and
// comes in time; anything else is posted, in order.
type socketReply struct {
	gateway core.Gateway
	socket  *core.OutsideSocket
	late    time.Time
	header  http.Header // dropped: a frame has none

	unit []byte // to be returned; nil: nothing
	sent bool   // a unit has been posted, so that the next ones are too
}

var _ core.Reply = (*socketReply)(nil)

// Header implements core.Reply.
func (r *socketReply) Header() http.Header { return r.header }

// Send implements core.Reply.
func (r *socketReply) Send(ctx context.Context, unit []byte) error {
	if r.unit == nil && !r.sent {
		r.unit = append([]byte{}, unit...)
		return nil
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	return r.socket.Send(ctx, unit)
}

// flush posts what was to be returned.
func (r *socketReply) flush(ctx context.Context) error {
	unit := r.unit
	r.unit, r.sent = nil, true
	if unit == nil {
		return nil
	}
	return r.socket.Send(ctx, unit)
}

// Refuse implements core.Reply: there are no words for a unit that cannot be read, so the socket ends.
func (r *socketReply) Refuse(ctx context.Context, _ *core.Fault) error {
	return closed(r.gateway.CloseSocket(ctx, r.socket.ID()))
}

// lastWord is how long an answer may take to be posted when the time of its event is over: less than Options.Reserve.
const lastWord = 400 * time.Millisecond

// response returns what the function is to return.
func (r *socketReply) response(ctx context.Context) (*Response, error) {
	if r.unit != nil && time.Now().After(r.late) {
		if ctx.Err() != nil { // the answer may well be that the time is over: Options.Reserve is for sending it
			unended, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
			defer cancel()
			ctx = unended
		}
		return nil, closed(r.flush(ctx))
	}
	if r.unit == nil {
		return nil, nil
	}
	return &Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: r.unit}, nil
}
