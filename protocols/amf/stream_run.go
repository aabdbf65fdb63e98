package amf

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A stream is an answer that goes on: what its connection has subscribed to goes out as it is published. One goroutine, that of the
// request, does it all; what has not gone out yet stands in the log.
type stream struct {
	endpoint *Endpoint
	set      *core.ChannelSet
	conn     *core.Connection
	reply    core.Streamer
	feed     *core.Feed
	id       string

	ended chan struct{} // closed: it has
	busy  time.Time     // when a message last went out
}

// Why a stream ends, beside what its feed says: see end.
var (
	errIdle = errors.New("there was nothing to send for too long")
	errGone = errors.New("the client takes nothing any more")
)

// run serves the stream until it ends. ctx is the request's, and ends when the client is gone.
func (st *stream) run(ctx context.Context, kickStart int) {
	st.busy = time.Now()
	why := st.begin(ctx, kickStart)
	for why == nil {
		why = st.interval(ctx)
	}
	st.end(ctx, why)
}

// interval sends what comes until the next heartbeat, and then that. It returns why the stream ends, nil where it does not.
func (st *stream) interval(ctx context.Context) error {
	until, cancel := context.WithTimeout(ctx, st.endpoint.opts.Heartbeat)
	defer cancel()
	for until.Err() == nil {
		if err := st.forward(ctx, until); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return st.beat(ctx)
}

// forward waits for what comes next and sends it. Where the store does not answer heartbeats go on.
func (st *stream) forward(ctx, until context.Context) error {
	events, err := st.feed.Next(until)
	switch {
	case err == nil:
		return st.send(ctx, events)
	case isOver(err):
		return err
	case until.Err() == nil:
		st.set.Logger().WarnContext(ctx, "messages for a stream cannot be read", "channel", st.conn.Channel(), "error", err)
	}
	return nil
}

// isOver reports whether an error of a feed is for good, and not one of the store.
func isOver(err error) bool {
	return slices.ContainsFunc([]error{core.ErrReplaced, core.ErrStreamClosed, core.ErrDraining, core.ErrNoConnection},
		func(end error) bool { return errors.Is(err, end) })
}

// beat sends the byte that shows that the connection holds, and takes what went out two beats ago as delivered.
func (st *stream) beat(ctx context.Context) error {
	if err := st.reply.Send(ctx, heartbeat); err != nil {
		return errGone
	}
	if err := st.feed.Beat(ctx); isOver(err) {
		return err
	} else if err != nil {
		st.notSaved(ctx, err)
	}
	if idle := st.endpoint.opts.StreamIdle; idle > 0 && time.Since(st.busy) >= idle {
		return errIdle
	}
	return nil
}

func (st *stream) notSaved(ctx context.Context, err error) {
	st.set.Logger().WarnContext(ctx, "what a stream has carried cannot be saved", "channel", st.conn.Channel(), "error", err)
}

// endPatience is how long saving what was delivered may take at the end, when the request may be over.
const endPatience = 5 * time.Second

// end does what is to be done at the end. A client that has closed its stream has got what it carried. One that is told to disconnect
// does not come back by itself: that is for a stream that another one has replaced, for a connection that has ended, and for one that
// is not used. When the server ends, the answer just ends: the client connects anew, to another process.
func (st *stream) end(ctx context.Context, why error) {
	st.set.Logger().DebugContext(ctx, "stream ends", "channel", st.conn.Channel(), "why", why)
	switch {
	case errors.Is(why, core.ErrStreamClosed):
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
		defer cancel()
		if err := st.feed.Confirm(ctx); err != nil && !isOver(err) {
			st.notSaved(ctx, err)
		}
	case errors.Is(why, core.ErrReplaced), errors.Is(why, core.ErrNoConnection), errors.Is(why, errIdle):
		_ = st.disconnect(ctx) // it ends in any case
	}
}
