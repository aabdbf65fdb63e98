// Package gateway is the outer side of a local serverless platform: an [http.Handler] for each front door that Lambda functions stand
// behind. A door makes of a request the event that the real platform would send, byte for byte where that matters, invokes the function,
// and makes of its answer the response that a client would get, errors included.
package gateway

import (
	"context"
	"log/slog"
	"time"

	"github.com/patchbay-go/patchbay/local"
)

// An Invoker hands events to a function. Doors call it from many goroutines at once.
type Invoker interface {
	// Invoke hands the function an event, a JSON text, and returns its whole answer. The error is a [*local.Failure] where function or
	// platform failed, and the context's where the caller gave up: the function is then left to finish with nobody listening.
	Invoke(ctx context.Context, event []byte) (*local.Result, error)
}

// A StreamInvoker also gives answers while the function is still at work.
type StreamInvoker interface {
	Invoker

	// InvokeStream returns when the function has begun to answer. The caller must close the stream. Errors are those of Invoke.
	InvokeStream(ctx context.Context, event []byte) (*local.Stream, error)
}

// Options are the settings of the doors. The zero value is good: nil works wherever Options are asked for.
type Options struct {
	// Stage is the name of the stage. Where it is set, REST, HTTP and WebSocket APIs answer below "/STAGE/", as at the address that AWS
	// gives an API. Where it is empty they answer at the root, as below a domain of one's own, and the stage is "$default" in the events
	// of HTTP APIs and "local" in all others.
	Stage string

	// StageVariables are the stage variables in events of REST, HTTP and WebSocket APIs.
	StageVariables map[string]string

	// TrustAuthorizer has doors take requestContext.authorizer from the header [AuthorizerHeader], a JSON object. Where it is false the
	// header is ignored. In either case functions never see it.
	TrustAuthorizer bool

	// Faults are made on purpose; nil: none.
	Faults *local.Faults

	// Logger gets what is wrong with a function's answers and why a delivery failed; nil: nobody does.
	Logger *slog.Logger

	// Now is the clock; nil: time.Now.
	Now func() time.Time

	// NewID returns a new id for a request, a message or a connection; nil: random UUIDs.
	NewID func() string
}

// AuthorizerHeader is the request header that stands in for an authorizer: see Options.TrustAuthorizer.
const AuthorizerHeader = "Patchbay-Local-Authorizer"

// What events say of the account and the place that the doors stand in for.
const (
	accountID = "123456789012"
	region    = "us-east-1"
)

// withDefaults returns the options with all fields set that have a default. It takes nil.
func (o *Options) withDefaults() *Options {
	var filled Options
	if o != nil {
		filled = *o
	}
	if filled.Logger == nil {
		filled.Logger = slog.New(slog.DiscardHandler)
	}
	if filled.Now == nil {
		filled.Now = time.Now
	}
	if filled.NewID == nil {
		filled.NewID = newUUID
	}
	return &filled
}
