package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/patchbay-go/patchbay/local"
)

// maxAsyncPayload is how many bytes the event of an asynchronous invocation may have.
const maxAsyncPayload = 1 << 20

// NewInvoke returns Lambda's Invoke API: a POST to /2015-03-31/functions/NAME/invocations, whatever the name, hands the function its body
// as the event. So does a POST to / for those who type. It is the way in for schedules, SNS, EventBridge, and all other events that no
// front door makes. With the header X-Amz-Invocation-Type: Event the answer does not wait for the function, and nothing is tried again.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func NewInvoke(inv Invoker, opts *Options) http.Handler {
	return &invokeDoor{inv, opts.withDefaults()}
}

type invokeDoor struct {
	invoker Invoker
	opts    *Options
}

func (d *invokeDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isInvocation(r) {
		invokeRefuse(w, http.StatusNotFound, "ResourceNotFoundException", "POST an event to /2015-03-31/functions/function/invocations, or to /")
		return
	}
	event, err := io.ReadAll(http.MaxBytesReader(w, r.Body, local.MaxPayload))
	if err != nil {
		invokeRefuse(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException", fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", local.MaxPayload))
		return
	}
	if len(event) == 0 {
		event = []byte("{}")
	}
	switch {
	case d.opts.Faults.Throttle():
		invokeRefuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
	case r.Header.Get("X-Amz-Invocation-Type") != "Event":
		d.wait(w, r, event)
	case len(event) > maxAsyncPayload:
		invokeRefuse(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException", fmt.Sprintf("%d byte payload is too large for the Event invocation type (limit %d bytes)", len(event), maxAsyncPayload))
	default:
		go d.later(context.WithoutCancel(r.Context()), event) // the function's own timeout ends it
		w.WriteHeader(http.StatusAccepted)
	}
}

func isInvocation(r *http.Request) bool {
	name, found := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
	return r.Method == http.MethodPost && (r.URL.Path == "/" || found && strings.HasSuffix(name, "/invocations"))
}

// wait answers with what the function does. Its errors have the status 200 and a header.
func (d *invokeDoor) wait(w http.ResponseWriter, r *http.Request, event []byte) {
	result, err := d.invoker.Invoke(r.Context(), event)
	failure, failed := errors.AsType[*local.Failure](err)
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case err == nil:
		_, _ = w.Write(result.Payload) // there is nobody to tell
	case !failed: // the client has gone
		w.WriteHeader(http.StatusServiceUnavailable)
	case failure.Kind == local.TooLarge:
		invokeRefuse(w, http.StatusRequestEntityTooLarge, failure.Type, failure.Message)
	case failure.Kind == local.Throttled:
		invokeRefuse(w, http.StatusTooManyRequests, failure.Type, failure.Message)
	default:
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		_, _ = w.Write(failure.Payload) // as above
	}
}

func (d *invokeDoor) later(ctx context.Context, event []byte) {
	if _, err := d.invoker.Invoke(ctx, event); err != nil {
		d.opts.Logger.Warn("event not handled", "error", err)
	}
}

// invokeRefuse tells a client of an error of the service.
func invokeRefuse(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("X-Amzn-Errortype", kind)
	answerJSON(w, status, map[string]string{"Type": "User", "message": text})
}
