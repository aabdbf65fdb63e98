package sse

import (
	"context"
	"errors"
	"strconv"

	"github.com/patchbay-go/patchbay/core"
)

// A stream is one answer that goes on.
type stream struct {
	endpoint *Endpoint
	set      *core.ChannelSet
	reply    core.Reply
	feed     *core.Feed
	out      []byte
	lastID   string // that the peer knows
}

// An opening is what subscribe is to do: the Call's Attachment.
type opening struct {
	feed    *core.Feed
	request *core.SubscribeRequest
}

// open subscribes.
func (s *stream) open(ctx context.Context, in *core.Inbound) error {
	r, err := readRequest(&in.Peer)
	if err != nil {
		return err
	}
	if s.set.Destination(r.Topic.Destination) == nil {
		return core.NotFound.Errorf("There is no topic %q.", r.Topic.Destination)
	}
	call := &core.Call{Operation: "subscribe", Peer: in.Peer, Attachment: &opening{s.feed, r}}
	if id := s.set.SessionID(&in.Peer); id != "" {
		if call.Client, err = s.set.Client(ctx, id); err != nil {
			return err
		}
	}
	if call.Identity, err = s.set.Identify(ctx, &in.Peer); err != nil {
		return err
	}
	if _, err := s.set.InvokeTarget(ctx, s.endpoint.subscribe, call); err != nil {
		return err
	}
	s.reply.Header().Set("Cache-Control", "no-store, no-transform") // what packs an answer would gather events
	return nil
}

// subscribe is the Handler of what a stream asks for: so the set's interceptors stand before it.
func subscribe(ctx context.Context, call *core.Call) (any, error) {
	o, ok := call.Attachment.(*opening)
	if !ok {
		return nil, core.Internal.Errorf("a stream of events was opened by another way")
	}
	return nil, o.feed.Subscribe(ctx, call, o.request)
}

// maxAnswer is about how many bytes an answer has that is given whole: with the last event, and as a string of JSON, it has to be less than the
// megabyte that a load balancer takes from a function. What is left is in the next one.
const maxAnswer = 256 << 10

// answer sends what there is behind the last event that the peer knows, and ends: a browser comes again, after the pause that it is told,
// with the last id.
func (s *stream) answer(ctx context.Context) error {
	s.begin()
	for {
		events, err := s.feed.Now(ctx)
		if err != nil {
			return s.reply.Refuse(ctx, core.AsFault(err))
		}
		if len(events) == 0 {
			return s.beat(ctx)
		}
		for i := range events {
			if len(s.out) >= maxAnswer {
				return s.flush(ctx) // the feed has gone further than the last id
			}
			s.append(ctx, &events[i])
		}
	}
}

// begin writes what is said first: how long to wait before coming again.
func (s *stream) begin() {
	s.out = append(strconv.AppendInt([]byte("retry: "), s.endpoint.opts.Retry.Milliseconds(), 10), '\n')
}

// run sends what comes until the peer goes, or the server is about to end: then the peer comes again by itself, and goes on.
func (s *stream) run(ctx context.Context) error {
	if isOver(ctx, nil) {
		return nil // it has asked for the headers alone
	}
	s.begin()
	if err := s.beat(ctx); err != nil {
		return err
	}
	for {
		events, err := s.next(ctx)
		if isOver(ctx, err) {
			return nil
		}
		switch {
		case err == nil:
			err = s.send(ctx, events)
		case errors.Is(err, context.DeadlineExceeded):
			err = s.beat(ctx)
		default:
			s.set.Logger().WarnContext(ctx, "events not read", "protocol", "sse", "error", err)
			err = s.beat(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// isOver reports whether the stream has ended as it should: by its peer, or since the server ends.
func isOver(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, core.ErrDraining)
}

// next returns what comes next; DeadlineExceeded when it is time for a heartbeat.
func (s *stream) next(ctx context.Context) ([]core.FeedEvent, error) {
	ctx, cancel := context.WithTimeout(ctx, s.endpoint.opts.Heartbeat)
	defer cancel()
	return s.feed.Next(ctx)
}

// maxGathered is how many bytes of events are sent at once.
const maxGathered = 32 << 10

// send sends events, as many at once as are there.
func (s *stream) send(ctx context.Context, events []core.FeedEvent) error {
	for i := range events {
		s.append(ctx, &events[i])
		if len(s.out) >= maxGathered {
			if err := s.flush(ctx); err != nil {
				return err
			}
		}
	}
	return s.flush(ctx)
}

// append writes one event. One that cannot be JSON is left out, with a line in the log: the next id goes beyond it.
func (s *stream) append(ctx context.Context, e *core.FeedEvent) {
	text, err := s.endpoint.messages.Render(s.set, &e.Delivery)
	if err != nil {
		s.set.Logger().WarnContext(ctx, "message left out", "protocol", "sse", "message", e.Message.ID,
			"destination", e.Message.Destination, "error", err)
		return
	}
	s.appendID(e.Cursor)
	s.out = append(s.out, "data: "...)
	s.out = append(s.out, text...)
	s.out = append(s.out, "\n\n"...)
}

func (s *stream) appendID(cursor string) {
	s.lastID = cursor
	s.out = append(s.out, "id: "...)
	s.out = append(s.out, cursor...) // core's, without line ends
	s.out = append(s.out, '\n')
}

// beat sends a comment, so that something comes, and the id where it has moved past messages that are not for this peer: a block
// without data is no event.
func (s *stream) beat(ctx context.Context) error {
	s.out = append(s.out, ":\n"...)
	if cursor := s.feed.Cursor(subscriptionID); cursor != s.lastID {
		s.appendID(cursor)
	}
	s.out = append(s.out, '\n')
	return s.flush(ctx)
}

// flush sends what was gathered.
func (s *stream) flush(ctx context.Context) error {
	if len(s.out) == 0 {
		return nil
	}
	err := s.reply.Send(ctx, s.out)
	if s.out = s.out[:0]; cap(s.out) > 2*maxGathered {
		s.out = nil
	}
	return err
}
