package gateway

import (
	"encoding/base64"
	"mime"
	"strings"
	"unicode/utf8"
)

// textBody writes a body into an event as HTTP APIs, Function URLs and load balancers do: as it is where the content type is one of a few,
// in base64 where it is another or none, and where the body is compressed. That forms come in base64 surprises many.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#receive-event-from-load-balancer
func (in *inbound) textBody() (body string, isBase64 bool) {
	if len(in.body) == 0 {
		return "", false
	}
	if in.header.Get("Content-Encoding") == "" && isText(in.header.Get("Content-Type")) && utf8.Valid(in.body) {
		return string(in.body), false
	}
	return base64.StdEncoding.EncodeToString(in.body), true
}

// isText tells whether a body of this content type goes into an event as it is.
func isText(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch kind {
	case "application/json", "application/javascript", "application/xml":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}
