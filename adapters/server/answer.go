package server

import (
	"fmt"
	"net/http"
	"strconv"
)

// write sends what the endpoint has handed over, unless it has refused.
func (x *exchange) write() {
	h := x.Header()
	switch {
	case x.status != 0:
	case x.answer == nil:
		delete(h, "Content-Type")
		x.WriteHeader(http.StatusNoContent)
	default:
		x.length[0] = strconv.Itoa(len(x.answer.bytes))
		h["Content-Length"] = x.length[:]
		if err := x.writeAnswer(x.answer.bytes); err != nil {
			x.err = fmt.Errorf("write answer: %w", err)
		}
	}
}

// slowPart is how much of an answer a peer has to take within Options.SlowConsumer. What it does not take is kept in memory.
const slowPart = 256 << 10

// writeAnswer writes an answer part by part. The last of it may go out when the exchange is finished.
func (x *exchange) writeAnswer(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), slowPart)
		x.setWriteDeadline()
		if _, err := x.Write(b[:n]); err != nil {
			return x.broken(err)
		}
		b = b[n:]
	}
	return nil
}
