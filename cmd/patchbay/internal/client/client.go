// Package client calls a Patchbay server, or another one that speaks the same protocols, publishes to it and subscribes: for the
// commands call, publish and subscribe.
//
// In go JSON texts as arguments and bodies, out come results and messages as JSON, whatever the protocol between is. Values take the
// same form as everywhere in Patchbay's JSON: a typed object is an object whose first member is "$class".
package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
)

// A Client talks to one server. Its zero value has no protocol: see New, NewPublisher and NewSubscriber.
type Client struct {
	URL            string
	Protocol       string
	User, Password string // no user: nobody logs in
	http           http.Client
}

// New returns a Client to Call. An empty protocol is chosen by the URL's path.
func New(address, protocol string) (*Client, error) {
	return newClient(address, protocol, callProtocolOf(address), CallProtocols())
}

// NewPublisher returns a Client to Publish. An empty protocol is chosen by the URL's scheme and path.
func NewPublisher(address, protocol string) (*Client, error) {
	return newClient(address, protocol, publishProtocolOf(address), PublishProtocols())
}

// NewSubscriber returns a Client for Messages. An empty protocol is chosen by the URL's scheme and path.
func NewSubscriber(address, protocol string) (*Client, error) {
	return newClient(address, protocol, subscribeProtocolOf(address), SubscribeProtocols())
}

func newClient(address, asked, ofAddress string, known []string) (*Client, error) {
	protocol, err := choose(asked, ofAddress, known)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("make cookie jar: %w", err)
	}
	return &Client{URL: address, Protocol: protocol, http: http.Client{Jar: jar, CheckRedirect: noRedirect}}, nil
}

// noRedirect makes a redirection an answer as any other. Following one would send arguments and password to whatever host the server
// names, in this machine's own network too.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Call calls target, "service.operation", and returns its result. What the server says in place of a result is a *Fault; when there
// was no server to talk to it is a *ConnectionError.
func (c *Client) Call(ctx context.Context, target string, args []jsontext.Value) (jsontext.Value, error) {
	switch c.Protocol {
	case JSONRPC:
		return c.callJSONRPC(ctx, target, args)
	case WebSocket:
		return c.callBySocket(ctx, target, args)
	case Remoting:
		return c.callRemoting(ctx, target, args)
	}
	return c.callNetConnection(ctx, target, args)
}

// Publish publishes a message and returns its id. Its errors are those of Call.
func (c *Client) Publish(ctx context.Context, p *Publication) (id string, err error) {
	switch c.Protocol {
	case JSONRPC:
		return published(c.callJSONRPC(ctx, publishMethod, p.params()))
	case WebSocket:
		return published(c.callBySocket(ctx, publishMethod, p.params()))
	}
	return c.publishMessage(ctx, p)
}

// link returns the protocol's way to get messages.
func (c *Client) link(s *Subscription) link {
	switch c.Protocol {
	case AMFStream:
		return &amfStream{consumer: consumer{client: c, wanted: s}}
	case JSONRPC:
		return &rpcPoll{client: c, wanted: s}
	case WebSocket:
		return &socketLink{client: c, wanted: s, after: s.After}
	case Events:
		return &eventLink{client: c, wanted: s, after: s.After}
	}
	return &amfPoll{consumer: consumer{client: c, wanted: s}}
}

// maxAnswer is how large an answer, or one message of a stream, is read.
const maxAnswer = value.DefaultBytes

// post sends a body and returns the answer's.
func (c *Client) post(ctx context.Context, contentType string, body []byte) ([]byte, error) {
	resp, err := c.request(ctx, http.MethodPost, c.URL, body, http.Header{"Content-Type": {contentType}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, &ConnectionError{err: err}
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	return answer, nil
}

// request sends a request and returns an answer whose status is 200. The caller closes its body.
func (c *Client) request(ctx context.Context, method, address string, body []byte, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header = header
	if c.User != "" && (c.Protocol == JSONRPC || c.Protocol == Events) {
		req.SetBasicAuth(c.User, c.Password)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &ConnectionError{err: cause(err)}
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	return nil, refused(resp)
}

// refused makes an error of an answer that is none.
func refused(resp *http.Response) error {
	e := &StatusError{Code: resp.StatusCode, Status: resp.Status}
	if resp.StatusCode/100 == 3 {
		e.Location = resp.Header.Get("Location")
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal)) // what there is of it
	e.Text = strings.TrimSpace(string(text))
	return e
}

const maxRefusal = 500

// cause takes off what net/http says of the request, which the user knows.
func cause(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
