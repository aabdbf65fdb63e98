//go:build peers

package functions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	patience = 6 * time.Second // with one request; it is asked again
	pause    = 200 * time.Millisecond
)

// A member talks in a chat by JSON-RPC over a WebSocket. It connects anew when its socket ends, and goes on behind the last event it got.
type member struct {
	name, url string

	mu      sync.Mutex
	conn    *websocket.Conn // nil: there is none just now
	asked   map[int]chan answer
	last    int
	cursor  string   // to come back with: of the last event or, before the first, the subscription
	got     []string // ids of messages, in the order in which they came for the first time
	seen    map[string]bool
	opened  int // sockets
	subbed  bool
	doubled int // messages that came again
	failed  int // frames whose function failed
	early   int // events that came before the answer to their subscription
}

// An answer is what a request brings.
type answer struct {
	Result json.RawMessage
	Error  *struct {
		Code    int
		Message string
	}
}

// A frame is whatever comes: an answer, an event, or what the platform says of a function that failed.
type frame struct {
	answer
	ID     *int
	Method string
	Params struct {
		Subscription, Cursor string
		Message              struct{ ID string }
	}
	Message string
}

func newMember(name, url string) *member {
	return &member{name: name, url: url, asked: map[int]chan answer{}, seen: map[string]bool{}}
}

// stay keeps the member connected and subscribed until ctx ends.
func (m *member) stay(ctx context.Context) {
	for ctx.Err() == nil {
		if err := m.session(ctx); err != nil && ctx.Err() == nil {
			wait(ctx, pause+rand.N(pause))
		}
	}
}

// session is one socket, from its beginning to its end.
func (m *member) session(ctx context.Context) error {
	dialing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, resp, err := websocket.Dial(dialing, m.url, &websocket.DialOptions{Subprotocols: []string{"jsonrpc"}})
	if err != nil {
		return err
	}
	_ = resp
	if conn.Subprotocol() != "jsonrpc" {
		return errors.New("another subprotocol was chosen")
	}
	conn.SetReadLimit(1 << 20)
	m.enter(conn)
	defer m.leave(conn)
	ctx, cancel = context.WithCancel(ctx)
	defer cancel()
	go func() {
		if m.subscribe(ctx) != nil {
			_ = conn.CloseNow() // begin anew
		}
	}()
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var f frame
		if err := json.Unmarshal(text, &f); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		m.take(&f)
	}
}

func (m *member) enter(conn *websocket.Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn, m.subbed = conn, false
	m.opened++
}

func (m *member) leave(conn *websocket.Conn) {
	_ = conn.CloseNow()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn = nil
	m.failAll()
}

// failAll has all requests asked again.
func (m *member) failAll() {
	for id, c := range m.asked {
		delete(m.asked, id)
		close(c)
	}
}

func (m *member) take(f *frame) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case f.Method == "patchbay.event":
		if !m.subbed {
			m.early++
		}
		m.cursor = f.Params.Cursor
		if id := f.Params.Message.ID; m.seen[id] {
			m.doubled++
		} else {
			m.seen[id] = true
			m.got = append(m.got, id)
		}
	case f.ID != nil:
		if c := m.asked[*f.ID]; c != nil {
			delete(m.asked, *f.ID)
			if id := subscriptionOf(f.Result); id != "" {
				m.subbed = true
				if m.cursor == "" {
					m.cursor = id // which says where it began
				}
			}
			c <- f.answer
		}
	case f.Message != "": // "Internal server error": nobody knows which request it was
		m.failed++
		m.failAll()
	}
}

func subscriptionOf(result json.RawMessage) string {
	var r struct{ Subscription string }
	_ = json.Unmarshal(result, &r) // another result has none
	return r.Subscription
}

// call makes one request. An error leaves open what became of it.
func (m *member) call(ctx context.Context, method string, params any) (answer, error) {
	m.mu.Lock()
	conn := m.conn
	if conn == nil {
		m.mu.Unlock()
		return answer{}, errors.New("not connected")
	}
	m.last++
	id, answered := m.last, make(chan answer, 1)
	m.asked[id] = answered
	m.mu.Unlock()
	text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": method, "params": params, "id": id})
	if err != nil {
		return answer{}, err
	}
	if err := conn.Write(ctx, websocket.MessageText, text); err != nil {
		return answer{}, err
	}
	select {
	case a, ok := <-answered:
		if !ok {
			return a, errors.New("the answer is lost")
		}
		if a.Error != nil {
			return a, fmt.Errorf("%d %s", a.Error.Code, a.Error.Message)
		}
		return a, nil
	case <-time.After(patience):
		return answer{}, errors.New("no answer in time")
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// subscribe subscribes the socket, behind the last event that came over one before it.
func (m *member) subscribe(ctx context.Context) error {
	m.mu.Lock()
	cursor := m.cursor
	m.mu.Unlock()
	params := map[string]any{"destination": "messages"}
	if cursor != "" {
		params["after"] = cursor
	}
	_, err := m.call(ctx, "patchbay.subscribe", params)
	return err
}

// say publishes a message, again and again until it is acknowledged.
func (m *member) say(ctx context.Context, id string) error {
	var err error
	for try := 0; ctx.Err() == nil && try < 50; try++ {
		if _, err = m.call(ctx, "patchbay.publish", map[string]any{"destination": "messages", "body": m.name, "id": id}); err == nil {
			return nil
		}
		wait(ctx, pause)
	}
	return fmt.Errorf("%s was not published: %w", id, err)
}

// cut ends the socket as a network does that has gone.
func (m *member) cut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conn != nil {
		_ = m.conn.CloseNow()
	}
}

// has reports whether the member has got something.
func (m *member) has(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[id]
}

func (m *member) hasCursor() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursor != ""
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
