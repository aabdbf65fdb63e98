package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/core"
)

// A trace gathers what core tells of one request, for its log line.
type trace struct {
	mu                 sync.Mutex
	calls              int
	service, operation string      // of the last call: what stands before it in a packet prepares it
	session            string      // the id itself: never logged as it is
	fault              string      // the first one's code
	reads, writes      int         // of the store
	meter              *core.Meter // nil: no call has begun
}

type traceKey struct{}

func withTrace(ctx context.Context, t *trace) context.Context {
	ctx, t.meter = core.WithMeter(ctx)
	return context.WithValue(ctx, traceKey{}, t)
}

// Observer returns a core.Observer that lets the log line of a request say what was called, by which session, and what of the store it
// used: put it into core.Options. Whatever it is told it also tells next, if that is not nil.
func Observer(next core.Observer) core.Observer { return observer{next} }

type observer struct{ next core.Observer }

// CallStarted implements core.Observer.
func (o observer) CallStarted(ctx context.Context, call *core.Call) (context.Context, func(*core.Fault)) {
	done := func(*core.Fault) {}
	if o.next != nil {
		ctx, done = o.next.CallStarted(ctx, call)
	}
	t, _ := ctx.Value(traceKey{}).(*trace)
	if t == nil {
		return ctx, done
	}
	t.started(call)
	return ctx, func(f *core.Fault) {
		t.ended(call, f)
		done(f)
	}
}

// StoreUsed implements core.Observer.
func (o observer) StoreUsed(ctx context.Context, verb string, items int, took time.Duration, err error) {
	if t, _ := ctx.Value(traceKey{}).(*trace); t != nil {
		t.stored(verb)
	}
	if o.next != nil {
		o.next.StoreUsed(ctx, verb, items, took, err)
	}
}

func (t *trace) started(call *core.Call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.service, t.operation = shortened(call.Service), shortened(call.Operation)
	t.calls++
}

// shortened keeps a name that anybody may have sent from filling the log.
func shortened(name string) string { return name[:min(len(name), 128)] }

func (t *trace) ended(call *core.Call, f *core.Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if call.Client != nil {
		t.session = call.Client.ID()
	}
	if f != nil && t.fault == "" {
		t.fault = f.Code.String()
	}
}

func (t *trace) stored(verb string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch verb {
	case "get", "range", "last":
		t.reads++
	default:
		t.writes++
	}
}

// attributes appends what is known.
func (t *trace) attributes(attrs []slog.Attr) []slog.Attr {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.calls > 0 {
		attrs = append(attrs, slog.String("service", t.service), slog.String("operation", t.operation))
	}
	if t.calls > 1 {
		attrs = append(attrs, slog.Int("calls", t.calls))
	}
	if t.session != "" {
		attrs = append(attrs, slog.String("session", core.HashID(t.session)))
	}
	if t.reads+t.writes > 0 {
		attrs = append(attrs, slog.Int("store_reads", t.reads), slog.Int("store_writes", t.writes))
	}
	if t.meter == nil {
		return attrs
	}
	if u := t.meter.Units(); u != (core.Units{}) {
		attrs = append(attrs, slog.Float64("store_read_units", u.Reads), slog.Float64("store_write_units", u.Writes))
	}
	return attrs
}
