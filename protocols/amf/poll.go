package amf

import (
	"context"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// poll finds what there is for a client's consumers on a channel. The result is a *core.Batch, which answerPoll writes.
func (e *Endpoint) poll(ctx context.Context, call *core.Call) (any, error) {
	if call.NoSession != nil {
		return nil, call.NoSession
	}
	r := FromCall(call)
	if r.Message.ClientID != "" || r.Message.Destination != "" {
		return r.pollOne(ctx, call)
	}
	request := core.PollRequest{ID: r.Message.MessageID, Received: r.received}
	idle := call.Conn == nil || len(call.Conn.Subscriptions()) == 0
	mayWait := e.opts.WaitInterval > 0 && !idle
	if mayWait && r.alone && !r.Message.Headers.is(headerSuppressWait) {
		request.Wait, request.Idle = e.opts.WaitInterval, r.idle
	}
	batch, err := pollConnection(ctx, call, &request)
	switch {
	case err != nil:
		return nil, err
	case batch == nil || idle && len(batch.Deliveries) == 0:
		return nil, notSubscribed(call)
	case mayWait:
		r.setPollWait(e.pollWait(batch, request.Wait > 0))
	}
	return batch, nil
}

// pollOne answers a poll for one consumer, which Flex itself sends only for Consumer.receive: at once, and with nothing where nothing is
// subscribed.
func (r *Request) pollOne(ctx context.Context, call *core.Call) (any, error) {
	batch, err := pollConnection(ctx, call, &core.PollRequest{ID: r.Message.MessageID, Received: r.received})
	if batch == nil && err == nil {
		batch = &core.Batch{}
	}
	return batch, err
}

// pollConnection polls, with nil where there is no connection any more.
func pollConnection(ctx context.Context, call *core.Call, request *core.PollRequest) (*core.Batch, error) {
	if call.Conn == nil {
		return nil, nil
	}
	batch, err := call.ChannelSet().Poll(ctx, call.Conn, request)
	if isGone(err) {
		return nil, nil
	}
	return batch, err
}

// notSubscribed tells a client that what it had here is gone, with the code by which Flex connects anew and subscribes again.
func notSubscribed(call *core.Call) error {
	return core.NotFound.Errorf("The client has no active subscriptions over endpoint '%s'.", FromCall(call).channel.Name).
		WithName("Server.Processing.NotSubscribed")
}

// crowdedWait is how long a client is told to wait whose poll would have waited, and could not: the interval at which Flex polls by
// itself, as BlazeDS has it.
const crowdedWait = 3 * time.Second

// pollWait returns how long the client of a channel on which polls wait is to wait before its next; 0: as it will.
func (e *Endpoint) pollWait(b *core.Batch, allowed bool) time.Duration {
	if (!allowed || b.Crowded) && e.opts.PollingInterval < crowdedWait {
		return crowdedWait
	}
	if !allowed || b.Crowded {
		return 0
	}
	return e.opts.PollWait
}

func (r *Request) setPollWait(d time.Duration) {
	if d > 0 {
		r.SetReplyHeader(headerPollWait, int(d.Milliseconds()))
	}
}
