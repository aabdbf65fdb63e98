package server

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
)

// buffers keeps memory for bodies and answers from request to request.
type buffers struct{ pool sync.Pool }

// A buffer is what one body or answer is gathered in.
type buffer struct{ bytes []byte }

const (
	firstBuffer = 1 << 10  // a poll's body fits, and is kept while it waits
	maxKept     = 1 << 20  // a buffer that has grown above this is left to the collector
	maxTrusted  = 64 << 10 // so much memory is taken on the word of a Content-Length
)

func (p *buffers) get() *buffer {
	if b, ok := p.pool.Get().(*buffer); ok {
		return b
	}
	return &buffer{make([]byte, 0, firstBuffer)}
}

func (p *buffers) put(b *buffer) {
	if cap(b.bytes) <= maxKept {
		b.bytes = b.bytes[:0]
		p.pool.Put(b)
	}
}

var errTooLarge = errors.New("more bytes than allowed")

// read reads the request's body into unit, unpacked, or answers why not.
func (x *exchange) read(unit *buffer) bool {
	if x.request.ContentLength > int64(x.door.max) {
		x.refuseBody(errTooLarge)
		return false
	}
	x.body = counted{r: x.request.Body, max: x.door.max}
	unpacked, err := unpack(&x.body, strings.Join(x.request.Header.Values("Content-Encoding"), ", "))
	if err == nil {
		unit.grow(x.request.ContentLength)
		err = unit.readAll(unpacked, x.door.max)
	}
	if err != nil {
		x.refuseBody(err)
		return false
	}
	return true
}

// refuseBody says what is wrong with the body.
func (x *exchange) refuseBody(err error) {
	x.err = err
	switch unknown, ok := errors.AsType[unknownEncoding](err); {
	case ok:
		x.Header().Set("Accept-Encoding", "gzip, deflate") // RFC 9110, 15.5.16
		refuse(x, http.StatusUnsupportedMediaType, "The body's "+unknown.Error()+": use gzip, deflate or none.")
	case errors.Is(err, errTooLarge):
		x.refuseTooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		refuse(x, http.StatusRequestTimeout, "The body took too long to arrive.")
	case isPacking(err):
		refuse(x, http.StatusBadRequest, "The body is not what its Content-Encoding says, or it ends early.")
	default:
		refuse(x, http.StatusBadRequest, "The body could not be read to its end.")
	}
}

// isPacking reports whether err is about packed data.
func isPacking(err error) bool {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	return corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, zlib.ErrHeader) ||
		errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrDictionary) || errors.Is(err, io.ErrUnexpectedEOF)
}

// An unknownEncoding is the name of a Content-Encoding that nobody here can undo.
type unknownEncoding string

func (e unknownEncoding) Error() string { return fmt.Sprintf("encoding %.40q is not known", string(e)) }

// unpack undoes a Content-Encoding (RFC 9110, section 8.4.1).
func unpack(r io.Reader, encoding string) (io.Reader, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return r, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate":
		return inflate(bufio.NewReader(r))
	}
	return nil, unknownEncoding(encoding)
}

// inflate undoes "deflate": the zlib format by the book, and bare deflate data from clients that took the name at its word. The
// first two bytes of zlib data are a multiple of 31 with 8 in the low half of the first (RFC 1950, section 2.2).
func inflate(r *bufio.Reader) (io.Reader, error) {
	head, err := r.Peek(2)
	if err != nil {
		return nil, fmt.Errorf("read deflate header: %w", io.ErrUnexpectedEOF)
	}
	if head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}

// counted is a body as it came: how many bytes there were, and no more than allowed. Packed data is bounded too, since it may go on
// for ever without giving anything.
type counted struct {
	r      io.Reader
	n, max int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	if c.n > c.max {
		return n, errTooLarge
	}
	return n, err
}

// grow makes room for a body of the length that its sender claims, as far as that is believed, and a byte for its end.
func (b *buffer) grow(claimed int64) {
	if want := int(min(claimed, maxTrusted)) + 1; want > cap(b.bytes) {
		b.bytes = make([]byte, 0, want)
	}
}

// readAll appends everything from r, at most limit bytes.
func (b *buffer) readAll(r io.Reader, limit int) error {
	for {
		if len(b.bytes) == cap(b.bytes) {
			b.bytes = append(b.bytes, 0)[:len(b.bytes)]
		}
		n, err := r.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case len(b.bytes) > limit:
			return errTooLarge
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}
