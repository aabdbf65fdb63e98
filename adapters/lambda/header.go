package lambda

import (
	"net/http"
	"net/textproto"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// headers are those of a request, without those that nobody but the platform and its adapters could mean.
type headers struct {
	http.Header
	forwarded []string // X-Forwarded-For, for a source that tells the caller's address in no other way
}

// readHeaders reads headers in the shape with a list for each name where the event has it. In the other one several values of a name have been
// joined already, which not all headers stand, so they are left as they are.
func readHeaders(single, multi jsontext.Value) (headers, error) {
	h := headers{Header: make(http.Header, 16)}
	if isAbsent(multi) {
		return h, members(single, func(name []byte, v jsontext.Value) error {
			h.add(name, v)
			return nil
		})
	}
	return h, members(multi, func(name []byte, list jsontext.Value) error {
		return elements(list, func(v jsontext.Value) error {
			h.add(name, v)
			return nil
		})
	})
}

func (h *headers) add(name []byte, v jsontext.Value) {
	key := textproto.CanonicalMIMEHeaderKey(string(name))
	switch {
	case key == "X-Forwarded-For":
		h.forwarded = append(h.forwarded, text(v))
	case isToken(key) && !isReserved(key):
		h.Header[key] = append(h.Header[key], text(v))
	}
}

// isToken reports whether a header's name is one by RFC 9110, section 5.6.2.
func isToken(name string) bool {
	for _, c := range []byte(name) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

// isReserved reports whether a header claims what only the platform's event may say. Other adapters put the event's context, with what an
// authorizer has found out, into such headers, so a sender who sets them tries to be believed: aws-lambda-go-api-proxy
// believes X-Golambdaproxy-Apigw-Context. An address that a sender or a proxy names is none of the event's either, nor
// is a length or coding of the body, which has come whole.
func isReserved(key string) bool {
	switch key {
	case "X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip",
		"X-Amz-Tenant-Id", "X-Apigateway-Event", "X-Apigateway-Context", "Transfer-Encoding", "Trailer":
		return true
	}
	if strings.HasPrefix(key, "X-Golambdaproxy-") {
		return true
	}
	if !strings.HasPrefix(key, "X-Amzn-") {
		return false
	}
	switch key {
	case "X-Amzn-Trace-Id", "X-Amzn-Tls-Version", "X-Amzn-Tls-Cipher-Suite",
		"X-Amzn-Oidc-Data": // a signed token: worth what its signature is, for a handler that checks it
		return false
	}
	return true
}

// last returns the last of the values that a header lists, which is the one that the proxy next to us has put there.
func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	v := list[len(list)-1]
	return strings.TrimSpace(v[strings.LastIndexByte(v, ',')+1:])
}
