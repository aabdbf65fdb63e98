package amf

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// serveStream opens or closes the stream of a connection: what is published goes out as the body of an answer that does not end. Such
// a request is no packet but a form, and what cannot be done is said by an HTTP status: 400 for a request that makes no sense, 503
// where there are too many streams. Flex's StreamingConnectionHandler.as is the other side.
func (e *Endpoint) serveStream(ctx context.Context, set *core.ChannelSet, in *core.Inbound) error {
	r, err := readStreamRequest(in.Peer.URL, in.Unit)
	if err != nil {
		return in.Reply.Refuse(ctx, core.AsFault(err))
	}
	if r.command == commandClose {
		err = e.closeStream(ctx, set, in, r)
	} else {
		err = e.openStream(ctx, set, in, r)
	}
	if fault, ok := errors.AsType[*core.Fault](err); ok {
		return in.Reply.Refuse(ctx, fault)
	}
	return err
}

// openStream serves a stream until it ends. A Fault is for a stream that was not opened.
func (e *Endpoint) openStream(ctx context.Context, set *core.ChannelSet, in *core.Inbound, r streamRequest) error {
	reply, ok := in.Reply.(core.Streamer)
	if !ok {
		return core.Malformed.Errorf("Streaming needs HTTP/1.1, and a server that does not hold answers back.")
	}
	_, conn, err := set.Load(ctx, in.Channel.Name, r.client)
	switch {
	case err != nil:
		return core.AsFault(err)
	case conn == nil:
		return core.Malformed.Errorf("The DSId names no client that has connected on this channel: it has to ping first.")
	}
	browser := e.browserOf(in.Peer.Header.Get("User-Agent"))
	st := &stream{endpoint: e, set: set, conn: conn, reply: reply, id: e.newID(), ended: make(chan struct{})}
	if err := e.admit(st, browser); err != nil {
		return err
	}
	defer e.streams.leave(st)
	if st.feed, err = set.OpenStream(ctx, conn, st.id); err != nil {
		return core.AsFault(err)
	}
	defer st.feed.Close(context.WithoutCancel(ctx))
	if err := reply.Stream(ctx); err != nil {
		return fmt.Errorf("open stream: %w", err)
	}
	st.run(ctx, browser.KickStart)
	return nil
}

// closePatience is how long the answer to a close waits for the end of a stream in this process: it may be in the middle of a frame
// that its client does not take.
const closePatience = 5 * time.Second

// closeStream ends a stream in whatever process it runs, and takes what it carried as delivered. Flex sends a close also when it has
// connected anew meanwhile, or when there is nothing to close: only the connection's present stream ends, and the answer is the same.
func (e *Endpoint) closeStream(ctx context.Context, set *core.ChannelSet, in *core.Inbound, r streamRequest) error {
	_, conn, err := set.LoadConnection(ctx, in.Channel.Name, r.client)
	if err != nil {
		return core.AsFault(err)
	}
	if conn == nil {
		return nil
	}
	open, err := set.CloseStream(ctx, conn, r.stream)
	if err != nil {
		return core.AsFault(err)
	}
	if st := e.streams.find(r.stream); open && st != nil {
		select {
		case <-st.ended:
		case <-time.After(closePatience):
		case <-ctx.Done():
		}
	}
	return nil
}
