package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/patchbay-go/patchbay/local"
)

// webSocketAnswer is what the function answers to an event of a WebSocket API.
type webSocketAnswer struct {
	status  int
	headers map[string]string
	body    []byte
}

// header returns a header in whatever case the function has written its name.
func (a *webSocketAnswer) header(name string) string {
	for key, value := range a.headers {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// readWebSocketAnswer reads what a proxy integration must answer with: an object with a status code, which may also be a numeral, and
// with a body that is text. Anything else is an error, which AWS tells the client as "Internal server error".
func readWebSocketAnswer(payload []byte) (*webSocketAnswer, error) {
	var parts struct {
		StatusCode        json.RawMessage     `json:"statusCode"`
		Headers           map[string]scalar   `json:"headers"`
		MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
		Body              *string             `json:"body"`
		IsBase64Encoded   bool                `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal(payload, &parts); err != nil {
		return nil, fmt.Errorf("answer of the function: %w", err)
	}
	status, err := strconv.Atoi(strings.Trim(string(parts.StatusCode), `"`))
	if err != nil || status < 200 || status > 599 {
		return nil, fmt.Errorf("answer of the function: %q is no status code", parts.StatusCode)
	}
	a := &webSocketAnswer{status: status, headers: map[string]string{}}
	for name, values := range parts.MultiValueHeaders {
		a.headers[name] = strings.Join(values, ", ")
	}
	for name, value := range parts.Headers {
		a.headers[name] = string(value)
	}
	if parts.Body == nil {
		return a, nil
	}
	a.body = []byte(*parts.Body)
	if parts.IsBase64Encoded {
		if a.body, err = base64.StdEncoding.DecodeString(*parts.Body); err != nil {
			return nil, fmt.Errorf("answer of the function: body: %w", err)
		}
	}
	return a, nil
}

// refusal is what a client is told in place of the function's answer.
type refusal struct {
	status  int
	message string
}

// What clients are told of failures: "Handle Lambda errors" and "Gateway response types" in API Gateway's developer guide.
var (
	internalError = &refusal{http.StatusInternalServerError, "Internal server error"}
	badGateway    = &refusal{http.StatusBadGateway, "Internal server error"}
	timedOut      = &refusal{http.StatusGatewayTimeout, "Endpoint request timed out"}
	tooMany       = &refusal{http.StatusTooManyRequests, "Too Many Requests"}
)

// invoke hands the function an event, and returns its answer or what the client is told instead. A function that takes longer than the
// gateway waits is left to finish. Asking, where it is not nil, is called right before the function is asked, or not going to be.
func (ws *WebSocket) invoke(ctx context.Context, event *webSocketEvent, asking func()) (*webSocketAnswer, *refusal) {
	if asking == nil {
		asking = func() {}
	}
	if ws.options.Faults.Throttle() {
		asking()
		return nil, tooMany
	}
	payload, err := encode(event)
	asking()
	if err != nil {
		return nil, internalError // never: the event is text and numbers
	}
	ctx, cancel := context.WithTimeout(ctx, ws.options.IntegrationTimeout)
	defer cancel()
	result, err := ws.invoker.Invoke(ctx, payload)
	if err != nil {
		ws.options.Logger.Warn("the function has failed", "route", event.RequestContext.RouteKey, "error", err)
		return nil, refusalOf(err)
	}
	answer, err := readWebSocketAnswer(result.Payload)
	if err != nil {
		ws.options.Logger.Warn("malformed answer of the function", "route", event.RequestContext.RouteKey, "error", err)
		return nil, badGateway
	}
	return answer, nil
}

// refusalOf tells what the client learns of an invocation's error. A function that runs into its own timeout is an error of the function;
// only the gateway's patience has a status of its own.
func refusalOf(err error) *refusal {
	if errors.Is(err, context.DeadlineExceeded) {
		return timedOut
	}
	if failure, ok := errors.AsType[*local.Failure](err); ok && failure.Kind != local.Throttled && failure.Kind != local.TooLarge {
		return badGateway
	}
	return internalError
}

// gatewayMessage is what the gateway itself says, over HTTP and as a message on a connection.
type gatewayMessage struct {
	Message      string `json:"message"`
	ConnectionID string `json:"connectionId,omitempty"`
	RequestID    string `json:"requestId,omitempty"`
}

// refuse answers a request with a message of the gateway.
func refuse(w http.ResponseWriter, status int, m gatewayMessage) {
	if status == http.StatusUpgradeRequired {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
	}
	answerJSON(w, status, m)
}

// answerJSON writes an answer. There is nobody to tell when it cannot be written.
func answerJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		status, body = http.StatusInternalServerError, nil // never: values are the gateway's own
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
