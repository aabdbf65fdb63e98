package lambda

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// NewLogger returns a logger as functions have it: level and format are as the function is configured (AWS_LAMBDA_LOG_LEVEL,
// AWS_LAMBDA_LOG_FORMAT), and each line names the invocation and its trace.
func NewLogger() *slog.Logger { return slog.New(traced{lambdacontext.NewLogHandler()}) }

// Trace returns the X-Ray trace header of the invocation that ctx belongs to ("Root=1-...;Parent=...;Sampled=1"), or "". It holds also where
// several invocations run at once, unlike the environment variable _X_AMZN_TRACE_ID.
func Trace(ctx context.Context) string {
	header, _ := ctx.Value("x-amzn-trace-id").(string) // aws-lambda-go's key, which the SDKs and OpenTelemetry read as well
	return header
}

// traced adds the trace to each line.
type traced struct{ slog.Handler }

// Handle implements slog.Handler.
func (t traced) Handle(ctx context.Context, r slog.Record) error {
	if header := Trace(ctx); header != "" {
		r.AddAttrs(slog.String("trace", header))
	}
	return t.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (t traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{t.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (t traced) WithGroup(name string) slog.Handler { return traced{t.Handler.WithGroup(name)} }
