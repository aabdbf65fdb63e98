package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
	"github.com/patchbay-go/patchbay/protocols/sse"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// A postbox is a Gateway that keeps what it is to send.
type postbox struct {
	mu     sync.Mutex
	got    map[string][]string
	closed []string
	gone   map[string]bool
}

func (p *postbox) Post(ctx context.Context, id string, unit []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone[id] {
		return core.ErrSocketGone
	}
	p.got[id] = append(p.got[id], string(unit))
	return nil
}

func (p *postbox) CloseSocket(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = append(p.closed, id)
	return nil
}

func (p *postbox) MaxUnit() int { return 128 << 10 }

// A socketApp is a function with sockets.
type socketApp struct {
	t   *testing.T
	box *postbox
	set *core.ChannelSet
	app *lambda.App
}

func newSocketApp(t *testing.T, opts *lambda.WebSocketOptions) *socketApp {
	t.Helper()
	s := &socketApp{t: t, box: &postbox{got: map[string][]string{}, gone: map[string]bool{}}}
	claims := func(_ context.Context, claims map[string]any) (*core.Principal, error) {
		name, _ := claims["sub"].(string)
		if name == "" {
			return nil, nil
		}
		return &core.Principal{Name: name}, nil
	}
	who := core.Func0(func(ctx context.Context) (string, error) {
		call := core.CallFrom(ctx)
		name := "nobody"
		if p := call.Principal(); p != nil {
			name = p.Name
		}
		return fmt.Sprintf("%s at %s by %s", name, call.Peer.Addr, call.Peer.URL), nil
	})
	slow := core.Func0(func(context.Context) (string, error) { time.Sleep(26 * time.Second); return "late", nil })
	services := core.NewServiceMapper(core.NewService("example").Map("who", who).Map("slow", slow))
	s.set = core.NewChannelSet(services, memory.New(nil), &core.Options{Gateway: s.box, Claims: claims, Secret: []byte("a secret for tests, 32 bytes long")})
	s.set.Map(&core.Channel{Name: "events", Endpoint: sse.New(nil)})
	s.set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(nil)})
	s.set.AddDestination(&core.Destination{Name: "news"})
	s.app = lambda.New(s.set, &lambda.Options{Sockets: lambda.NewWebSockets(s.set, s.box, opts)})
	return s
}

type object = map[string]any

// event is one of API Gateway's, for the socket "s=".
func event(kind string, requestContext, more object) object {
	routes := map[string]string{"CONNECT": "$connect", "MESSAGE": "$default", "DISCONNECT": "$disconnect"}
	c := object{
		"routeKey": routes[kind], "eventType": kind, "connectionId": "s=", "stage": "prod", "apiId": "a", "domainName": "a.execute-api.example",
		"connectedAt": time.Now().UnixMilli(), "requestTimeEpoch": time.Now().UnixMilli(), "requestId": "r", "messageDirection": "IN",
		"identity": object{"sourceIp": "192.0.2.7"},
	}
	maps.Copy(c, requestContext)
	e := object{"requestContext": c, "isBase64Encoded": false}
	maps.Copy(e, more)
	return e
}

func (s *socketApp) invoke(e object) (status int, header object, body string, err error) {
	s.t.Helper()
	raw, err := json.Marshal(e)
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := s.app.Invoke(s.t.Context(), raw)
	if err != nil {
		return 0, nil, "", err
	}
	var answer struct {
		StatusCode      int
		Headers         object
		Body            string
		IsBase64Encoded bool
	}
	if err := json.Unmarshal(out, &answer); err != nil || answer.IsBase64Encoded {
		s.t.Fatalf("%s: %v", out, err)
	}
	return answer.StatusCode, answer.Headers, answer.Body, nil
}

// frame returns the body that goes back by the route's response.
func (s *socketApp) frame(text string) string {
	s.t.Helper()
	status, _, body, err := s.invoke(event("MESSAGE", nil, object{"body": text}))
	if err != nil || status != 200 {
		s.t.Fatalf("%s: got %d %v", text, status, err)
	}
	return body
}

