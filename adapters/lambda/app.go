package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// An App is a function: it serves events, of every kind that it is configured for. Any number of events may be served at once.
type App struct {
	set    *core.ChannelSet
	opts   Options
	routes []*route
	log    *slog.Logger
}

// New returns an App for a set. It panics where a Source cannot be: a mistake of set-up.
func New(set *core.ChannelSet, opts *Options) *App {
	a := &App{set: set, opts: opts.withDefaults(set.Logger())}
	a.log = a.opts.Logger
	var err error
	if a.routes, err = newRoutes(set, &a.opts); err != nil {
		panic(fmt.Sprintf("lambda: %v", err))
	}
	return a
}

// Invoke serves one event and returns its answer, as JSON, whole. It is aws-lambda-go's lambda.Handler. An error fails the invocation, so that
// a source that tries again does: requests are answered rather than failed.
func (a *App) Invoke(ctx context.Context, raw []byte) ([]byte, error) {
	e, c, k, err := open(raw)
	if err != nil {
		return nil, err
	}
	ctx, cancel := a.begin(ctx, raw)
	defer cancel()
	if k.isRequest() {
		return a.answer(ctx, e, c, k)
	}
	return a.serve(ctx, e, c, k)
}

// open reads an event as far as it takes to tell its kind.
func open(raw []byte) (*event, *requestContext, kind, error) {
	e, err := read(raw)
	if err != nil {
		return nil, nil, rawEvent, err
	}
	c := new(requestContext)
	if len(e.context) > 0 && e.context.Kind() == '{' {
		if c, err = readContext(e.context); err != nil {
			return nil, nil, rawEvent, fmt.Errorf("read an event: requestContext: %w", err)
		}
	}
	return e, c, e.kind(c), nil
}

// begin returns the context that an event is served with. It ends so long before the function's deadline that there is time to answer.
func (a *App) begin(ctx context.Context, raw []byte) (context.Context, context.CancelFunc) {
	ctx = withEvent(ctx, raw)
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	reserve := min(a.opts.Reserve, time.Until(deadline)/4)
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

// request reads a request.
func (a *App) request(ctx context.Context, e *event, c *requestContext, k kind) (*http.Request, error) {
	from := a.fromBalancer
	switch k {
	case restRequest:
		from = a.fromREST
	case httpRequest:
		from = a.fromHTTPAPI
	}
	q, err := from(e, c)
	if err == nil {
		q.body, err = e.bodyBytes()
	}
	if err != nil {
		return nil, fmt.Errorf("read a request: %w", err)
	}
	if k == balancerTarget && len(q.body) > maxBalancer {
		return nil, errBodyTooLarge
	}
	return q.httpRequest(ctx)
}

// errBodyTooLarge is why a request is refused that no balancer hands on: what has made it is no balancer.
var errBodyTooLarge = errors.New("the body is larger than a load balancer hands on")

// refuse logs why a request is not served, and returns the answer.
func (a *App) refuse(ctx context.Context, err error) *Response {
	a.log.WarnContext(ctx, "request refused", "error", err)
	if errors.Is(err, errBodyTooLarge) {
		return refusal(http.StatusRequestEntityTooLarge, "The body is larger than a load balancer hands on.")
	}
	return refusal(http.StatusBadRequest, "The request could not be read.")
}

// answer has a request served and returns its answer. One that cannot be read, and an answer that cannot be sent, are answered too: a
// failed invocation would be a riddle to whoever has sent the request.
func (a *App) answer(ctx context.Context, e *event, c *requestContext, k kind) ([]byte, error) {
	s := shapeOf(e, k)
	r, err := a.request(ctx, e, c, k)
	if err != nil {
		return s.encode(a.refuse(ctx, err))
	}
	w := &recorder{header: http.Header{}, head: r.Method == http.MethodHead, most: s.most}
	a.run(w, r)
	if !w.over {
		b, err := s.encode(w.response())
		if err == nil {
			return b, nil
		}
	}
	a.log.ErrorContext(ctx, "answer too large", "path", r.URL.Path, "most", s.most)
	return s.encode(refusal(http.StatusBadGateway, "The answer is larger than a function may send. Ask for less at once."))
}

// refusal is an answer with a text for people.
func refusal(status int, text string) *Response {
	return &Response{Status: status, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: []byte(text + "\n")}
}

// An aborter is a response whose handler has panicked.
type aborter interface {
	http.ResponseWriter
	abort()
}

// run has the handler serve a request. Its panic is answered, and ends nothing else.
func (a *App) run(w aborter, r *http.Request) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p != http.ErrAbortHandler {
			a.log.ErrorContext(r.Context(), "handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		w.abort()
	}()
	a.opts.HTTP.ServeHTTP(w, r)
}

// serve serves an event that is no request. A panic fails the invocation, and not the process, which may serve others.
func (a *App) serve(ctx context.Context, e *event, c *requestContext, k kind) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, errors.New("the event could not be served")
			a.log.ErrorContext(ctx, "handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	switch k {
	case socketEvent:
		return a.serveSocket(ctx, e, c)
	case queueRecords:
		return a.serveQueue(ctx, e)
	case topicRecords:
		return a.serveTopic(ctx, e)
	case busEvent:
		return a.serveBus(ctx, e)
	case rabbitRecords:
		return a.serveRabbit(ctx, e)
	case sweepEvent:
		return a.sweep(ctx)
	}
	return a.serveRaw(ctx, e)
}

// serveRaw hands an event to the application that is of no kind known here.
func (a *App) serveRaw(ctx context.Context, e *event) ([]byte, error) {
	if a.opts.Raw == nil {
		return nil, fmt.Errorf("an event of no kind that this function serves: %.200q", e.raw)
	}
	v, err := a.opts.Raw(ctx, e.raw)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
