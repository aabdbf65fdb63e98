package amf

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A streamStep serves a request that opens or closes the stream of a connection: what is published goes out as the body of an answer
// that does not end. Such a request is no packet but a form, and what cannot be done is said by an HTTP status: 400 for a request that
// makes no sense, 503 where there are too many streams. Flex's StreamingConnectionHandler.as is the other side.
type streamStep struct {
	endpoint *Endpoint
	set      *core.ChannelSet
	in       *core.Inbound
	request  streamRequest
	call     core.Call // the request as interceptors see it: of service command, with open or close as operation
}

func (e *Endpoint) serveStream(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	s := &streamStep{endpoint: e, set: set, in: in}
	err := s.serve(ctx)
	if fault, ok := errors.AsType[*core.Fault](err); ok {
		return in.Reply.Refuse(ctx, fault)
	}
	if err == nil && s.request.command == commandClose {
		return in.Reply.Send(ctx, nil) // an answer with nothing in it, as in BlazeDS, and not none
	}
	return err
}

// serve does what is asked. A Fault is for a stream that was not opened.
func (s *streamStep) serve(ctx context.Context) (err error) {
	if s.request, err = readStreamRequest(s.in.Peer.URL, s.in.Unit); err != nil {
		return err
	}
	s.call = core.Call{Service: "command", Operation: s.request.command, Peer: s.in.Peer}
	if s.call.Client, s.call.Conn, err = s.set.Load(ctx, s.in.Channel.Name, s.request.client); err != nil {
		return core.AsFault(err)
	}
	if s.request.command == commandClose {
		return s.close(ctx)
	}
	return s.open(ctx)
}

// open serves a stream until it ends.
func (s *streamStep) open(ctx context.Context) error {
	reply, ok := s.in.Reply.(core.Streamer)
	switch {
	case !ok:
		return core.Malformed.Errorf("Streaming needs HTTP/1.1, and a server that does not hold answers back.")
	case s.call.Conn == nil:
		return core.Malformed.Errorf("The DSId names no client that has connected on this channel: it has to ping first.")
	}
	e := s.endpoint
	browser := e.browserOf(s.in.Peer.Header.Get("User-Agent"))
	st := &stream{endpoint: e, set: s.set, conn: s.call.Conn, reply: reply, id: e.newID(), ended: make(chan struct{})}
	if err := e.admit(st, browser); err != nil {
		return err
	}
	defer e.streams.leave(st)
	err := s.invoke(ctx, func(ctx context.Context) (err error) {
		st.feed, err = s.set.OpenStream(ctx, st.conn, st.id)
		return err
	})
	if st.feed != nil {
		defer st.feed.Close(context.WithoutCancel(ctx))
	}
	if err != nil {
		return err
	}
	if err := reply.Stream(ctx); err != nil {
		return fmt.Errorf("open stream: %w", err)
	}
	st.run(ctx, browser.KickStart)
	return nil
}

// closePatience is how long the answer to a close waits for the end of a stream in this process: it may be in the middle of a frame
// that its client does not take.
const closePatience = 5 * time.Second

// close ends a stream in whatever process it runs, and takes what it carried as delivered. Flex sends a close also when it has connected
// anew meanwhile, or when there is nothing to close: only the connection's present stream ends, and the answer is the same.
func (s *streamStep) close(ctx context.Context) error {
	if s.call.Conn == nil {
		return nil
	}
	open := false
	err := s.invoke(ctx, func(ctx context.Context) (err error) {
		open, err = s.set.CloseStream(ctx, s.call.Conn, s.request.stream)
		return err
	})
	if err != nil {
		return err
	}
	if st := s.endpoint.streams.find(s.request.stream); open && st != nil {
		select {
		case <-st.ended:
		case <-time.After(closePatience):
		case <-ctx.Done():
		}
	}
	return nil
}

// invoke does something behind the interceptors. The error is a Fault.
func (s *streamStep) invoke(ctx context.Context, do func(context.Context) error) error {
	t := &core.Target{Handler: func(ctx context.Context, _ *core.Call) (any, error) { return nil, do(ctx) }}
	_, err := s.set.InvokeTarget(ctx, t, &s.call)
	return err
}
