package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A single is the Reply to a request that can be answered only once, and so no core.Streamer.
type single struct{ core.Reply }

// reply returns what the endpoint sends its units to. HTTP/1.0 knows no answers without a length but those that a closed connection
// ends, and what wraps the answer may keep it together.
func (x *exchange) reply() core.Reply {
	if x.request.ProtoAtLeast(1, 1) && flushes(x.ResponseWriter) {
		return x
	}
	return single{x}
}

// flushes reports whether http.ResponseController can flush.
func flushes(w http.ResponseWriter) bool {
	for {
		switch t := w.(type) {
		case http.Flusher, interface{ FlushError() error }:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return false
		}
	}
}

// Stream implements core.Streamer. The connection ends with the stream: writes to it have a deadline, that must not hold for what
// would come next. Of a request by HEAD nothing else goes out. Where too many streams are open the fault is Exhausted.
func (x *exchange) Stream(context.Context) error {
	if x.status != 0 {
		return errors.New("the request was answered before it was to be a stream")
	}
	leave, err := x.door.handler.gate.enter(x.door.address(x.request))
	if err != nil {
		return err
	}
	x.leave = leave
	h := x.Header()
	delete(h, "Content-Length")
	h["X-Accel-Buffering"] = unbuffered
	if x.request.ProtoMajor == 1 { // of HTTP/2 it would end all that shares the connection
		h["Connection"] = closing
	}
	x.streaming = true
	x.setWriteDeadline()
	x.WriteHeader(http.StatusOK)
	if x.endStream != nil {
		x.endStream()
		return nil
	}
	return x.flush()
}

// sendNow writes a unit of a stream.
func (x *exchange) sendNow(unit []byte) error {
	x.setWriteDeadline()
	if _, err := x.Write(unit); err != nil {
		return x.broken(err)
	}
	return x.flush()
}

func (x *exchange) flush() error {
	if err := http.NewResponseController(x.ResponseWriter).Flush(); err != nil {
		return x.broken(err)
	}
	return nil
}

// setWriteDeadline gives the peer Options.SlowConsumer for what is written next. Where the server has no deadlines, TCP decides.
func (x *exchange) setWriteDeadline() {
	_ = http.NewResponseController(x.ResponseWriter).SetWriteDeadline(time.Now().Add(x.door.handler.opts.SlowConsumer))
}

// broken notes for the log why a stream ended. net/http has ended the request's context too.
func (x *exchange) broken(err error) error {
	x.outcome = "gone"
	if errors.Is(err, os.ErrDeadlineExceeded) {
		x.outcome = "slow consumer"
	}
	return fmt.Errorf("write to a slow or lost peer: %w", err)
}

// Values of headers of streams, shared between all of them and never changed.
var (
	unbuffered = []string{"no"} // nginx would gather the answer: its documentation, proxy_buffering
	closing    = []string{"close"}
)
