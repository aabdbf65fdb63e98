package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The limits of a load balancer's Lambda targets, and how long it waits.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
const (
	maxALBBody  = 1 << 20
	maxALBReply = 1 << 20
	albPatience = time.Minute
)

// albVoice is what a load balancer says, in HTML.
var albVoice = &voice{
	tooLarge:  albReply(http.StatusRequestEntityTooLarge),
	tooMany:   albReply(http.StatusBadGateway),
	failed:    albReply(http.StatusBadGateway),
	late:      albReply(http.StatusGatewayTimeout),
	malformed: albReply(http.StatusBadGateway),
}

func albReply(status int) reply {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return reply{status, "text/html", "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n</body>\r\n</html>\r\n"}
}

// NewALB returns an Application Load Balancer with the function as its target. Requests and answers may have 1 MB.
func NewALB(inv Invoker, opts *Options) http.Handler {
	d := newALB(inv, opts)
	d.event, d.read = albEventSingle, readALBSingle
	return d
}

// NewMultiValueALB returns a load balancer as NewALB does, whose target group has lambda.multi_value_headers.enabled: events and answers
// have multiValueHeaders in place of headers.
func NewMultiValueALB(inv Invoker, opts *Options) http.Handler {
	d := newALB(inv, opts)
	d.event, d.read = albEventMulti, readALBMulti
	return d
}

func newALB(inv Invoker, opts *Options) *door {
	return &door{
		name: "load balancer", invoker: inv, opts: opts.withDefaults(), says: albVoice, maxBody: maxALBBody, maxReply: maxALBReply,
		patience: albPatience, admit: refuseUpgrade,
	}
}

// refuseUpgrade refuses WebSockets, which Lambda targets do not have.
func refuseUpgrade(r *http.Request) *reply {
	if r.Header.Get("Upgrade") == "" {
		return nil
	}
	bad := albReply(http.StatusBadRequest)
	return &bad
}

// albEvent is an event of a load balancer, with either the members for one value or those for many.
type albEvent struct {
	RequestContext                  albContext          `json:"requestContext"`
	HTTPMethod                      string              `json:"httpMethod"`
	Path                            string              `json:"path"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters,omitzero"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters,omitzero"`
	Headers                         map[string]string   `json:"headers,omitzero"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders,omitzero"`
	Body                            string              `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

type albContext struct {
	ELB struct {
		TargetGroupARN string `json:"targetGroupArn"`
	} `json:"elb"`
}

// albEventOf returns what both forms of events have in common. The path is as the client wrote it.
func albEventOf(in *inbound) *albEvent {
	e := &albEvent{HTTPMethod: in.method, Path: in.rawPath}
	e.RequestContext.ELB.TargetGroupARN = "arn:aws:elasticloadbalancing:" + region + ":" + accountID + ":targetgroup/local/0123456789abcdef"
	e.Body, e.IsBase64Encoded = in.textBody()
	return e
}

func albEventMulti(in *inbound) any {
	e := albEventOf(in)
	e.MultiValueQueryStringParameters = undecodedQuery(in.rawQuery)
	e.MultiValueHeaders = make(map[string][]string, len(in.header))
	for name, values := range in.header {
		e.MultiValueHeaders[strings.ToLower(name)] = values
	}
	return e
}

func albEventSingle(in *inbound) any {
	e := albEventOf(in)
	e.QueryStringParameters = lastValues(undecodedQuery(in.rawQuery))
	e.Headers = make(map[string]string, len(in.header))
	for name, value := range lastValues(in.header) {
		e.Headers[strings.ToLower(name)] = value
	}
	return e
}

// undecodedQuery splits a query and leaves its parts as the client has written them, which is what load balancers do.
func undecodedQuery(raw string) map[string][]string {
	query := map[string][]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		query[name] = append(query[name], value)
	}
	return query
}

// readALBSingle reads an answer of which only headers with one value count, and readALBMulti one of which only the others do.
func readALBSingle(payload []byte) (*answer, error) {
	return readALB(payload, func(parts *answerParts) { parts.MultiValueHeaders = nil })
}

func readALBMulti(payload []byte) (*answer, error) {
	return readALB(payload, func(parts *answerParts) { parts.Headers = nil })
}

func readALB(payload []byte, choose func(*answerParts)) (*answer, error) {
	var parts *answerParts
	if err := json.Unmarshal(payload, &parts); err != nil {
		return nil, err
	}
	if parts == nil {
		return nil, errors.New("it is null")
	}
	choose(parts)
	return parts.answer()
}
