package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/core"
)

// A socket is a WebSocket of a channel (RFC 6455). The goroutine of the request that opened it reads. Whoever sends writes, one after
// the other: what waits to be written stands in those who send, so it is bounded by how many those are.
type socket struct {
	door    *door
	conn    *websocket.Conn
	wire    net.Conn // below conn, for deadlines and to cut it
	id      string
	peer    core.Peer
	kind    websocket.MessageType // of the protocol's units
	start   time.Time
	context context.Context //nolint:containedctx // that of the socket's own goroutines: it ends with the socket
	cancel  context.CancelFunc

	late *time.Timer // cuts the socket where a unit takes too long to arrive
	ping *time.Timer // the next look whether the peer is still there

	writes         sync.Mutex // held while a unit is written
	units, in, out atomic.Int64
	heard          atomic.Int64 // when something came last, in nanoseconds since 1970
	serving        atomic.Bool  // a unit is being served, so nothing is read: no pong either

	mu       sync.Mutex
	kept     map[any]any
	running  int           // units and goroutines that have not ended
	over     bool          // nothing more may begin
	idle     chan struct{} // closed when it is over and nothing runs
	draining bool          // it is closed when nothing runs
	closing  bool          // the peer has been or will be told that this is the end
	outcome  string        // why it ended, for the log; the first reason counts
	err      error
	helpers  sync.WaitGroup // what closes and pings
}

var _ core.Socket = (*socket)(nil)

// ID implements core.Socket.
func (s *socket) ID() string { return s.id }

// Done implements core.Socket.
func (s *socket) Done() <-chan struct{} { return s.context.Done() }

// Keep implements core.Socket.
func (s *socket) Keep(key any, first func() any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.kept[key]
	if !ok {
		v = first()
		s.kept[key] = v
	}
	return v
}

// Go implements core.Socket.
func (s *socket) Go(f func(ctx context.Context)) {
	if !s.begin() {
		return // the socket has ended: what f is about is no more
	}
	go func() {
		defer s.end()
		defer s.recover()
		f(s.context)
	}()
}

// begin notes that something runs, unless the socket is over.
func (s *socket) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.running++
	return true
}

func (s *socket) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running--; s.running > 0 {
		return
	}
	if s.over {
		close(s.idle)
	} else if s.draining {
		s.tell(websocket.StatusGoingAway, "The server ends.", "drained", nil)
	}
}

// Send implements core.Socket.
func (s *socket) Send(ctx context.Context, unit []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.writes.Lock()
	defer s.writes.Unlock()
	_ = s.wire.SetWriteDeadline(time.Now().Add(s.door.handler.opts.SlowConsumer)) // fails where it is closed, and then the write does
	err := s.conn.Write(context.Background(), s.kind, unit)                       // a ctx that ends would end the socket
	if err == nil {
		_ = s.wire.SetWriteDeadline(time.Time{}) // or the next ping met it
		s.out.Add(int64(len(unit)))
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.cut("slow consumer", err)
	} else {
		s.cut("gone", err)
	}
	return fmt.Errorf("write to a socket: %w", err)
}

// Close implements core.Socket.
func (s *socket) Close(why *core.Fault) {
	code, text := websocket.StatusNormalClosure, ""
	outcome := "closed"
	if why != nil {
		code, text, outcome = closeCodeOf(why.Code), closeReason(why.Message), why.Code.String()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(code, text, outcome, nil)
}

// closeTime is how long a peer may take to answer that the socket is closed.
const closeTime = 3 * time.Second

// tell begins to close the socket in the protocol's words. The caller holds mu.
func (s *socket) tell(code websocket.StatusCode, reason, outcome string, err error) {
	s.note(outcome, err)
	if s.closing || s.over {
		return
	}
	s.closing = true
	s.helpers.Go(func() {
		limit := time.AfterFunc(closeTime, func() { _ = s.wire.Close() })
		defer limit.Stop()
		_ = s.conn.Close(code, reason) // a peer that does not answer is cut off
	})
}

// note keeps why the socket ends. The caller holds mu.
func (s *socket) note(outcome string, err error) {
	if s.outcome == "" {
		s.outcome, s.err = outcome, err
	}
}

// cut ends the socket without a word.
func (s *socket) cut(outcome string, err error) {
	s.mu.Lock()
	s.note(outcome, err)
	s.mu.Unlock()
	_ = s.wire.Close()
}

// drain has the socket closed as soon as nothing of it runs.
func (s *socket) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	if s.running == 0 {
		s.tell(websocket.StatusGoingAway, "The server ends.", "drained", nil)
	}
}

// isClosing reports whether units are dropped, since the peer has been told that this is the end.
func (s *socket) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// finish ends what is left when nothing is read any more, and waits for it.
func (s *socket) finish() {
	s.late.Stop()
	s.ping.Stop()
	s.mu.Lock()
	s.over = true
	closing, running := s.closing, s.running > 0
	s.mu.Unlock()
	s.cancel()
	if !closing {
		_ = s.wire.Close()
	}
	s.helpers.Wait()
	_ = s.conn.CloseNow()
	if running {
		<-s.idle
	}
}
