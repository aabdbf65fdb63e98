package gateway

import (
	"encoding/json"
	"net/http"

	"github.com/patchbay-go/patchbay/local"
)

// urlVoice is what a Function URL says.
var urlVoice = &voice{
	tooLarge: reply{http.StatusRequestEntityTooLarge, "application/json", `{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`},
	tooMany: reply{http.StatusTooManyRequests, "application/json",
		`{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`},
	failed:    reply{http.StatusBadGateway, "application/json", "Internal Server Error"},
	late:      reply{http.StatusBadGateway, "application/json", "Internal Server Error"},
	malformed: reply{http.StatusBadGateway, "application/json", "Internal Server Error"},
}

// NewURL returns a Function URL whose invoke mode is BUFFERED and whose authorization type is NONE, or AWS_IAM where an authorizer is
// trusted that says so. It waits as long as the function may take.
func NewURL(inv Invoker, opts *Options) http.Handler { return newURL(inv, opts) }

// NewStreamingURL returns a Function URL whose invoke mode is RESPONSE_STREAM. An answer that does not say that it begins with a prelude is
// the body itself.
func NewStreamingURL(inv StreamInvoker, opts *Options) http.Handler {
	d := newURL(inv, opts)
	d.name, d.streamer = "Function URL, streaming", inv
	return d
}

func newURL(inv Invoker, opts *Options) *door {
	return &door{
		name: "Function URL", invoker: inv, opts: opts.withDefaults(), says: urlVoice, maxBody: local.MaxPayload,
		event: urlEvent, read: readPayload2, streamed: saysPrelude, contentType: "application/json", idHeader: "X-Amzn-Requestid",
	}
}

// urlPrefix is the first part of the domain of the Function URL; functions know such events by the domain.
const urlPrefix = "local"

// urlEvent makes the event of a request. The path is as the client wrote it, and cookies are among the headers too.
func urlEvent(in *inbound) any {
	e := in.payload2(in.rawPath)
	e.RequestContext.AccountID = "anonymous"
	var authorizer struct {
		IAM *json.RawMessage `json:"iam"`
	}
	if in.authorizer != nil && json.Unmarshal(in.authorizer, &authorizer) == nil && authorizer.IAM != nil {
		e.RequestContext.AccountID = accountID
	}
	e.RequestContext.APIID, e.RequestContext.DomainPrefix = urlPrefix, urlPrefix
	e.RequestContext.DomainName = urlPrefix + ".lambda-url." + region + ".on.aws"
	return e
}
