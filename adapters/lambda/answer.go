package lambda

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// How large the JSON of an answer may be.
const (
	maxPayload  = 6 << 20 // Lambda quotas, invocation payload
	maxBalancer = 1 << 20 // "Lambda functions as targets", limits
)

// errTooLarge is why an answer is replaced by one that says so.
var errTooLarge = errors.New("the answer is larger than the platform takes")

// A shape is how the source of a request wants its answer.
type shape struct {
	multi    bool // headers have lists of values: REST API, balancer
	cookies  bool // cookies stand apart: payload format 2.0
	balancer bool
	socket   bool // a body is text, and none sends the client nothing
	most     int  // bytes of JSON
}

// shapeOf returns how an answer to a request has to look. That of a balancer or REST API has lists of values where the request has.
func shapeOf(e *event, k kind) shape {
	switch k {
	case balancerTarget:
		return shape{multi: !isAbsent(e.multiHeaders), balancer: true, most: maxBalancer}
	case restRequest:
		return shape{multi: !isAbsent(e.multiHeaders), most: maxPayload}
	}
	return shape{cookies: true, most: maxPayload}
}

// A Response is the answer to a request or to an event of a WebSocket API.
type Response struct {
	Status int // 0: 200
	Header http.Header
	Body   []byte

	untyped bool // whoever made it gave no content type
}

// encode returns the answer as JSON.
func (s shape) encode(r *Response) ([]byte, error) {
	b := make([]byte, 0, 512+len(r.Body)+len(r.Body)/3)
	b = strconv.AppendInt(append(b, `{"statusCode":`...), int64(r.Status), 10)
	if s.balancer {
		b = append(append(append(strconv.AppendInt(append(b, `,"statusDescription":"`...), int64(r.Status), 10), ' '), http.StatusText(r.Status)...), '"')
	}
	b = s.appendHeaders(b, r.Header)
	b = append(s.appendBody(b, r), '}')
	if len(b) > s.most {
		return nil, errTooLarge
	}
	return b, nil
}

// appendBody appends the members that hold the body. What is said to be text and is no UTF-8 cannot be a string of JSON: that would
// change it.
func (s shape) appendBody(b []byte, r *Response) []byte {
	if s.socket {
		if len(r.Body) == 0 {
			return b
		}
		return appendText(append(b, `,"body":`...), string(r.Body))
	}
	if !r.untyped && isText(r.Header) {
		quoted, err := jsontext.AppendQuote(append(b, `,"isBase64Encoded":false,"body":`...), r.Body)
		if err == nil {
			return quoted
		}
	}
	b = append(b, `,"isBase64Encoded":true,"body":"`...)
	return append(base64.StdEncoding.AppendEncode(b, r.Body), '"')
}

// appendHeaders appends the members that hold headers, but for names that are none, as trailers have.
func (s shape) appendHeaders(b []byte, h http.Header) []byte {
	name, cookies := `,"headers":{`, []string(nil)
	if s.multi {
		name = `,"multiValueHeaders":{`
	}
	b = append(b, name...)
	first := true
	for key, list := range h {
		if len(list) == 0 || isHopByHop(key) || !isToken(key) {
			continue
		}
		if key == "Set-Cookie" && !s.multi {
			cookies = list
			continue
		}
		b = appendName(b, key, &first)
		if s.multi {
			b = appendList(b, list)
			continue
		}
		b = appendValue(b, strings.Join(list, ", "))
	}
	if !s.cookies {
		for i, cookie := range cookies {
			b = appendValue(appendName(b, spelling("set-cookie", i), &first), cookie)
		}
	}
	b = append(b, '}')
	if s.cookies && len(cookies) > 0 {
		b = appendList(append(b, `,"cookies":`...), cookies)
	}
	return b
}

// isHopByHop reports whether a header is about the connection that a server answers over (RFC 9110, section 7.6.1): here there is none.
func isHopByHop(key string) bool {
	switch key {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}

func appendName(b []byte, name string, first *bool) []byte {
	if !*first {
		b = append(b, ',')
	}
	*first = false
	return append(appendText(b, name), ':')
}

func appendList(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, v)
	}
	return append(b, ']')
}

// appendValue appends a header's value. As in net/http, a handler that was given the ends of lines to put into one puts spaces: whoever writes
// the value on a line would begin another header.
func appendValue(b []byte, v string) []byte {
	if strings.ContainsAny(v, "\r\n") {
		v = strings.NewReplacer("\r", " ", "\n", " ").Replace(v)
	}
	return appendText(b, v)
}

// appendText appends a string of JSON. What is no UTF-8 in it is replaced.
func appendText(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

// spelling returns one of the ways to spell a header's name, by letters that are upper case. A balancer without lists of values
// takes one value for each name, and two spellings for two names; a cookie is the one header whose values cannot be joined.
func spelling(name string, i int) string {
	b := []byte(name)
	for at := 0; i > 0 && at < len(b); at++ {
		if b[at] < 'a' {
			continue
		}
		if i&1 == 1 {
			b[at] -= 'a' - 'A'
		}
		i >>= 1
	}
	return string(b)
}
