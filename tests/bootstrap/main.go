// Command bootstrap is a Lambda function for tests of what runs functions. To an event of a front door it answers with the event, or with
// what its path asks for; any other event is an order: see handle.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func main() {
	lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() { _, _ = os.Stderr.WriteString("told to end\n") }))
}

// order is an event of no front door.
type order struct {
	Do    string `json:"do"`
	Bytes int    `json:"bytes"`
	MS    int    `json:"ms"`

	RequestContext json.RawMessage `json:"requestContext"`
	RawPath        string          `json:"rawPath"`
}

func handle(ctx context.Context, event json.RawMessage) (any, error) {
	var o order
	if err := json.Unmarshal(event, &o); err != nil {
		return nil, err
	}
	if o.RequestContext != nil {
		return respond(o.RawPath, event), nil
	}
	switch o.Do {
	case "fail":
		return nil, errors.New("cannot")
	case "panic":
		panic("out of order")
	case "exit":
		os.Exit(3)
	case "sleep":
		time.Sleep(time.Duration(o.MS) * time.Millisecond)
	case "large":
		return strings.Repeat("x", o.Bytes), nil
	case "tell":
		return tell(ctx), nil
	}
	return event, nil
}

// tell is what the function knows of an invocation that is the same wherever it runs.
func tell(ctx context.Context) map[string]any {
	lc, _ := lambdacontext.FromContext(ctx) // it is always there
	deadline, limited := ctx.Deadline()
	left := time.Until(deadline)
	return map[string]any{
		"id": len(lc.AwsRequestID), "arn": strings.HasPrefix(lc.InvokedFunctionArn, "arn:aws:lambda:us-east-1:"), "limited": limited,
		"left": left > 0 && left <= 2*time.Second, "version": lambdacontext.FunctionVersion,
	}
}

// respond answers a request: with the function's process, with a variable of its environment, as a stream, or with the event.
func respond(path string, event []byte) any {
	body := string(event)
	switch {
	case path == "/pid":
		body = strconv.Itoa(os.Getpid())
	case strings.HasPrefix(path, "/env/"):
		body = os.Getenv(strings.TrimPrefix(path, "/env/"))
	case path == "/stream":
		return &events.LambdaFunctionURLStreamingResponse{
			StatusCode: 200, Headers: map[string]string{"Content-Type": "text/plain"}, Body: io.MultiReader(strings.NewReader("a"), strings.NewReader("b")),
		}
	}
	return map[string]any{"statusCode": 200, "headers": map[string]string{"Content-Type": "text/plain"}, "body": body}
}
