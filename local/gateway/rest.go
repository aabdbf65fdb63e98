package gateway

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// The limits of REST and HTTP APIs, which nobody can raise but for the first timeout.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const (
	maxAPIBody   = 10 << 20
	restPatience = 29 * time.Second
	httpPatience = 30 * time.Second
	streamLimit  = 15 * time.Minute
)

// restVoice is what a REST API says: "Gateway response types" and "Handle Lambda errors" in API Gateway's developer guide.
var restVoice = &voice{
	tooLarge:  message(http.StatusRequestEntityTooLarge, "Request Too Long"),
	tooMany:   message(http.StatusTooManyRequests, "Too Many Requests"),
	failed:    message(http.StatusBadGateway, "Internal server error"),
	late:      message(http.StatusGatewayTimeout, "Endpoint request timed out"),
	malformed: message(http.StatusBadGateway, "Internal server error"),
}

// restRemap are the headers of functions that a REST API renames.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
var restRemap = map[string]string{
	"Connection": "X-Amzn-Remapped-Connection", "Content-Length": "X-Amzn-Remapped-Content-Length", "Date": "X-Amzn-Remapped-Date",
	"Server": "X-Amzn-Remapped-Server", "Www-Authenticate": "X-Amzn-Remapped-Www-Authenticate",
}

// NewREST returns a REST API of Amazon API Gateway, a Lambda proxy integration behind "/" and "/{proxy+}" for any method, with binary media
// types */*: bodies are in base64, whatever their type. It waits 29 seconds for the function.
func NewREST(inv Invoker, opts *Options) http.Handler { return newREST(inv, opts) }

// NewStreamingREST returns a REST API as NewREST does, whose response transfer mode is STREAM: the function's answer must begin with a
// prelude and reaches the client as it comes. Events do not tell that from others. It may take 15 minutes and pause for five.
func NewStreamingREST(inv StreamInvoker, opts *Options) http.Handler {
	d := newREST(inv, opts)
	d.name, d.streamer, d.patience = "REST API, streaming", inv, streamLimit
	return d
}

func newREST(inv Invoker, opts *Options) *door {
	api := &restAPI{opts.withDefaults()}
	return &door{
		name: "REST API", invoker: inv, opts: api.opts, says: restVoice, maxBody: maxAPIBody, patience: restPatience,
		admit: api.admit, event: api.event, read: readPayload1, streamed: func(string) bool { return true },
		contentType: "application/json", idHeader: "X-Amzn-Requestid", remap: restRemap,
	}
}

type restAPI struct{ opts *Options }

// admit refuses what is not below the stage.
func (api *restAPI) admit(r *http.Request) *reply {
	if _, ok := below(rawPath(r), api.opts.Stage); ok {
		return nil
	}
	forbidden := message(http.StatusForbidden, "Forbidden")
	return &forbidden
}

// restEvent is an event of payload format 1.0. What has no value is null.
type restEvent struct {
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  restContext         `json:"requestContext"`
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

type restContext struct {
	ResourceID        string          `json:"resourceId"`
	Authorizer        json.RawMessage `json:"authorizer,omitempty"`
	ResourcePath      string          `json:"resourcePath"`
	HTTPMethod        string          `json:"httpMethod"`
	ExtendedRequestID string          `json:"extendedRequestId"`
	RequestTime       string          `json:"requestTime"`
	Path              string          `json:"path"`
	AccountID         string          `json:"accountId"`
	Protocol          string          `json:"protocol"`
	Stage             string          `json:"stage"`
	DomainPrefix      string          `json:"domainPrefix"`
	RequestTimeEpoch  int64           `json:"requestTimeEpoch"`
	RequestID         string          `json:"requestId"`
	Identity          restIdentity    `json:"identity"`
	DomainName        string          `json:"domainName"`
	DeploymentID      string          `json:"deploymentId"`
	APIID             string          `json:"apiId"`
}

// restIdentity tells of a caller whom no one has asked for AWS credentials.
type restIdentity struct {
	CognitoIdentityPoolID         *string `json:"cognitoIdentityPoolId"`
	AccountID                     *string `json:"accountId"`
	CognitoIdentityID             *string `json:"cognitoIdentityId"`
	Caller                        *string `json:"caller"`
	SourceIP                      string  `json:"sourceIp"`
	PrincipalOrgID                *string `json:"principalOrgId"`
	AccessKey                     *string `json:"accessKey"`
	CognitoAuthenticationType     *string `json:"cognitoAuthenticationType"`
	CognitoAuthenticationProvider *string `json:"cognitoAuthenticationProvider"`
	UserARN                       *string `json:"userArn"`
	UserAgent                     *string `json:"userAgent"`
	User                          *string `json:"user"`
}

// event makes the event of a request. The path is as the client wrote it, without the stage, and the path parameter decoded.
func (api *restAPI) event(in *inbound) any {
	path, _ := below(in.rawPath, api.opts.Stage) // admit has seen to that
	e := &restEvent{
		Resource: "/", Path: path, HTTPMethod: in.method,
		Headers: lastValues(in.header), MultiValueHeaders: in.header, StageVariables: api.opts.StageVariables, RequestContext: api.context(in),
	}
	if path != "/" {
		decoded, _ := below(in.path, api.opts.Stage) // as above
		e.Resource, e.PathParameters = "/{proxy+}", map[string]string{"proxy": strings.TrimPrefix(decoded, "/")}
	}
	e.RequestContext.ResourcePath = e.Resource
	if query := in.query(); query != nil {
		e.QueryStringParameters, e.MultiValueQueryStringParameters = lastValues(query), query
	}
	if len(in.body) > 0 {
		body := base64.StdEncoding.EncodeToString(in.body)
		e.Body, e.IsBase64Encoded = &body, true
	}
	return e
}

func (api *restAPI) context(in *inbound) restContext {
	stage := api.opts.Stage
	if stage == "" {
		stage = "local"
	}
	c := restContext{
		ResourceID: "proxy0", Authorizer: in.authorizer, HTTPMethod: in.method, ExtendedRequestID: newGatewayID(),
		RequestTime: in.now.UTC().Format(clfTime), Path: in.rawPath, AccountID: accountID, Protocol: in.protocol, Stage: stage,
		DomainPrefix: "local", RequestTimeEpoch: in.now.UnixMilli(), RequestID: in.id, Identity: restIdentity{SourceIP: in.sourceIP},
		DomainName: in.host, DeploymentID: "local0", APIID: "local",
	}
	if agent := in.header.Get("User-Agent"); agent != "" {
		c.Identity.UserAgent = &agent
	}
	return c
}
