package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/core"
)

// run reads units and has them served, until the socket ends.
func (s *socket) run() {
	defer s.finish()
	for {
		unit, err := s.read()
		if err != nil {
			s.ended(err)
			return
		}
		served := s.serve(unit.bytes)
		s.release(unit)
		if !served {
			return
		}
	}
}

// errKind is why a socket ends whose peer does not know what the protocol's units are.
var errKind = errors.New("a frame of the wrong kind")

// read returns the next unit.
func (s *socket) read() (*buffer, error) {
	// Without an end: a ctx that ends would cut the socket before its peer has been told why.
	kind, r, err := s.conn.Reader(context.Background())
	if err != nil {
		return nil, err
	}
	if kind != s.kind {
		return nil, errKind
	}
	s.late.Reset(s.door.handler.opts.ReadTimeout)
	defer s.late.Stop()
	unit := s.door.buffers.get()
	if err := unit.readAll(r, s.door.max, s); err != nil {
		s.release(unit)
		return nil, err
	}
	s.heard.Store(time.Now().UnixNano())
	s.units.Add(1)
	s.in.Add(int64(len(unit.bytes)))
	return unit, nil
}

// allow implements allower.
func (s *socket) allow(more int) error {
	return s.door.handler.ration.take(s.peer.Addr, more)
}

// release gives back the memory of a unit that was served.
func (s *socket) release(unit *buffer) {
	s.door.handler.ration.give(s.peer.Addr, unit.asked)
	s.door.buffers.put(unit)
}

// serve has one unit served. False: the socket has ended meanwhile.
func (s *socket) serve(unit []byte) bool {
	if s.isClosing() {
		return true
	}
	if !s.begin() {
		return false
	}
	defer s.end()
	defer s.recover()
	s.serving.Store(true)
	defer s.serving.Store(false)
	in := core.Inbound{Socket: s, Peer: s.peer, Received: time.Now(), Unit: unit, Reply: socketReply{s}}
	if err := s.door.handler.set.Serve(s.context, s.door.channel.Name, &in); err != nil && s.context.Err() == nil {
		s.fail(err)
	}
	return true
}

// fail closes the socket since an answer is missing.
func (s *socket) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(websocket.StatusInternalError, "The server could not answer.", core.Internal.String(), err)
}

// recover keeps a panic of an endpoint to its socket.
func (s *socket) recover() {
	if p := recover(); p != nil {
		s.door.handler.opts.Logger.ErrorContext(s.context, "endpoint panicked",
			"protocol", s.door.protocol, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		s.fail(fmt.Errorf("panic: %v", p))
	}
}

// ended notes why nothing can be read any more. A peer that has done something wrong is told, and so is given the time to hear it.
func (s *socket) ended(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch code := websocket.CloseStatus(err); {
	case code == websocket.StatusNormalClosure, code == websocket.StatusGoingAway, code == websocket.StatusNoStatusRcvd:
		s.note("ok", nil)
	case code >= 0:
		s.note("closed by peer", err)
	case errors.Is(err, errKind):
		s.tell(websocket.StatusUnsupportedData, s.door.wrongKind(), "refused", err)
	case errors.Is(err, errCrowded):
		s.tell(websocket.StatusTryAgainLater, "Too many large messages are served at the moment.", core.Exhausted.String(), err)
	case errors.Is(err, errTooLarge):
		s.tell(websocket.StatusMessageTooBig, "The message is too large.", core.TooLarge.String(), err)
	case isLoss(err):
		s.note("gone", nil)
	default:
		s.tell(websocket.StatusProtocolError, "That was no WebSocket frame.", "refused", err)
	}
}

// isLoss reports whether an error means that the connection has ended, and not that what came over it makes no sense.
func isLoss(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.ErrClosedPipe)
}

// A socketReply answers a unit of a socket.
type socketReply struct{ socket *socket }

var _ core.Reply = socketReply{}

// Header implements core.Reply: the headers went out when the socket was opened.
func (socketReply) Header() http.Header { return http.Header{} }

// Send implements core.Reply.
func (r socketReply) Send(ctx context.Context, unit []byte) error { return r.socket.Send(ctx, unit) }

// Refuse implements core.Reply.
func (r socketReply) Refuse(_ context.Context, f *core.Fault) error {
	r.socket.Close(f)
	return nil
}
