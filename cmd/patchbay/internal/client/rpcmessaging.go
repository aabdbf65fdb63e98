package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The methods of messaging.
const (
	publishMethod     = "patchbay.publish"
	connectMethod     = "patchbay.connect"
	disconnectMethod  = "patchbay.disconnect"
	subscribeMethod   = "patchbay.subscribe"
	unsubscribeMethod = "patchbay.unsubscribe"
	pollMethod        = "patchbay.poll"
	eventMethod       = "patchbay.event" // what the server sends
)

type publishParams struct {
	Destination string                    `json:"destination"`
	Subtopic    string                    `json:"subtopic,omitzero"`
	Body        jsontext.Value            `json:"body"`
	Headers     map[string]jsontext.Value `json:"headers,omitempty"`
	TTL         float64                   `json:"ttl,omitzero"` // milliseconds
	ID          string                    `json:"id,omitzero"`
}

type subscribeParams struct {
	Connection  string `json:"connection,omitzero"`
	Destination string `json:"destination"`
	Subtopic    string `json:"subtopic,omitzero"`
	Selector    string `json:"selector,omitzero"`
	After       string `json:"after,omitzero"`
}

func (p *Publication) params() *publishParams {
	params := &publishParams{Destination: p.Destination, Subtopic: p.Subtopic, Body: p.Body, ID: p.ID, TTL: milliseconds(p.TTL)}
	for _, h := range p.Headers {
		if params.Headers == nil {
			params.Headers = map[string]jsontext.Value{}
		}
		params.Headers[h.Name] = h.Value
	}
	return params
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// published reads the result of patchbay.publish.
func published(result jsontext.Value, err error) (id string, _ error) {
	var r struct {
		ID string `json:"id"`
	}
	return r.ID, readResult(publishMethod, result, err, &r)
}

// readResult reads the result of a method, unless there is an error in its place.
func readResult(method string, result jsontext.Value, err error, into any) error {
	if err != nil {
		return err
	}
	if err := json.Unmarshal(result, into); err != nil {
		return fmt.Errorf("read the result of %s: %w", method, err)
	}
	return nil
}

// notFound is the code of what is not there: a method, a destination, a connection that has expired.
const notFound = -32601

func isNotFound(err error) bool {
	f, ok := errors.AsType[*Fault](err)
	return ok && f.Code == strconv.Itoa(notFound)
}

// An rpcPoll asks for messages by JSON-RPC, and lets the server wait until there are some.
type rpcPoll struct {
	client     *Client
	wanted     *Subscription
	connection string
	batch      string     // that has come, and is not yet acknowledged
	early      []*Message // that came while the connection was tried
}

var _ link = (*rpcPoll)(nil)

// pollWait is how long the server may wait for a message: less than proxies wait for an answer.
const pollWait = 20 * time.Second

// open implements link. A connection that there is goes on, with what of it did not come.
func (p *rpcPoll) open(ctx context.Context) (err error) {
	if p.connection != "" {
		p.early, err = p.poll(ctx, 0)
		return err
	}
	var r struct {
		Connection string `json:"connection"`
	}
	result, err := p.client.callJSONRPC(ctx, connectMethod, nil)
	if err := readResult(connectMethod, result, err, &r); err != nil {
		return err
	}
	w := p.wanted
	_, err = p.client.callJSONRPC(ctx, subscribeMethod,
		&subscribeParams{Connection: r.Connection, Destination: w.Destination, Subtopic: w.Subtopic, Selector: w.Selector, After: w.After})
	if err == nil {
		p.connection = r.Connection
	}
	return err
}

// next implements link.
func (p *rpcPoll) next(ctx context.Context) ([]*Message, error) {
	if early := p.early; len(early) > 0 {
		p.early = nil
		return early, nil
	}
	return p.poll(ctx, pollWait)
}

// poll confirms what has come and asks for what there is, or comes within a time.
func (p *rpcPoll) poll(ctx context.Context, wait time.Duration) ([]*Message, error) {
	params := struct {
		Connection string  `json:"connection"`
		Ack        string  `json:"ack,omitzero"`
		Wait       float64 `json:"wait"`
	}{p.connection, p.batch, milliseconds(wait)}
	var r struct {
		Batch    string     `json:"batch"`
		Messages []*Message `json:"messages"`
	}
	result, err := p.client.callJSONRPC(ctx, pollMethod, &params)
	if isNotFound(err) {
		p.connection, p.batch = "", ""
		return nil, &ConnectionError{err: fmt.Errorf("the server does not know the connection any more, so messages may be missing: %w", err)}
	}
	if err := readResult(pollMethod, result, err, &r); err != nil {
		return nil, err
	}
	if r.Batch != "" {
		p.batch = r.Batch
	}
	return r.Messages, nil
}

// close implements link.
func (p *rpcPoll) close(ctx context.Context) {
	if p.connection == "" {
		return
	}
	_, _ = p.client.callJSONRPC(ctx, disconnectMethod, map[string]string{"connection": p.connection}) // it ends by itself too
}
