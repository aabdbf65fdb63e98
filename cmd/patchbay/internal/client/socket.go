package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A socket speaks JSON-RPC over a WebSocket. Its methods are called by one goroutine.
type socket struct {
	conn   *websocket.Conn
	lastID int
	events []*Message // that came while something else was waited for
}

// A frame is what comes over a socket: an answer, or an event.
type frame struct {
	response
	ID     jsontext.Value `json:"id"`
	Method string         `json:"method"`
	Params jsontext.Value `json:"params"`
}

// subprotocol is what the two sides agree to speak.
const subprotocol = "jsonrpc"

// dial opens a socket.
func (c *Client) dial(ctx context.Context) (*socket, error) {
	opts := &websocket.DialOptions{HTTPClient: &c.http, Subprotocols: []string{subprotocol}, HTTPHeader: http.Header{}}
	if c.User != "" {
		opts.HTTPHeader.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.User+":"+c.Password)))
	}
	conn, resp, err := websocket.Dial(ctx, c.URL, opts) //nolint:bodyclose // Dial's documentation: nobody needs to
	switch {
	case err == nil:
		conn.SetReadLimit(maxAnswer)
		return &socket{conn: conn}, nil
	case resp != nil:
		return nil, refused(resp)
	}
	return nil, &ConnectionError{err: cause(err)}
}

// call calls a method and waits for its answer.
func (s *socket) call(ctx context.Context, method string, params any) (jsontext.Value, error) {
	s.lastID++
	text, err := json.Marshal(request{Version: "2.0", Method: method, Params: params, ID: s.lastID})
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	if err := s.conn.Write(ctx, websocket.MessageText, text); err != nil {
		return nil, &ConnectionError{err: err}
	}
	for {
		f, err := s.read(ctx)
		if err != nil {
			return nil, err
		}
		if f.Method == "" && string(f.ID) == fmt.Sprint(s.lastID) {
			return f.result()
		}
	}
}

// read returns the next frame that is no event; it keeps events. One that is for nobody, such as a call of the server's, is passed over.
func (s *socket) read(ctx context.Context) (*frame, error) {
	_, text, err := s.conn.Read(ctx)
	if err != nil {
		return nil, &ConnectionError{err: socketLoss(err)}
	}
	f := &frame{}
	if err := json.Unmarshal(text, f); err != nil {
		return nil, fmt.Errorf("read a frame as JSON-RPC: %w", err)
	}
	if f.Method == eventMethod {
		var p struct {
			Message Message `json:"message"`
			Cursor  string  `json:"cursor"`
		}
		if err := json.Unmarshal(f.Params, &p); err != nil {
			return nil, fmt.Errorf("read a frame as a message: %w", err)
		}
		p.Message.Cursor = p.Cursor
		s.events = append(s.events, &p.Message)
	}
	return f, nil
}

// socketLoss says why a socket ended, for people.
func socketLoss(err error) error {
	if e, ok := errors.AsType[websocket.CloseError](err); ok {
		return fmt.Errorf("the server has closed the socket: %s", strings.TrimSpace(fmt.Sprintf("%d %s", e.Code, e.Reason)))
	}
	return err
}

// take returns the events that have come.
func (s *socket) take() []*Message {
	events := s.events
	s.events = nil
	return events
}

// close ends the socket in good order.
func (s *socket) close() { _ = s.conn.Close(websocket.StatusNormalClosure, "") }

// callBySocket calls a method over a socket of its own.
func (c *Client) callBySocket(ctx context.Context, method string, params any) (jsontext.Value, error) {
	s, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.call(ctx, method, params)
}

// A socketLink gets messages over a socket.
type socketLink struct {
	client *Client
	wanted *Subscription
	after  string // the cursor of the last message or, before there was one, the subscription, whose id says where it began
	socket *socket
}

var _ link = (*socketLink)(nil)

// open implements link. It goes on behind the last message.
func (l *socketLink) open(ctx context.Context) error {
	l.close(ctx)
	s, err := l.client.dial(ctx)
	if err != nil {
		return err
	}
	l.socket = s
	w := l.wanted
	result, err := s.call(ctx, subscribeMethod, &subscribeParams{Destination: w.Destination, Subtopic: w.Subtopic, Selector: w.Selector, After: l.after})
	if err != nil || l.after != "" {
		return err
	}
	var made struct {
		Subscription string `json:"subscription"`
	}
	if err := json.Unmarshal(result, &made); err != nil {
		return fmt.Errorf("read the answer to %s: %w", subscribeMethod, err)
	}
	l.after = made.Subscription
	return nil
}

// next implements link. When ctx ends, the socket is closed in good order, which a read that is canceled would prevent.
func (l *socketLink) next(ctx context.Context) ([]*Message, error) {
	stop := context.AfterFunc(ctx, l.socket.close)
	defer stop()
	for len(l.socket.events) == 0 {
		if _, err := l.socket.read(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
	}
	messages := l.socket.take()
	l.after = messages[len(messages)-1].Cursor
	return messages, nil
}

// close implements link.
func (l *socketLink) close(context.Context) {
	if l.socket != nil {
		l.socket.close()
		l.socket = nil
	}
}
