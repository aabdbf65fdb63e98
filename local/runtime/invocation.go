package runtime

import (
	"crypto/rand"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// An invocation is one event on its way to a process, and the way back of its answer.
type invocation struct {
	id       string
	trace    string // for the header Lambda-Runtime-Trace-Id
	event    []byte
	streamed bool // the caller takes the answer as it comes

	// settled holds the outcome from the moment on at which it is known. Whoever settles first does; there is room for one.
	settled chan *outcome

	// Set when a process takes it.
	began    time.Time
	deadline *time.Timer
	fate     fate

	mu       sync.Mutex
	state    state
	left     bool           // the caller has gone
	pipe     *io.PipeWriter // of a streamed answer that has begun
	finished time.Time      // when the answer was whole
}

// An outcome is an answer, or the failure to give one.
type outcome struct {
	payload     []byte // of a buffered answer
	contentType string // of a streamed one, and its bytes
	body        *io.PipeReader
	failure     *local.Failure
}

// The states of an invocation, in their order.
type state int

const (
	open      state = iota // nothing was answered
	answering              // an answer is coming in
	ended                  // it is whole, or has failed
)

// A fate is what was chosen for the process that takes an invocation.
type fate int

const (
	lives fate = iota
	diesWithin
	diesAfter
)

func newInvocation(event []byte, streamed bool) *invocation {
	return &invocation{id: newID(), trace: newTrace(), event: event, streamed: streamed, settled: make(chan *outcome, 1)}
}

// answer begins the answer. It returns false when there is one already, or when it comes too late.
func (inv *invocation) answer() bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.state != open {
		return false
	}
	inv.state = answering
	return true
}

// succeed ends an invocation with a buffered answer.
func (inv *invocation) succeed(payload []byte) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.state != ended {
		inv.end(&outcome{payload: payload})
	}
}

// stream hands the caller a stream and returns its other end.
func (inv *invocation) stream(contentType string) io.Writer {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	r, w := io.Pipe()
	if inv.state == ended || inv.left {
		_ = r.Close() // it never fails; what is written goes nowhere
		return w
	}
	inv.pipe = w
	inv.settled <- &outcome{contentType: contentType, body: r}
	return w
}

// finish ends an invocation whose stream is whole.
func (inv *invocation) finish() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.state != ended {
		inv.end(nil)
	}
}

// fail ends an invocation that nobody else has ended. It tells whether it did.
func (inv *invocation) fail(failure *local.Failure) bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.state == ended {
		return false
	}
	inv.end(&outcome{failure: failure})
	return true
}

// end tells the caller how it went: by the stream, once that has begun. inv.mu is held, and nobody has ended it.
func (inv *invocation) end(out *outcome) {
	inv.state, inv.finished = ended, time.Now()
	switch {
	case inv.pipe == nil && out != nil:
		inv.settled <- out
	case inv.pipe == nil:
	case out != nil && out.failure != nil:
		_ = inv.pipe.CloseWithError(out.failure) // it never fails
	default:
		_ = inv.pipe.Close() // as above
	}
}

// abandon says that the caller has gone. Its function goes on, as on the real platform.
func (inv *invocation) abandon() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.left = true
	select {
	case out := <-inv.settled: // at the same moment
		if out.body != nil {
			_ = out.body.Close() // it never fails; the function is left to write to nobody
		}
	default:
	}
}

// over tells whether the answer is whole.
func (inv *invocation) over() bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return inv.state == ended
}

// newID returns a random UUID, as request ids are (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newTrace returns an X-Ray tracing header of a trace that is not sampled.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func newTrace() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", time.Now().Unix(), b[:12], b[12:])
}
