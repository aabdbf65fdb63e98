package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/adapters/lambda"
)

// A front makes events of requests, as API Gateway and its like do, and requests' answers of the function's.
type front struct {
	t      testing.TB
	app    *lambda.App
	shape  string // "rest", "http", "balancer"
	stream bool
}

// serve returns the URL of a front before an app.
func (f *front) serve() string {
	f.t.Helper()
	s := httptest.NewServer(f)
	f.t.Cleanup(s.Close)
	return s.URL
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	event, err := f.event(r)
	if err == nil && f.stream {
		err = f.pass(w, r, event)
	} else if err == nil {
		err = f.answer(w, r, event)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}

func (f *front) event(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Host", r.Host)
	r.Header.Set("X-Forwarded-Proto", "http") // or cookies would not come back
	single := map[string]string{}
	for name, list := range r.Header {
		single[strings.ToLower(name)] = strings.Join(list, ",")
	}
	query := r.URL.Query()
	e := map[string]any{"body": base64.StdEncoding.EncodeToString(body), "isBase64Encoded": true}
	switch f.shape {
	case "http":
		e["version"], e["rawPath"], e["rawQueryString"], e["headers"] = "2.0", r.URL.EscapedPath(), r.URL.RawQuery, single
		e["requestContext"] = map[string]any{"stage": "$default", "http": map[string]any{"method": r.Method, "sourceIp": ip}}
	case "rest":
		e["resource"], e["path"], e["httpMethod"], e["multiValueHeaders"], e["multiValueQueryStringParameters"] = "/{proxy+}", r.URL.Path, r.Method, r.Header, query
		e["requestContext"] = map[string]any{"stage": "prod", "identity": map[string]any{"sourceIp": ip}}
	case "balancer":
		single["x-forwarded-for"] = ip
		e["path"], e["httpMethod"], e["headers"] = r.URL.Path, r.Method, single
		e["queryStringParameters"] = map[string]string{}
		e["requestContext"] = map[string]any{"elb": map[string]any{"targetGroupArn": "arn"}}
	}
	return json.Marshal(e)
}

// An answer is that of any shape.
type answer struct {
	StatusCode        int
	Headers           map[string]string
	MultiValueHeaders map[string][]string
	Cookies           []string
	Body              string
	IsBase64Encoded   bool
}

func (a *answer) writeHead(w http.ResponseWriter) {
	for name, v := range a.Headers {
		w.Header().Set(name, v)
	}
	for name, list := range a.MultiValueHeaders {
		w.Header()[http.CanonicalHeaderKey(name)] = list
	}
	for _, cookie := range a.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(a.StatusCode)
}

// answer answers in one piece.
func (f *front) answer(w http.ResponseWriter, r *http.Request, event []byte) error {
	b, err := f.app.Invoke(r.Context(), event)
	if err != nil {
		return err
	}
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	body := []byte(a.Body)
	if a.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			return err
		}
	}
	a.writeHead(w)
	_, err = w.Write(body)
	return err
}

// pass passes a stream on.
func (f *front) pass(w http.ResponseWriter, r *http.Request, event []byte) error {
	s, err := f.app.InvokeStream(r.Context(), event)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	part, a := make([]byte, 64<<10), (*answer)(nil)
	var head []byte
	for {
		n, err := s.Read(part)
		body := part[:n]
		if a == nil {
			head = append(head, body...)
			prelude, rest, whole := bytes.Cut(head, make([]byte, 8))
			if whole {
				a, body = new(answer), rest
				if err := json.Unmarshal(prelude, a); err != nil {
					return err
				}
				a.writeHead(w)
			}
		}
		if a != nil {
			_, _ = w.Write(body)
			_ = http.NewResponseController(w).Flush()
		}
		if err != nil {
			return nil // the end, or an answer that breaks off
		}
	}
}
