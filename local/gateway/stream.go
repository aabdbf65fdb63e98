package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// maxPrelude is within how many bytes a prelude must end, and idle how long a stream may pause.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
const (
	maxPrelude = 16 << 10
	idle       = 5 * time.Minute
)

// preludeEnd stands between a prelude and the body.
const preludeEnd = "\x00\x00\x00\x00\x00\x00\x00\x00"

// stream invokes the function and passes on its answer as it comes.
func (d *door) stream(ctx context.Context, w http.ResponseWriter, event []byte) {
	s, err := d.streamer.InvokeStream(ctx, event)
	if err != nil {
		d.fail(w, err)
		return
	}
	defer func() { _ = s.Body.Close() }() // the function is left to finish
	body := newIdleReader(ctx, s.Body)
	defer body.stop()
	a, rest, err := d.begin(s.ContentType, body)
	if failure, ok := errors.AsType[*local.Failure](err); ok {
		d.fail(w, failure)
		return
	}
	if err != nil {
		d.complain(w, err)
		return
	}
	d.head(w, a)
	if err := passOn(w, rest); err != nil {
		if ctx.Err() == nil { // the client is still there
			d.opts.Logger.Warn("stream broke off", "door", d.name, "error", err)
		}
		panic(http.ErrAbortHandler) // the client must see that it is not whole: net/http has this way only
	}
}

// begin reads what comes before the body of a streamed answer.
func (d *door) begin(contentType string, body io.Reader) (*answer, io.Reader, error) {
	if !d.streamed(contentType) {
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		return &answer{status: http.StatusOK, header: http.Header{"Content-Type": {contentType}}}, body, nil
	}
	return readPrelude(body)
}

// readPrelude reads a prelude: a JSON object as that of a whole answer, without body, and eight zero bytes.
func readPrelude(r io.Reader) (*answer, io.Reader, error) {
	head := make([]byte, 0, 4<<10)
	for {
		before, after, found := bytes.Cut(head, []byte(preludeEnd))
		if found {
			a, err := parsePrelude(before)
			return a, io.MultiReader(bytes.NewReader(after), r), err
		}
		if len(head) >= maxPrelude {
			return nil, nil, fmt.Errorf("a prelude is followed by eight zero bytes, and there are none within %d bytes", maxPrelude)
		}
		n, err := r.Read(head[len(head):min(cap(head), maxPrelude)])
		head = head[:len(head)+n]
		switch {
		case err == io.EOF && !bytes.Contains(head, []byte(preludeEnd)):
			return nil, nil, fmt.Errorf("it begins %.80q: a prelude is followed by eight zero bytes, and there are none", head)
		case err != nil && err != io.EOF:
			return nil, nil, err
		case len(head) == cap(head):
			head = append(head, make([]byte, len(head))...)[:len(head)]
		}
	}
}

func parsePrelude(text []byte) (*answer, error) {
	var parts answerParts2
	if len(bytes.TrimSpace(text)) > 0 {
		if err := json.Unmarshal(text, &parts); err != nil {
			return nil, fmt.Errorf("prelude: %w", err)
		}
	}
	if parts.StatusCode == nil {
		parts.StatusCode = json.RawMessage("200")
	}
	parts.Body = nil
	return parts.answer()
}

// saysPrelude tells whether a streamed answer says that it begins with a prelude.
func saysPrelude(contentType string) bool {
	return strings.EqualFold(strings.TrimSpace(contentType), local.PreludeType)
}

// passOn writes what comes as soon as it does.
func passOn(w http.ResponseWriter, r io.Reader) error {
	flusher := http.NewResponseController(w)
	if err := flusher.Flush(); err != nil { // status and headers do not wait for the body
		return err
	}
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			_, _ = w.Write(buffer[:n]) // a client that has gone ends the context, and so the reading
			_ = flusher.Flush()        // as above
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// An idleReader closes what it reads from when that pauses for too long, or when a context ends.
type idleReader struct {
	from  io.ReadCloser
	timer *time.Timer
	stop  func() bool
}

func newIdleReader(ctx context.Context, from io.ReadCloser) *idleReader {
	r := &idleReader{from: from, timer: time.AfterFunc(idle, func() { _ = from.Close() })} // a pipe's never fails
	unwatch := context.AfterFunc(ctx, func() { _ = from.Close() })                         // as above
	r.stop = func() bool { return r.timer.Stop() && unwatch() }
	return r
}

func (r *idleReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.timer.Reset(idle)
	return n, err
}
