package jsonrpc

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A peer is what belongs to one socket: whose session it is, the subscriptions of its own, and the calls both ways. The socket keeps
// it, and it ends with that.
type peer struct {
	endpoint *Endpoint
	set      *core.ChannelSet
	socket   core.Socket
	back     callsBack

	identified caller // who opened the socket; known to its reader alone

	order sync.Mutex // held while methods of messaging run and are answered, and while an event is sent

	mu      sync.Mutex
	session string     // the id of the caller's session; "": none
	feed    *core.Feed // of the socket's own subscriptions; nil: there was none yet
	running int        // calls that have not ended
	ended   chan struct{}
}

// peerOf returns the peer that a socket keeps.
func (e *Endpoint) peerOf(set *core.ChannelSet, in *core.Inbound) *peer {
	p, _ := in.Socket.Keep(e, func() any {
		return &peer{endpoint: e, set: set, socket: in.Socket, session: set.SessionID(&in.Peer),
			back: newCallsBack(e.opts.MaxCalls), ended: make(chan struct{}, 1)}
	}).(*peer)
	return p
}

// serve serves one unit. Methods of messaging run before the next unit is read: what is published one after the other stays in
// order, and a subscription stands before what is sent behind it. Calls run beside each other, and polls too: they may take long.
func (p *peer) serve(ctx context.Context, in *core.Inbound) error {
	own := *in
	own.Unit = bytes.Clone(in.Unit) // a call may run on when the transport has taken its memory back
	s := p.endpoint.step()
	s.begin(p.set, &own)
	s.own, s.peer, s.caller = p, p, p.identify(ctx, &in.Peer)
	fault := s.readRequests()
	switch {
	case fault != nil:
		return p.finish(ctx, s, fault)
	case s.isInOrder():
		p.order.Lock() // so that events of a new subscription come behind the answer
		defer p.order.Unlock()
		return p.finish(ctx, s, nil)
	case !p.admit(ctx):
		s.refuseAll(core.Exhausted.Errorf("More than %d calls at once.", p.endpoint.opts.MaxCalls))
		return p.finish(ctx, s, nil)
	}
	s.beside = true
	p.socket.Go(func(ctx context.Context) {
		defer p.leave()
		if err := p.finish(ctx, s, nil); err != nil && ctx.Err() == nil {
			p.set.Logger().WarnContext(ctx, "answer not sent", "protocol", "jsonrpc", "error", err)
		}
	})
	return nil
}

// finish runs what a step has read, sends the answers, and gives the step back.
func (p *peer) finish(ctx context.Context, s *step, fault *core.Fault) error {
	defer p.endpoint.release(s)
	out := s.answerAll(ctx, fault)
	if len(out) == 0 {
		return nil
	}
	return p.socket.Send(ctx, out)
}

// identify finds out, once, who has opened the socket: passwords are not checked again with each unit. Where that could not be found
// out, the next unit asks again.
func (p *peer) identify(ctx context.Context, from *core.Peer) caller {
	if p.identified.identified {
		return p.identified
	}
	c := caller{identified: true}
	c.identity, c.err = p.set.Identify(ctx, from)
	if c.err == nil || core.AsFault(c.err).Code == core.Unauthenticated {
		p.identified = c
	}
	return c
}

// maxDelay is how long a unit waits for a place among the calls that run. While it does, nothing is read: not even that the peer has
// gone, which would end them.
const maxDelay = 5 * time.Second

// admit waits until there is room for one more call. It reports false where there is none in time; at once where a call waits for an
// answer of the peer's, which has to be read first.
func (p *peer) admit(ctx context.Context) bool {
	late := time.NewTimer(maxDelay)
	defer late.Stop()
	for !p.enter() {
		select {
		case <-late.C:
			return false
		case <-p.ended:
		case <-p.back.waiting:
			if p.back.areWaiting() {
				return false
			}
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func (p *peer) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running >= p.endpoint.opts.MaxCalls {
		return false
	}
	p.running++
	return true
}

func (p *peer) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	signal(p.ended)
}

// signal puts a token into a channel that holds one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

var _ ownSocket = (*peer)(nil)

func (p *peer) id() string { return p.socket.ID() }

func (p *peer) sessionID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session
}

func (p *peer) remember(_ context.Context, old, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == old {
		p.session = id
	}
}
