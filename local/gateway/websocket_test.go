package gateway

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/local"
)

// A script is a function that stands in the test's own process: it remembers events and answers what the test says.
type script struct {
	answer func(ctx context.Context, e *webSocketEvent) (string, error)

	mu     sync.Mutex
	raw    []string
	events chan *webSocketEvent
}

// ok is an answer without a body.
const ok = `{"statusCode":200}`

func (s *script) Invoke(ctx context.Context, event []byte) (*local.Result, error) {
	var e webSocketEvent
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.raw = append(s.raw, string(event))
	s.mu.Unlock()
	s.events <- &e
	answer := ok
	if s.answer != nil {
		var err error
		if answer, err = s.answer(ctx, &e); err != nil {
			return nil, err
		}
	}
	return &local.Result{Payload: []byte(answer)}, nil
}

// text returns an event as it came.
func (s *script) text(i int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw[i]
}

// next returns the next event that the function was given.
func (s *script) next(t testing.TB) *webSocketEvent {
	t.Helper()
	select {
	case e := <-s.events:
		return e
	case <-time.After(5 * time.Second):
		t.Fatal("the function was given no event")
		return nil
	}
}

// A webSocketDoor is a door that listens, for a test.
type webSocketDoor struct {
	*script

	door *WebSocket
	http string // the address of the stage, which is the callback endpoint too
}

// openWebSocketDoor opens a door to a function that answers so; nil: always 200. It ends with the test, and with everything that it started.
func openWebSocketDoor(t *testing.T, opts *WebSocketOptions, answer func(ctx context.Context, e *webSocketEvent) (string, error)) *webSocketDoor {
	t.Helper()
	d := &webSocketDoor{script: &script{answer: answer, events: make(chan *webSocketEvent, 1000)}}
	d.door = NewWebSocket(d.script, opts)
	server := httptest.NewServer(d.door)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := d.door.Close(ctx); err != nil {
			t.Errorf("close the door: %v", err)
		}
		server.Close()
	})
	d.http = server.URL
	if opts != nil && opts.Stage != "" {
		d.http += "/" + opts.Stage
	}
	return d
}

// dial connects, and gives up the test when that is refused.
func (d *webSocketDoor) dial(t testing.TB) *websocket.Conn {
	t.Helper()
	socket, answer, err := d.tryDial(t, nil)
	if err != nil {
		t.Fatalf("dial: %v, answer %v", err, answer)
	}
	return socket
}

func (d *webSocketDoor) tryDial(t testing.TB, opts *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	socket, answer, err := websocket.Dial(ctx, strings.Replace(d.http, "http", "ws", 1), opts)
	if err == nil {
		socket.SetReadLimit(1 << 20)
		t.Cleanup(func() { _ = socket.CloseNow() })
	}
	return socket, answer, err
}

// connected dials and returns the id that the function was told.
func (d *webSocketDoor) connected(t testing.TB) (*websocket.Conn, string) {
	t.Helper()
	socket := d.dial(t)
	return socket, d.next(t).RequestContext.ConnectionID
}

// sdk is AWS's client for the callback.
func (d *webSocketDoor) sdk() *apigatewaymanagementapi.Client {
	return apigatewaymanagementapi.New(apigatewaymanagementapi.Options{
		Region:       region,
		BaseEndpoint: aws.String(d.http),
		Credentials:  credentials.NewStaticCredentialsProvider("any", "thing", ""),
		Retryer:      aws.NopRetryer{},
	})
}

func (d *webSocketDoor) post(t testing.TB, id, text string) error {
	t.Helper()
	_, err := d.sdk().PostToConnection(t.Context(), &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &id, Data: []byte(text)})
	return err
}

// say sends a text message in one frame.
func say(t testing.TB, socket *websocket.Conn, text string) {
	t.Helper()
	if err := socket.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
		t.Fatalf("say: %v", err)
	}
}

// hear returns the next message.
func hear(t testing.TB, socket *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, text, err := socket.Read(ctx)
	if err != nil {
		t.Fatalf("hear: %v", err)
	}
	return string(text)
}

// hearEnd reads until the connection has ended, and returns how it did.
func hearEnd(t testing.TB, socket *websocket.Conn) websocket.CloseError {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := socket.Read(ctx); err != nil {
			end, _ := errors.AsType[websocket.CloseError](err)
			return end
		}
	}
}

// counter returns ids in the form of the gateway's: 1, 2, 3 in eleven bytes.
func counter() func() string {
	var n atomic.Uint64
	return func() string { return gatewayID(n.Add(1)) }
}

func gatewayID(n uint64) string {
	var b [idBytes]byte
	binary.BigEndian.PutUint64(b[3:], n)
	return base64.URLEncoding.EncodeToString(b[:])
}
