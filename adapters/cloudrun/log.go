package cloudrun

import (
	"context"
	"io"
	"log/slog"
	"slices"
)

// The names that Cloud Logging gives a meaning to in a line of JSON.
const (
	severityKey = "severity"
	messageKey  = "message"
	traceName   = "logging.googleapis.com/trace"
	spanName    = "logging.googleapis.com/spanId"
	sampledName = "logging.googleapis.com/trace_sampled"
	sourceKey   = "logging.googleapis.com/sourceLocation"
)

// NewLogHandler returns a slog.Handler that writes lines of JSON as Cloud Logging reads them: the level as severity, the text as message,
// and what belongs to a request of a server of New's with the request's trace. Of opts, which may be nil, ReplaceAttr is not taken.
func NewLogHandler(w io.Writer, opts *slog.HandlerOptions) slog.Handler {
	var o slog.HandlerOptions
	if opts != nil {
		o = *opts
	}
	o.ReplaceAttr = rename
	h := slog.NewJSONHandler(w, &o)
	return &logHandler{Handler: h, root: h}
}

// rename gives slog's own attributes the names, and the levels the words, of Cloud Logging.
func rename(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.LevelKey:
		if level, ok := a.Value.Any().(slog.Level); ok {
			return slog.String(severityKey, severity(level))
		}
	case slog.MessageKey:
		a.Key = messageKey
	case slog.SourceKey:
		a.Key = sourceKey
	}
	return a
}

func severity(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "DEBUG"
	case l < slog.LevelWarn:
		return "INFO"
	case l < slog.LevelError:
		return "WARNING"
	}
	return "ERROR"
}

// A logHandler adds the trace, which must stand at the top of a line, whatever groups are open.
type logHandler struct {
	slog.Handler              // with the steps
	root         slog.Handler // without
	steps        []step       // from the first group on; those before it are part of root
}

// A step is what WithGroup or WithAttrs was told.
type step func(slog.Handler) slog.Handler

// Handle implements slog.Handler.
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	t, ok := ctx.Value(traceKey{}).(traceContext)
	if !ok {
		return h.Handler.Handle(ctx, r)
	}
	if len(h.steps) == 0 {
		r = r.Clone()
		r.AddAttrs(t.attrs()...)
		return h.Handler.Handle(ctx, r)
	}
	inner := h.root.WithAttrs(t.attrs())
	for _, step := range h.steps {
		inner = step(inner)
	}
	return inner.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := &logHandler{Handler: h.Handler.WithAttrs(attrs), root: h.root}
	if len(h.steps) == 0 {
		c.root = c.Handler
		return c
	}
	c.steps = append(slices.Clip(h.steps), func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
	return c
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{
		Handler: h.Handler.WithGroup(name), root: h.root,
		steps: append(slices.Clip(h.steps), func(h slog.Handler) slog.Handler { return h.WithGroup(name) }),
	}
}

func (t *traceContext) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String(traceName, t.trace)}
	if t.span != "" {
		attrs = append(attrs, slog.String(spanName, t.span))
	}
	return append(attrs, slog.Bool(sampledName, t.sampled))
}
