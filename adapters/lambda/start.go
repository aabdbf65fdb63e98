package lambda

import (
	"context"
	"encoding/json"
	"io"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
)

// flushTime is how long the end of the process may take: the platform kills it half a second after it has said so.
const flushTime = 300 * time.Millisecond

// Start serves events until the platform ends the process. It does not return. When the process is to end, waiting ends
// (core.ChannelSet.Drain) and Options.Flush is called.
//
// Programs are built with the tag lambda.norpc, and for the runtime provided.al2023: without it aws-lambda-go links what keeps the linker
// from dropping methods.
func Start(app *App) {
	awslambda.StartWithOptions(app.handler(), awslambda.WithEnableSIGTERM(app.terminate))
}

// handler returns what aws-lambda-go calls for each event. It streams whatever is an io.Reader.
func (a *App) handler() any {
	if !a.opts.Stream {
		return a
	}
	return func(ctx context.Context, raw json.RawMessage) (io.Reader, error) { return a.InvokeStream(ctx, raw) }
}

// terminate ends what can be ended in a moment.
func (a *App) terminate() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	a.set.Drain()
	a.opts.Flush(ctx)
}
