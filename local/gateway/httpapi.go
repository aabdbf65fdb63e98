package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
)

// httpVoice is what an HTTP API says.
var httpVoice = &voice{
	tooLarge:  message(http.StatusRequestEntityTooLarge, "Request Entity Too Large"),
	tooMany:   message(http.StatusTooManyRequests, "Too Many Requests"),
	failed:    message(http.StatusInternalServerError, "Internal Server Error"),
	late:      message(http.StatusServiceUnavailable, "Service Unavailable"),
	malformed: message(http.StatusInternalServerError, "Internal Server Error"),
}

// NewHTTP returns an HTTP API of Amazon API Gateway, of which the route $default leads to the function in payload format 2.0. It waits 30
// seconds for the function, and its answers are always whole.
func NewHTTP(inv Invoker, opts *Options) http.Handler {
	api := &httpAPI{opts.withDefaults()}
	return &door{
		name: "HTTP API", invoker: inv, opts: api.opts, says: httpVoice, maxBody: maxAPIBody, patience: httpPatience,
		admit: api.admit, event: api.event, read: readPayload2, contentType: "text/plain; charset=utf-8", idHeader: "Apigw-Requestid",
	}
}

type httpAPI struct{ opts *Options }

// admit refuses what is not below the stage.
func (api *httpAPI) admit(r *http.Request) *reply {
	if _, ok := below(r.URL.Path, api.opts.Stage); ok {
		return nil
	}
	missing := message(http.StatusNotFound, "Not Found")
	return &missing
}

// payload2 is an event of payload format 2.0. What has no value is not there.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
type payload2 struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        context2          `json:"requestContext"`
	StageVariables        map[string]string `json:"stageVariables,omitempty"`
	Body                  string            `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type context2 struct {
	AccountID    string          `json:"accountId"`
	APIID        string          `json:"apiId"`
	Authorizer   json.RawMessage `json:"authorizer,omitempty"`
	DomainName   string          `json:"domainName"`
	DomainPrefix string          `json:"domainPrefix"`
	HTTP         http2           `json:"http"`
	RequestID    string          `json:"requestId"`
	RouteKey     string          `json:"routeKey"`
	Stage        string          `json:"stage"`
	Time         string          `json:"time"`
	TimeEpoch    int64           `json:"timeEpoch"`
}

type http2 struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// event makes the event of a request. In spite of its name rawPath is decoded, and ends before a question mark that was encoded; it begins
// with the stage. Cookies are in their own member alone.
func (api *httpAPI) event(in *inbound) any {
	path, _, _ := strings.Cut(in.path, "?")
	e := in.payload2(path)
	e.RequestContext.AccountID, e.RequestContext.APIID = accountID, "local"
	e.RequestContext.DomainName, e.RequestContext.DomainPrefix = in.host, "local"
	if api.opts.Stage != "" {
		e.RequestContext.Stage = api.opts.Stage
	}
	e.StageVariables = api.opts.StageVariables
	delete(e.Headers, "cookie")
	return e
}

// payload2 returns what all events of format 2.0 have in common.
func (in *inbound) payload2(path string) *payload2 {
	e := &payload2{
		Version: "2.0", RouteKey: "$default", RawPath: path, RawQueryString: in.rawQuery, Cookies: in.cookies(), Headers: in.joined(),
		QueryStringParameters: in.joinedQuery(),
		RequestContext: context2{
			Authorizer: in.authorizer, RequestID: in.id, RouteKey: "$default", Stage: "$default",
			HTTP: http2{in.method, path, in.protocol, in.sourceIP, in.header.Get("User-Agent")},
			Time: in.now.UTC().Format(clfTime), TimeEpoch: in.now.UnixMilli(),
		},
	}
	e.Body, e.IsBase64Encoded = in.textBody()
	return e
}
