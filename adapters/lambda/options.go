package lambda

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Options are what an App can be told. The zero value answers every request with 404 and sweeps when it is asked to.
type Options struct {
	// HTTP answers requests: usually server.NewRequestHandler(set, opts). Default: 404 for all.
	HTTP http.Handler

	// BasePath stands before the paths that HTTP knows, where a custom domain maps one ("/api"). It is taken off where a path has it.
	// The stage of an HTTP API, which stands before the path as well, is taken off by itself.
	BasePath string

	// Stream answers requests of function URLs and REST APIs as they are written, for functions that are invoked that way: an event does
	// not tell, so this must go with the function URL's InvokeMode RESPONSE_STREAM, or the REST API's transfer mode STREAM. Events
	// of other kinds are answered whole all the same. Only Start looks at it.
	Stream bool

	// Reserve is how long before the function's deadline a request's context ends, so that there is time to answer. Default 500 ms; of
	// an invocation that has less than four times as much left, a quarter of what is left.
	Reserve time.Duration

	// Sockets serves the events of a WebSocket API. Default: connects are refused with 403.
	Sockets SocketHandler

	// Sources say what becomes of records of SQS, SNS, EventBridge and Amazon MQ. Default: they are errors, but for a schedule's events,
	// which sweep.
	Sources []Source

	// Origin is this deployment's name, the one that its bridges give: a record that carries it has been bridged out from here, and is
	// dropped. Default: there is no bridge.
	Origin string

	// Raw gets each event that is of no kind known here, and its result is the answer, as JSON. Default: such an event is an error.
	Raw func(ctx context.Context, event json.RawMessage) (any, error)

	// Flush is called when the platform ends the process. It has 300 ms. See Start.
	Flush func(ctx context.Context)

	// Logger gets what goes wrong. Default: the ChannelSet's.
	Logger *slog.Logger
}

// withDefaults returns o, or the zero Options for nil, with its zero fields filled.
func (o *Options) withDefaults(logger *slog.Logger) Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Logger == nil {
		c.Logger = logger
	}
	if c.HTTP == nil {
		c.HTTP = http.NotFoundHandler()
	}
	if c.Reserve == 0 {
		c.Reserve = 500 * time.Millisecond
	}
	if c.Flush == nil {
		c.Flush = func(context.Context) {}
	}
	c.BasePath = strings.TrimRight(c.BasePath, "/")
	return c
}
