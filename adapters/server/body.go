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
)

// Why a body is refused that could be read.
var (
	errTooLarge = errors.New("more bytes than allowed")
	errCrowded  = errors.New("too many large bodies at once")
	errExpands  = errors.New("packed data that expands too much")
)

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
		err = unit.readAll(unpacked, x.door.max, x)
	}
	if err != nil {
		x.refuseBody(err)
		return false
	}
	unit.fit()
	return true
}

// allow implements allower.
func (x *exchange) allow(more int) error {
	return x.door.handler.ration.take(x.door.address(x.request), more)
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
	case errors.Is(err, errExpands):
		refuse(x, http.StatusRequestEntityTooLarge, fmt.Sprintf("The body becomes more than %d times as large when it is unpacked.", maxExpansion))
	case errors.Is(err, errCrowded):
		x.Header().Set("Retry-After", "1")
		refuse(x, http.StatusServiceUnavailable, "Too many large bodies are served at the moment.")
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
func unpack(r *counted, encoding string) (io.Reader, error) {
	var out io.Reader
	var err error
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return r, nil
	case "gzip", "x-gzip":
		out, err = gzip.NewReader(r)
	case "deflate":
		out, err = inflate(bufio.NewReader(r))
	default:
		return nil, unknownEncoding(encoding)
	}
	return &expanding{r: out, packed: r}, err
}

// How much larger than what came a body may become when it is unpacked, beyond what every one may.
const (
	maxExpansion  = 100 // AMF and JSON become 5 to 30 times as large
	freeExpansion = 256 << 10
)

// expanding is a packed body as it is unpacked: few bytes must not become very many.
type expanding struct {
	r      io.Reader
	packed *counted
	n      int
}

func (e *expanding) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	e.n += n
	if e.n > freeExpansion && e.n/maxExpansion > e.packed.n {
		return n, errExpands
	}
	return n, err
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
