package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// A connection is one client. What is posted to it waits in a queue, so that posts go out in the order in which they came, and so that
// nobody waits for a slow client.
type connection struct {
	id          string
	connectedAt time.Time
	identity    identity
	authorizer  json.RawMessage // what the authorizer said when it connected; nil: nothing
	domain      string
	settings    *WebSocketOptions

	wake   chan struct{} // has a value when the writer has something to look at
	places chan struct{} // of MaxInFlight that are taken

	mu         sync.Mutex
	queue      [][]byte
	queued     int // bytes in queue and in the message that is being written
	lastActive time.Time
	conn       net.Conn              // below the socket, once there is one
	ending     *websocket.CloseError // how the gateway ends it; nil: it does not
	closed     bool                  // nothing is taken any more

	idle, life, goodbye *time.Timer // end the connection when it is silent, old, or does not answer a goodbye; nil: not yet begun
}

// Why a post is not taken.
var (
	errGone       = errors.New("the connection is closed")
	errBufferFull = errors.New("the client side buffer is full")
)

// goodbyeWithin is how long a client has to read what waits for it and to answer a goodbye.
const goodbyeWithin = 5 * time.Second

// post has a message sent after those that were posted before. The bytes must not change any more. The error is errGone or
// errBufferFull.
func (c *connection) post(message []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.ending != nil {
		return errGone
	}
	if c.queued > 0 && c.queued+len(message) > c.settings.SendBuffer {
		return errBufferFull
	}
	c.queue = append(c.queue, message)
	c.queued += len(message)
	c.lastActive = c.settings.Now()
	c.signal()
	return nil
}

// tell posts a message of the gateway itself. It is lost where there is no room, as it is on AWS.
func (c *connection) tell(message, requestID string) {
	text, err := json.Marshal(c.message(message, requestID))
	if err == nil {
		err = c.post(text)
	}
	if err != nil {
		c.settings.Logger.Warn("a message of the gateway is lost", "connection", c.id, "message", message, "reason", err)
	}
}

func (c *connection) message(text, requestID string) gatewayMessage {
	return gatewayMessage{Message: text, ConnectionID: c.id, RequestID: requestID}
}

// end has the gateway close the connection, after what is in the queue. It is false when the connection has ended or is about to.
func (c *connection) end(how websocket.CloseError) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.ending != nil {
		return false
	}
	c.ending = &how
	c.goodbye = time.AfterFunc(goodbyeWithin, c.cutOff)
	c.signal()
	return true
}

// cutOff ends the connection without a word.
func (c *connection) cutOff() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.Close()
	}
}

// close lets go of everything. Posts are refused from then on.
func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.queue, c.queued = nil, 0
	for _, timer := range []*time.Timer{c.idle, c.life, c.goodbye} {
		if timer != nil {
			timer.Stop()
		}
	}
	c.signal()
}

// signal must be called with mu held.
func (c *connection) signal() {
	select {
	case c.wake <- struct{}{}:
	default: // it is awake
	}
}

// seen notes that the client has sent something.
func (c *connection) seen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastActive = c.settings.Now()
}

// begin starts the clocks that a connection runs by.
func (c *connection) begin(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	c.life = time.AfterFunc(c.settings.Lifetime, func() { c.end(goingAway) })
	c.idle = time.AfterFunc(c.settings.IdleTimeout, c.checkIdle)
}

// checkIdle ends a connection on which nothing has gone either way for too long, or looks again when that could be the case.
func (c *connection) checkIdle() {
	c.mu.Lock()
	left := c.settings.IdleTimeout - c.settings.Now().Sub(c.lastActive)
	if left > 0 && !c.closed {
		c.idle.Reset(left)
	}
	c.mu.Unlock()
	if left <= 0 {
		c.end(goingAway)
	}
}

// serve reads and writes until the connection has ended, and returns how it did. received is given each message, and must not wait:
// whoever handles one calls handled when done.
func (c *connection) serve(ctx context.Context, socket *websocket.Conn, w *watchedWriter, received func(message []byte)) websocket.CloseError {
	c.begin(w.conn)
	writing, stop := context.WithCancel(ctx)
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write(writing, socket)
	}()
	err := c.read(ctx, socket, w.frames, received)
	ended, ours := c.endedHow(err)
	if !ours {
		c.close()
		stop() // a client that is gone reads nothing more
	}
	<-written
	stop()
	_ = socket.CloseNow() // whatever it says, it is closed
	return ended
}

// handled makes room for another message of the client.
func (c *connection) handled() { <-c.places }

// read hands messages on until there are no more. The error is why.
func (c *connection) read(ctx context.Context, socket *websocket.Conn, frames *frameWatch, received func(message []byte)) error {
	for n := int64(1); ; n++ {
		kind, message, err := socket.Read(ctx)
		if errors.Is(err, websocket.ErrMessageTooBig) || frames.firstOver.Load() == n {
			c.end(messageTooLong)
		}
		if err != nil {
			return err
		}
		c.seen()
		switch {
		case c.isEnding(): // it has been said goodbye to
		case kind == websocket.MessageBinary:
			c.end(binaryMessage)
		case !utf8.Valid(message):
			c.end(textIsNotUnicode)
		default:
			c.places <- struct{}{}
			received(message)
		}
	}
}

func (c *connection) isEnding() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending != nil
}

// endedHow returns how a connection ended whose reading has failed, and whether that was the gateway's doing.
func (c *connection) endedHow(err error) (how websocket.CloseError, ours bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending != nil {
		return *c.ending, true
	}
	how, ok := errors.AsType[websocket.CloseError](err)
	switch {
	case !ok:
		how = websocket.CloseError{Code: websocket.StatusAbnormalClosure}
	case how.Code == websocket.StatusNoStatusRcvd:
		how.Reason = "Client-side close frame status not set" // as AWS words it
	}
	return how, false
}

// write sends what is posted until the connection ends.
func (c *connection) write(ctx context.Context, socket *websocket.Conn) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
			if over := c.flush(ctx, socket); over {
				return
			}
		}
	}
}

// flush sends what waits, and goodbye after that where the gateway ends the connection. It is true when nothing more can be sent.
func (c *connection) flush(ctx context.Context, socket *websocket.Conn) (over bool) {
	for {
		message, ending, ok := c.next()
		switch {
		case ok:
			if c.send(ctx, socket, message) != nil {
				return true
			}
			c.sent(message)
		case ending != nil:
			_ = socket.Close(ending.Code, ending.Reason) // the client may be gone
			return true
		default:
			return false
		}
	}
}

// next takes the first message that waits. Where there is none it tells how the gateway ends the connection, if it does.
func (c *connection) next() (message []byte, ending *websocket.CloseError, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.queue) == 0 {
		return nil, c.ending, false
	}
	message, c.queue = c.queue[0], c.queue[1:]
	return message, nil, true
}

func (c *connection) sent(message []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queued -= len(message)
}

// send writes a message in frames that are not above the limit.
func (c *connection) send(ctx context.Context, socket *websocket.Conn, message []byte) error {
	if len(message) <= maxFrame {
		return socket.Write(ctx, websocket.MessageText, message)
	}
	w, err := socket.Writer(ctx, websocket.MessageText)
	if err != nil {
		return err
	}
	for len(message) > 0 {
		n := min(len(message), maxFrame)
		if _, err := w.Write(message[:n]); err != nil {
			return err
		}
		message = message[n:]
	}
	return w.Close()
}
