// Package client calls one target of a Patchbay server, or of another one that speaks the same protocols: for "patchbay call".
//
// In go JSON texts as arguments, out comes the result as JSON text, whatever the protocol between is. Values take the same form
// as everywhere in Patchbay's JSON: a typed object is an object whose first member is "$class".
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
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-go/patchbay/core/value"
)

// The protocols by name.
const (
	AMF0     = "amf0"     // a NetConnection call in AMF0
	AMF3     = "amf3"     // a NetConnection call whose arguments are AMF3
	Remoting = "remoting" // a Flex RemotingMessage, as RemoteObject sends it
	JSONRPC  = "jsonrpc"
)

// Protocols returns their names.
func Protocols() []string { return []string{Remoting, AMF3, AMF0, JSONRPC} }

// A Client calls one server. Its zero value has no protocol: see New.
type Client struct {
	URL            string
	Protocol       string
	User, Password string // no user: nobody logs in
	http           http.Client
}

// New returns a Client. An empty protocol is chosen by the URL's path: JSON-RPC where its last part speaks of rpc, else a
// RemotingMessage.
func New(address, protocol string) (*Client, error) {
	if protocol == "" {
		protocol = protocolOf(address)
	}
	if !slices.Contains(Protocols(), protocol) {
		return nil, fmt.Errorf("protocol %q: there are %s", protocol, strings.Join(Protocols(), ", "))
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

func protocolOf(address string) string {
	path, _, _ := strings.Cut(address, "?")
	if strings.Contains(strings.ToLower(path[strings.LastIndexByte(path, '/')+1:]), "rpc") {
		return JSONRPC
	}
	return Remoting
}

// Call calls target, "service.operation", and returns its result. What the server says in place of a result is a *Fault; when there
// was no server to talk to it is a *ConnectionError.
func (c *Client) Call(ctx context.Context, target string, args []jsontext.Value) (jsontext.Value, error) {
	switch c.Protocol {
	case JSONRPC:
		return c.callJSONRPC(ctx, target, args)
	case Remoting:
		return c.callRemoting(ctx, target, args)
	}
	return c.callNetConnection(ctx, target, args)
}

// maxAnswer is how large an answer is read.
const maxAnswer = value.DefaultBytes

// post sends a body and returns the answer's.
func (c *Client) post(ctx context.Context, contentType string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", contentType)
	if c.User != "" && c.Protocol == JSONRPC {
		req.SetBasicAuth(c.User, c.Password)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &ConnectionError{cause(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, &ConnectionError{err}
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	case resp.Header.Get("Location") != "" && resp.StatusCode/100 == 3:
		return nil, fmt.Errorf("the server answered %s and points to %.500q: call that, if you trust it", resp.Status, resp.Header.Get("Location"))
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the server answered %s: %.500s", resp.Status, strings.TrimSpace(string(answer)))
	}
	return answer, nil
}

// cause takes off what net/http says of the request, which the user knows.
func cause(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
