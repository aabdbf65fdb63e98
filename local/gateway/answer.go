package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// An answer is what a function says that the client is to get.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// answerParts are the members of an answer in the format 1.0.
type answerParts struct {
	StatusCode        json.RawMessage     `json:"statusCode"`
	Headers           map[string]scalar   `json:"headers"`
	MultiValueHeaders map[string][]scalar `json:"multiValueHeaders"`
	Body              *string             `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// scalar is text, or a number or a truth value, which many functions write in its place: as they have written it.
type scalar string

// UnmarshalJSON reads it. Of null it is empty.
func (v *scalar) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(v))
	case '{', '[':
		return fmt.Errorf("want text, not %.40s", b)
	case 'n':
		*v = ""
	default:
		*v = scalar(b)
	}
	return nil
}

// readPayload1 reads an answer of payload format 1.0, of REST APIs. It has no other members than the format's.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
func readPayload1(payload []byte) (*answer, error) {
	if !json.Valid(payload) {
		return nil, errNoJSON
	}
	var parts answerParts
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&parts); err != nil {
		return nil, fmt.Errorf("%w; there are statusCode, headers, multiValueHeaders, body (text) and isBase64Encoded", err)
	}
	return parts.answer()
}

var errNoJSON = errors.New("it is no JSON")

// readPayload2 reads an answer of payload format 2.0, of HTTP APIs and Function URLs. One without a status code is the body itself.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response
func readPayload2(payload []byte) (*answer, error) {
	if !json.Valid(payload) {
		return nil, errNoJSON
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(payload, &members) // what is no object has no status code
	if _, ok := members["statusCode"]; !ok {
		return &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: payload}, nil
	}
	var parts answerParts2
	if err := json.Unmarshal(payload, &parts); err != nil {
		return nil, err
	}
	parts.MultiValueHeaders = nil // of another format
	return parts.answer()
}

// answerParts2 are the members of an answer in the format 2.0, and of a prelude.
type answerParts2 struct {
	answerParts
	Cookies []string `json:"cookies"`
}

func (p *answerParts2) answer() (*answer, error) {
	a, err := p.answerParts.answer()
	if err != nil {
		return nil, err
	}
	for _, cookie := range p.Cookies {
		a.header.Add("Set-Cookie", cookie)
	}
	return a, nil
}

// answer puts the parts together. Headers that have several values win over those of the same name that have one.
func (p *answerParts) answer() (*answer, error) {
	status, err := statusOf(p.StatusCode)
	if err != nil {
		return nil, err
	}
	a := &answer{status: status, header: make(http.Header)}
	for name, value := range p.Headers {
		a.header[http.CanonicalHeaderKey(name)] = []string{string(value)}
	}
	for name, values := range p.MultiValueHeaders {
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = string(value)
		}
		a.header[http.CanonicalHeaderKey(name)] = texts
	}
	if p.Body == nil {
		return a, nil
	}
	a.body = []byte(*p.Body)
	if p.IsBase64Encoded {
		if a.body, err = base64.StdEncoding.DecodeString(*p.Body); err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
	}
	return a, nil
}

// statusOf reads a status code, which may also be text.
func statusOf(raw json.RawMessage) (int, error) {
	text := string(bytes.Trim(raw, `"`))
	status, err := strconv.Atoi(text)
	if err != nil || status < 200 || status > 599 {
		return 0, fmt.Errorf("statusCode: %.40q is none", text)
	}
	return status, nil
}
