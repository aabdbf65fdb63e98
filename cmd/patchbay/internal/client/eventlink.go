package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
)

// An eventLink gets messages as server-sent events.
type eventLink struct {
	client *Client
	wanted *Subscription
	after  string // the id of the last event
	body   io.Closer
	events *eventReader
}

var _ link = (*eventLink)(nil)

// open implements link. It goes on behind the last event.
func (l *eventLink) open(ctx context.Context) error {
	l.close(ctx)
	address, err := l.address()
	if err != nil {
		return err
	}
	header := http.Header{"Accept": {"text/event-stream"}, "Cache-Control": {"no-cache"}}
	if l.after != "" {
		header.Set("Last-Event-ID", l.after)
	}
	resp, err := l.client.request(ctx, http.MethodGet, address, nil, header)
	if err != nil {
		return err
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "text/event-stream" {
		_ = resp.Body.Close()
		return fmt.Errorf("the server answered with %q, which is no stream of events", kind)
	}
	l.body, l.events = resp.Body, newEventReader(resp.Body, l.after, maxAnswer)
	return nil
}

// address returns the URL with the topic in its query.
func (l *eventLink) address() (string, error) {
	u, err := url.Parse(l.client.URL)
	if err != nil {
		return "", fmt.Errorf("read the URL: %w", err)
	}
	query := u.Query()
	query.Set("topic", l.wanted.Destination)
	if l.wanted.Subtopic != "" {
		query.Set("subtopic", l.wanted.Subtopic)
	}
	if l.wanted.Selector != "" {
		query.Set("selector", l.wanted.Selector)
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// next implements link.
func (l *eventLink) next(context.Context) ([]*Message, error) {
	e, err := l.events.next()
	l.after = l.events.lastID
	switch {
	case errors.Is(err, errEventTooLong):
		return nil, err
	case err != nil:
		return nil, behind(l.after, &ConnectionError{err: lossOf(err), retry: l.events.retry})
	}
	if e.name != "" && e.name != "message" {
		return nil, nil // of a later server
	}
	m := &Message{}
	if err := json.Unmarshal([]byte(e.data), m); err != nil {
		return nil, fmt.Errorf("read a server-sent event as a message: %w", err)
	}
	m.Cursor = e.id
	return []*Message{m}, nil
}

// lossOf says why a stream ended, for people.
func lossOf(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the server has ended the stream")
	}
	return err
}

// close implements link.
func (l *eventLink) close(context.Context) {
	if l.body != nil {
		_ = l.body.Close()
	}
}