func TestWebSocketConnect(t *testing.T) {
	for name, row := range map[string]struct {
		headers  object
		context  object
		status   int
		protocol string
	}{
		"nothing offered":        {status: 200},
		"the protocol":           {headers: object{"Sec-WebSocket-Protocol": "wamp.2.json, jsonrpc"}, status: 200, protocol: "jsonrpc"},
		"none that is known":     {headers: object{"Sec-WebSocket-Protocol": "wamp.2.msgpack"}, status: 400},
		"a page of the API":      {headers: object{"Origin": "https://a.execute-api.example"}, status: 200},
		"a page that is allowed": {headers: object{"Origin": "https://chat.example"}, status: 200},
		"a page of elsewhere":    {headers: object{"Origin": "https://evil.example"}, status: 403},
		"a page of nowhere":      {headers: object{"Origin": "null"}, status: 403},
		"a wrong password":       {headers: object{"Authorization": "Basic YW5uOndyb25n"}, status: 401},
		"claims that have ended": {context: object{"authorizer": object{"sub": "ann", "exp": 1}}, status: 401},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSocketApp(t, &lambda.WebSocketOptions{AllowOrigin: func(origin string) bool { return origin == "https://chat.example" }})
			status, header, _, err := s.invoke(event("CONNECT", row.context, object{"headers": row.headers}))
			if err != nil {
				t.Fatal(err)
			}
			protocol, _ := header["Sec-Websocket-Protocol"].(string)
			if status != row.status || protocol != row.protocol {
				t.Errorf("got %d and protocol %q, want %d and %q", status, protocol, row.status, row.protocol)
			}
			if _, err := s.set.LoadOutside(t.Context(), "s="); (err == nil) != (row.status == 200) {
				t.Errorf("what is kept: %v", err)
			}
		})
	}
}

