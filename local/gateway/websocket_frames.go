package gateway

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// frameWatch reads along with what a client sends and remembers the first message with a frame over the limit. The WebSocket library
// knows of messages only, and AWS has a limit for each frame as well. Specification: RFC 6455, section 5.2.
type frameWatch struct {
	limit   uint64
	header  [14]byte // of the frame that is being read
	have    int      // bytes of header that are there
	payload uint64   // bytes of the frame that are still to come
	begun   int64    // messages that have begun

	// firstOver is the number of the first message with too long a frame, counted from 1; 0: there is none so far. Others may read it.
	firstOver atomic.Int64
}

// watch takes the next bytes of the stream, in pieces of any size.
func (f *frameWatch) watch(b []byte) {
	for len(b) > 0 {
		if f.payload > 0 {
			n := min(f.payload, uint64(len(b)))
			f.payload -= n
			b = b[n:]
			continue
		}
		f.header[f.have] = b[0]
		f.have++
		b = b[1:]
		if f.have == f.headerLength() {
			f.frame()
		}
	}
}

// headerLength is how long the header is, as far as can be told so far.
func (f *frameWatch) headerLength() int {
	if f.have < 2 {
		return 2
	}
	length := 2
	switch f.header[1] & 0x7f {
	case 126:
		length += 2
	case 127:
		length += 8
	}
	if f.header[1]&0x80 != 0 {
		length += 4 // the mask
	}
	return length
}

// frame acts on a header that is complete.
func (f *frameWatch) frame() {
	length := uint64(f.header[1] & 0x7f)
	switch length {
	case 126:
		length = uint64(binary.BigEndian.Uint16(f.header[2:]))
	case 127:
		length = binary.BigEndian.Uint64(f.header[2:])
	}
	if opcode := f.header[0] & 0x0f; opcode == 1 || opcode == 2 {
		f.begun++
	}
	if length > f.limit {
		f.firstOver.CompareAndSwap(0, f.begun)
	}
	f.payload, f.have = length, 0
}

// watchedConn is a connection whose incoming bytes are watched.
type watchedConn struct {
	net.Conn

	from   io.Reader // what the server had read ahead, then the connection
	frames *frameWatch
}

// Read reads what the client has sent.
func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.frames.watch(p[:n])
	return n, err
}

// watchedWriter is a ResponseWriter that gives out a watched connection when it is hijacked.
type watchedWriter struct {
	http.ResponseWriter

	frames *frameWatch
	conn   net.Conn // once hijacked
}

// Hijack takes the connection over. Bytes that were read ahead come out of the connection once more, so that none goes by unwatched.
func (w *watchedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	ahead := make([]byte, buffered.Reader.Buffered())
	if _, err := io.ReadFull(buffered.Reader, ahead); err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	w.conn = &watchedConn{Conn: conn, from: io.MultiReader(bytes.NewReader(ahead), conn), frames: w.frames}
	return w.conn, bufio.NewReadWriter(bufio.NewReader(w.conn), bufio.NewWriter(w.conn)), nil
}
