package lambda

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// A Stream is an answer that is read while it is made. It must be closed; then the handler has ended.
type Stream interface {
	io.ReadCloser

	// ContentType says to the Runtime API what is read.
	ContentType() string

	// MarshalJSON always fails: aws-lambda-go sends as it is read what cannot be JSON.
	MarshalJSON() ([]byte, error)
}

// InvokeStream serves one event and returns its answer: of requests of REST APIs and function URLs as it is written, of other events whole.
// Start has aws-lambda-go call it where Options.Stream says so. The event must not change before the answer is closed.
func (a *App) InvokeStream(ctx context.Context, raw []byte) (Stream, error) {
	e, c, k, err := open(raw)
	if err != nil {
		return nil, err
	}
	if k == restRequest || k == httpRequest {
		return a.stream(ctx, e, c, k), nil
	}
	b, err := a.Invoke(ctx, raw)
	if err != nil {
		return nil, err
	}
	return &wholeAnswer{bytes.NewReader(b)}, nil
}

// A wholeAnswer is the JSON of an answer that is made before it is read.
type wholeAnswer struct{ io.Reader }

// Close implements Stream.
func (*wholeAnswer) Close() error { return nil }

// ContentType implements Stream.
func (*wholeAnswer) ContentType() string { return "application/json" }

// MarshalJSON implements Stream.
func (*wholeAnswer) MarshalJSON() ([]byte, error) { return nil, errNotJSON }

var errNotJSON = errors.New("an answer is read and not marshalled")

// A streamed is the answer of a handler that runs in a goroutine of its own, which Close ends and waits for.
type streamed struct {
	*io.PipeReader
	cancel context.CancelFunc
	done   chan struct{}
	unhook func() bool
}

// ContentType implements Stream: "Using response streaming with the Runtime API".
func (*streamed) ContentType() string { return "application/vnd.awslambda.http-integration-response" }

// MarshalJSON implements Stream.
func (*streamed) MarshalJSON() ([]byte, error) { return nil, errNotJSON }

// errUnread is what a handler gets that writes to an answer that nobody reads on.
var errUnread = errors.New("the answer is not read any more")

// Close implements Stream.
func (s *streamed) Close() error {
	_ = s.CloseWithError(errUnread) // never fails
	s.cancel()
	<-s.done
	s.unhook()
	return nil
}

// stream has a request served and returns its answer, which begins when the handler begins to write.
func (a *App) stream(ctx context.Context, e *event, c *requestContext, k kind) *streamed {
	reader, writer := io.Pipe()
	invocation := ctx
	ctx, cancel := a.begin(ctx, e.raw)
	s := &streamed{PipeReader: reader, cancel: cancel, done: make(chan struct{})}
	// Whoever is stuck in a write when the time is over has to be let go.
	s.unhook = context.AfterFunc(invocation, func() { _ = writer.CloseWithError(context.Cause(invocation)) })
	w := &streamWriter{pipe: writer, header: http.Header{}, shape: shapeOf(e, k)}
	go func() {
		defer close(s.done)
		a.serveStream(ctx, w, e, c, k)
	}()
	return s
}

func (a *App) serveStream(ctx context.Context, w *streamWriter, e *event, c *requestContext, k kind) {
	r, err := a.request(ctx, e, c, k)
	if err != nil {
		w.refuse(a.refuse(ctx, err))
	} else {
		w.head = r.Method == http.MethodHead
		a.run(w, r)
	}
	w.end()
}

// A streamWriter is the http.ResponseWriter of an answer that goes out as it is written: a prelude in JSON with status and headers, eight
// zero bytes, and the body as it is. What was written has been read when Write returns, so there is nothing to flush but the prelude.
type streamWriter struct {
	pipe   *io.PipeWriter
	header http.Header
	shape  shape
	head   bool // the request was by HEAD

	status int // 0: not written yet
	sent   http.Header
	began  bool // the prelude has gone out
	err    error
}

// Header implements http.ResponseWriter.
func (w *streamWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter. The prelude goes out with what is written first, or flushed.
func (w *streamWriter) WriteHeader(status int) {
	if w.status != 0 || (status >= 100 && status < 200) {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

// Write implements http.ResponseWriter.
func (w *streamWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if !hasBody(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if !w.began {
		setType(w.sent, b)
	}
	if err := w.FlushError(); err != nil || w.head || len(b) == 0 {
		return len(b), err
	}
	return w.pipe.Write(b)
}

// FlushError is what http.ResponseController flushes by.
func (w *streamWriter) FlushError() error {
	w.WriteHeader(http.StatusOK)
	if w.began {
		return nil
	}
	w.began = true
	b := strconv.AppendInt([]byte(`{"statusCode":`), int64(w.status), 10)
	b = append(w.shape.appendHeaders(b, w.sent), "}\x00\x00\x00\x00\x00\x00\x00\x00"...)
	_, err := w.pipe.Write(b)
	return err
}

// abort implements aborter. Where the answer has begun, the platform is told that it has failed.
func (w *streamWriter) abort() {
	if !w.began {
		w.status = 0
		w.refuse(refusal(http.StatusInternalServerError, "The server could not answer."))
		return
	}
	w.err = errors.New("the answer breaks off: the handler panicked")
}

func (w *streamWriter) refuse(r *Response) {
	w.header = r.Header
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body) // nobody else is left to be told
}

// end ends the answer. One without a body still has a prelude.
func (w *streamWriter) end() {
	if w.err == nil {
		w.err = w.FlushError()
	}
	_ = w.pipe.CloseWithError(w.err) // never fails; nil is the end
}