func TestWebSocketFrames(t *testing.T) {
	s := newSocketApp(t, nil)
	connect := event("CONNECT", object{"authorizer": object{"sub": "ann"}}, object{"queryStringParameters": object{"room": "a b"}})
	if status, _, _, err := s.invoke(connect); status != 200 || err != nil {
		t.Fatalf("connect: got %d, %v", status, err)
	}
	got := s.frame(`{"jsonrpc":"2.0","method":"example.who","id":1}`)
	if want := `{"jsonrpc":"2.0","result":"ann at 192.0.2.7:0 by /?room=a+b","id":1}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := s.frame(`{"jsonrpc":"2.0","method":"example.who"}`); got != "" {
		t.Errorf("a notification: got %s", got)
	}
	if got := s.frame(`{"jsonrpc":`); !strings.Contains(got, "-32700") {
		t.Errorf("half a frame: got %s", got)
	}
	if got := s.frame(`{"jsonrpc":"2.0","method":"patchbay.subscribe","params":{"destination":"news"},"id":2}`); got != "" {
		t.Errorf("subscribe: got %s with the response, which leaves when the function has ended", got)
	}
	s.frame(`{"jsonrpc":"2.0","method":"patchbay.publish","params":{"destination":"news","body":7},"id":3}`)
	if posted := s.box.got["s="]; len(posted) != 2 || !strings.Contains(posted[0], `"subscription"`) || !strings.Contains(posted[1], `"body":7`) {
		t.Errorf("posted %q, want the answer and then the event", posted)
	}
	if status, _, _, err := s.invoke(event("DISCONNECT", object{"disconnectStatusCode": 1006}, nil)); status != 200 || err != nil {
		t.Errorf("disconnect: got %d, %v", status, err)
	}
	if got := s.frame(`{"jsonrpc":"2.0","method":"example.who","id":4}`); got != "" || len(s.box.closed) != 1 {
		t.Errorf("a frame that comes behind the disconnect: got %s and closed %v", got, s.box.closed)
	}
}

// An answer that the platform would not wait for goes out by itself.
func TestWebSocketLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSocketApp(t, nil)
		if status, _, _, err := s.invoke(event("CONNECT", nil, nil)); status != 200 || err != nil {
			t.Fatalf("connect: got %d, %v", status, err)
		}
		if got := s.frame(`{"jsonrpc":"2.0","method":"example.slow","id":1}`); got != "" {
			t.Errorf("got %s with the response", got)
		}
		if posted := s.box.got["s="]; len(posted) != 1 || !strings.Contains(posted[0], `"late"`) {
			t.Errorf("posted %q", posted)
		}
	})
}

// The answer that a call's time is over goes out when it is: the function still has its reserve.
func TestWebSocketAnswerBehindTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSocketApp(t, nil)
		if status, _, _, err := s.invoke(event("CONNECT", nil, nil)); status != 200 || err != nil {
			t.Fatalf("connect: got %d, %v", status, err)
		}
		raw, err := json.Marshal(event("MESSAGE", nil, object{"body": `[{"jsonrpc":"2.0","method":"example.slow","id":1},{"jsonrpc":"2.0","method":"example.who","id":2}]`}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 26*time.Second)
		defer cancel()
		if _, err := s.app.Invoke(ctx, raw); err != nil {
			t.Errorf("got %v", err)
		}
		if posted := s.box.got["s="]; len(posted) != 1 || !strings.Contains(posted[0], `"late"`) || !strings.Contains(posted[0], "-32054") {
			t.Errorf("posted %q, want a result and a timeout", posted)
		}
	})
}

// A panickingHandler is a mistake of the application.
type panickingHandler struct{}

func (panickingHandler) ServeSocket(context.Context, *lambda.WebSocketEvent) (*lambda.Response, error) {
	panic("oops")
}

// A panic costs its event alone: others are being served by the same process.
func TestWebSocketPanic(t *testing.T) {
	logger, out := logged()
	app := lambda.New(newSet(t), &lambda.Options{Sockets: panickingHandler{}, Logger: logger})
	raw, err := json.Marshal(event("MESSAGE", nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := app.Invoke(t.Context(), raw); err == nil || strings.Contains(err.Error(), "oops") || !strings.Contains(out.String(), "oops") {
		t.Errorf("got %s, %v and logged %s", answer, err, out)
	}
}

// A client that goes away while it is answered is nobody's fault.
func TestWebSocketGone(t *testing.T) {
	s := newSocketApp(t, nil)
	if status, _, _, err := s.invoke(event("CONNECT", nil, nil)); status != 200 || err != nil {
		t.Fatalf("connect: got %d, %v", status, err)
	}
	s.box.gone["s="] = true
	s.frame(`{"jsonrpc":"2.0","method":"patchbay.subscribe","params":{"destination":"news"},"id":2}`)
}

func TestWebSocketEventOfNoKind(t *testing.T) {
	s := newSocketApp(t, nil)
	if _, _, _, err := s.invoke(event("MESSAGE", object{"eventType": "PING"}, nil)); err == nil {
		t.Error("got no error")
	}
}

func TestNewWebSocketsPanics(t *testing.T) {
	for name, channels := range map[string][]string{"a channel that there is not": {"none"}, "one that takes none": {"events"}} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("did not panic")
				}
			}()
			newSocketApp(t, &lambda.WebSocketOptions{Channels: channels})
		})
	}
}

var errStore = errors.New("the store is away")

// awayStore is a store that does not answer.
type awayStore struct{ core.Store }

func (awayStore) Get(context.Context, ...core.Key) ([]core.Item, error) { return nil, errStore }
func (awayStore) Put(context.Context, core.Item) (uint64, error)        { return 0, errStore }

// A connect that cannot be kept is refused with 503; a frame fails the invocation, which the platform tells its client.
func TestWebSocketWithoutItsStore(t *testing.T) {
	box := &postbox{got: map[string][]string{}}
	logger, out := logged()
	set := core.NewChannelSet(core.NewServiceMapper(), awayStore{memory.New(nil)}, &core.Options{Gateway: box, Logger: logger})
	set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(nil)})
	s := &socketApp{t: t, box: box, set: set, app: lambda.New(set, &lambda.Options{Sockets: lambda.NewWebSockets(set, box, nil)})}
	if status, _, _, err := s.invoke(event("CONNECT", nil, nil)); status != 503 || err != nil {
		t.Errorf("connect: got %d, %v", status, err)
	}
	if !strings.Contains(out.String(), errStore.Error()) {
		t.Errorf("the log does not say why: %s", out)
	}
	if _, _, _, err := s.invoke(event("MESSAGE", nil, object{"body": "{}"})); err == nil {
		t.Error("a frame: got no error")
	}
}
