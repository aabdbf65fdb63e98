package server

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// rpcSite serves JSON-RPC, with services that wait and call back, over TCP.
type rpcSite struct {
	*Server
	set *core.ChannelSet
	url string
	log *lockedBuffer
	// release ends the calls of "work.wait".
	release chan struct{}
}

func startRPC(t *testing.T, rpc *jsonrpc.Options, opts Options) *rpcSite {
	t.Helper()
	st := &rpcSite{log: &lockedBuffer{}, release: make(chan struct{})}
	services := core.NewServiceMapper(core.NewService("work").
		Map("add", core.Func2(func(_ context.Context, a, b int) (int, error) { return a + b, nil }, "a", "b")).
		Map("wait", core.Func0(st.wait)).
		Map("ask", core.Func(ask, "method")).
		Map("whoami", core.Func0(whoami)).
		Map("set", core.Func(func(ctx context.Context, v string) (struct{}, error) {
			client, err := core.CallFrom(ctx).Session(ctx)
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, client.Set(ctx, "v", v)
		}, "v")).
		Map("get", core.Func0(func(ctx context.Context) (any, error) {
			client, err := core.CallFrom(ctx).Session(ctx)
			if err != nil {
				return nil, err
			}
			v, _, err := client.Get(ctx, "v")
			return v, err
		})))
	st.set = core.NewChannelSet(services, memory.New(nil), &core.Options{
		Logger: slog.New(slog.NewTextHandler(st.log, nil)),
		Authenticate: func(_ context.Context, c core.Credentials) (*core.Principal, error) {
			if c.User != c.Password {
				return nil, nil
			}
			return &core.Principal{Name: c.User}, nil
		},
	})
	st.set.AddDestination(&core.Destination{Name: "messages"})
	st.set.AddDestination(&core.Destination{Name: "members", Subscribe: core.Access{Secure: true}})
	st.set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(rpc)})
	opts.Paths = map[string]string{"/rpc": "rpc"}
	st.Server = New(st.set, &opts)
	addr, err := st.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	st.url = addr.String()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- st.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		_ = st.set.Close()
	})
	return st
}

func (st *rpcSite) wait(ctx context.Context) (string, error) {
	select {
	case <-st.release:
		return "waited", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// ask calls its caller back with that method and answers with what comes.
func ask(ctx context.Context, method string) (any, error) {
	back := core.CallFrom(ctx).Back
	if back == nil {
		return nil, core.Failed.Errorf("nobody to ask")
	}
	var answer any
	err := back.Call(ctx, method, []any{"please", 7}, &answer)
	return answer, err
}

func whoami(ctx context.Context) (string, error) {
	if p := core.CallFrom(ctx).Principal(); p != nil {
		return p.Name, nil
	}
	return "nobody", nil
}

// A talk is a client's end of a socket.
type talk struct {
	t    *testing.T
	conn *websocket.Conn
}

func (st *rpcSite) talk(t *testing.T, header http.Header) *talk {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws://"+st.url+"/rpc", &websocket.DialOptions{Subprotocols: []string{"jsonrpc"}, HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &talk{t, conn}
}

func (k *talk) say(format string, args ...any) {
	k.t.Helper()
	if err := k.conn.Write(k.t.Context(), websocket.MessageText, fmt.Appendf(nil, format, args...)); err != nil {
		k.t.Fatal(err)
	}
}

func (k *talk) hear() string {
	k.t.Helper()
	_, text, err := k.conn.Read(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	return string(text)
}

func (k *talk) want(want string) {
	k.t.Helper()
	if got := k.hear(); got != want {
		k.t.Fatalf("got %s\nwant %s", got, want)
	}
}

// subscribe subscribes the socket and returns the subscription's id.
func (k *talk) subscribe(params string) string {
	k.t.Helper()
	k.say(`{"jsonrpc":"2.0","method":"patchbay.subscribe","params":%s,"id":"sub"}`, params)
	var answer struct {
		Result struct{ Subscription string }
	}
	if text := k.hear(); json.Unmarshal([]byte(text), &answer) != nil || answer.Result.Subscription == "" {
		k.t.Fatalf("subscribe: got %s", text)
	}
	return answer.Result.Subscription
}

// An event is what a test looks at of one.
type event struct {
	Method string
	Params struct {
		Subscription, Cursor string
		Message              struct {
			Subtopic *string
			Body     any
		}
	}
}

func (k *talk) event() event {
	k.t.Helper()
	var e event
	if text := k.hear(); json.Unmarshal([]byte(text), &e) != nil || e.Method != "patchbay.event" || e.Params.Cursor == "" {
		k.t.Fatalf("got %s, want an event", text)
	}
	return e
}

// Answers come as calls end, whatever the order; a slow one holds up no other, and messaging goes on.
func TestRPCSocketCalls(t *testing.T) {
	st := startRPC(t, nil, Options{})
	k := st.talk(t, nil)
	k.say(`{"jsonrpc":"2.0","method":"work.wait","id":1}`)
	k.say(`{"jsonrpc":"2.0","method":"work.add","params":[1,2],"id":2}`)
	k.want(`{"jsonrpc":"2.0","result":3,"id":2}`)
	k.say(`[{"jsonrpc":"2.0","method":"patchbay.connect","id":3},{"jsonrpc":"2.0","method":"work.add","params":[1]}]`)
	if got := k.hear(); !strings.HasPrefix(got, `[{"jsonrpc":"2.0","result":{"connection":"`) {
		t.Errorf("got %s", got)
	}
	k.say("not JSON \xff")
	if got := k.hear(); !strings.Contains(got, "-32700") {
		t.Errorf("got %s", got)
	}
	k.say(`{"jsonrpc":"2.0","method":"patchbay.poll","params":{"connection":"made up"},"id":4}`)
	k.want(`{"jsonrpc":"2.0","error":{"code":-32601,"message":"There is no such connection."},"id":4}`)
	close(st.release)
	k.want(`{"jsonrpc":"2.0","result":"waited","id":1}`)
}

// With all places for calls taken the next one waits, and then is refused; so it is seen that a peer has gone, and its calls end.
func TestRPCSocketCrowded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, ended := make(chan struct{}, 10), make(chan struct{}, 10)
		set := core.NewChannelSet(core.NewServiceMapper(core.NewService("work").
			Map("wait", core.Func0(func(ctx context.Context) (string, error) {
				calls <- struct{}{}
				<-ctx.Done()
				ended <- struct{}{}
				return "", ctx.Err()
			}))), memory.New(nil), nil)
		set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(&jsonrpc.Options{MaxCalls: 2})})
		r := open(t, set, &Options{Paths: map[string]string{"/s": "rpc"}})
		k := &talk{t, r.socket(t)}
		k.say(`{"jsonrpc":"2.0","method":"work.wait","id":1}`)
		k.say(`{"jsonrpc":"2.0","method":"work.wait","id":2}`)
		start := time.Now()
		k.say(`{"jsonrpc":"2.0","method":"work.wait","id":3}`)
		k.want(`{"jsonrpc":"2.0","error":{"code":-32029,"message":"More than 2 calls at once."},"id":3}`)
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("refused after %v", took)
		}
		<-calls
		<-calls
		_ = k.conn.CloseNow()
		<-ended
		<-ended
	})
}

// What is published one after the other comes in that order, behind the answer to its subscription, and once for each subscription.
func TestRPCSocketEvents(t *testing.T) {
	const messages = 200
	st := startRPC(t, nil, Options{})
	k := st.talk(t, nil)
	all := k.subscribe(`{"destination":"messages","subtopic":"*"}`)
	some := k.subscribe(`{"destination":"messages","subtopic":"b","selector":"n > 100"}`)
	for i := range messages {
		k.say(`{"jsonrpc":"2.0","method":"patchbay.publish","params":{"destination":"messages","subtopic":"%s","body":%d,"headers":{"n":%d}}}`,
			[]string{"a", "b"}[i%2], i, i)
	}
	got := map[string][]int{}
	var cursor string
	for range messages + (messages-100)/2 {
		e := k.event()
		n, _ := e.Params.Message.Body.(float64)
		got[e.Params.Subscription] = append(got[e.Params.Subscription], int(n))
		if e.Params.Subscription == all && int(n) == messages/2 {
			cursor = e.Params.Cursor
		}
	}
	if len(got[all]) != messages || len(got[some]) != (messages-100)/2 {
		t.Fatalf("got %d and %d events", len(got[all]), len(got[some]))
	}
	for i, n := range got[all] {
		if n != i {
			t.Fatalf("event %d is message %d", i, n)
		}
	}
	if got[some][0] != 101 || got[some][1] != 103 {
		t.Errorf("selected: got %v ...", got[some][:2])
	}
	other := st.talk(t, nil)
	other.subscribe(fmt.Sprintf(`{"destination":"messages","subtopic":"*","after":%q}`, cursor))
	for i := messages/2 + 1; i < messages; i++ {
		if e := other.event(); e.Params.Message.Body != float64(i) {
			t.Fatalf("behind the cursor: got %v, want %d", e.Params.Message.Body, i)
		}
	}
	k.say(`[{"jsonrpc":"2.0","method":"patchbay.unsubscribe","params":{"subscription":%q},"id":1},
		{"jsonrpc":"2.0","method":"patchbay.publish","params":{"destination":"messages","subtopic":"b","body":"last","headers":{"n":200}}}]`, all)
	k.want(`[{"jsonrpc":"2.0","result":null,"id":1}]`)
	if e := k.event(); e.Params.Subscription != some || e.Params.Message.Body != "last" {
		t.Errorf("got %v", e)
	}
	k.say(`[{"jsonrpc":"2.0","method":"patchbay.disconnect","id":1},
		{"jsonrpc":"2.0","method":"patchbay.publish","params":{"destination":"messages","subtopic":"b","body":"nobody's","headers":{"n":200}}}]`)
	k.want(`[{"jsonrpc":"2.0","result":null,"id":1}]`)
	again := k.subscribe(`{"destination":"messages"}`)
	k.say(`{"jsonrpc":"2.0","method":"patchbay.publish","params":{"destination":"messages","body":null}}`)
	if e := k.event(); e.Params.Subscription != again || e.Params.Message.Subtopic != nil {
		t.Errorf("got %v", e)
	}
}

// A target calls what its caller offers.
func TestRPCCallsBack(t *testing.T) {
	st := startRPC(t, &jsonrpc.Options{MaxCalls: 1, CallTimeout: 100 * time.Millisecond}, Options{})
	for _, c := range []struct{ name, answer, want string }{
		{"a result", `{"jsonrpc":"2.0","result":{"yes":true},"id":1}`, `{"jsonrpc":"2.0","result":{"yes":true},"id":"me"}`},
		{"null", `{"jsonrpc":"2.0","id":1,"result":null}`, `{"jsonrpc":"2.0","result":null,"id":"me"}`},
		{"an error", `{"jsonrpc":"2.0","error":{"code":-32602,"message":"no","data":[1]},"id":1}`,
			`{"jsonrpc":"2.0","error":{"code":-32602,"message":"no","data":[1]},"id":"me"}`},
		{"an error of the client's own", `{"jsonrpc":"2.0","error":{"code":7,"message":"no"},"id":1}`,
			`{"jsonrpc":"2.0","error":{"code":-32000,"message":"no"},"id":"me"}`},
		{"no error at all", `{"jsonrpc":"2.0","error":"oops","id":1}`,
			`{"jsonrpc":"2.0","error":{"code":-32000,"message":"The peer has answered with an error that cannot be read."},"id":"me"}`},
		{"to another call", `{"jsonrpc":"2.0","result":1,"id":2}`,
			`{"jsonrpc":"2.0","error":{"code":-32054,"message":"The call took too long."},"id":"me"}`},
		{"two at once", `[{"jsonrpc":"2.0","result":1,"id":99},{"jsonrpc":"2.0","result":2,"id":1}]`, `{"jsonrpc":"2.0","result":2,"id":"me"}`},
		{"more calls than may run, while one waits", `{"jsonrpc":"2.0","method":"work.add","params":[1,2],"id":3}`,
			`{"jsonrpc":"2.0","error":{"code":-32029,"message":"More than 1 calls at once."},"id":3}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := st.talk(t, nil)
			k.say(`{"jsonrpc":"2.0","method":"work.ask","params":["client.\"it\""],"id":"me"}`)
			k.want(`{"jsonrpc":"2.0","method":"client.\"it\"","params":["please",7],"id":1}`)
			k.say("%s", c.answer)
			k.want(c.want)
		})
	}
	resp, err := http.Post("http://"+st.url+"/rpc", "application/json", strings.NewReader(`{"jsonrpc":"2.0","method":"work.ask","params":["x"],"id":1}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct{ Error struct{ Message string } }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Error.Message != "nobody to ask" {
		t.Errorf("by POST: got %v, %v", answer, err)
	}
}

// A socket has one session and one principal while it lives.
func TestRPCSocketSession(t *testing.T) {
	st := startRPC(t, nil, Options{})
	basic := func(user, password string) http.Header {
		r := &http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return r.Header
	}
	k := st.talk(t, basic("eva", "eva"))
	for _, c := range [][2]string{
		{`"method":"work.set","params":["x"]`, `"result":null`},
		{`"method":"work.get"`, `"result":"x"`},
		{`"method":"work.whoami"`, `"result":"eva"`},
	} {
		k.say(`{"jsonrpc":"2.0",%s,"id":1}`, c[0])
		k.want(`{"jsonrpc":"2.0",` + c[1] + `,"id":1}`)
	}
	k.subscribe(`{"destination":"members"}`)
	for name, header := range map[string]http.Header{"nobody": nil, "wrong": basic("eva", "x")} {
		other := st.talk(t, header)
		for range 2 {
			other.say(`{"jsonrpc":"2.0","method":"patchbay.subscribe","params":{"destination":"members"},"id":1}`)
			if got := other.hear(); !strings.Contains(got, "-32001") {
				t.Errorf("%s: got %s", name, got)
			}
		}
		other.say(`{"jsonrpc":"2.0","method":"work.get","id":1}`)
		if got := other.hear(); strings.Contains(got, "-32001") != (name == "wrong") {
			t.Errorf("%s: get: got %s", name, got)
		}
	}
}

// A client with a connection made by POST polls it over a socket, without holding up what else the socket does.
func TestRPCSocketPolls(t *testing.T) {
	st := startRPC(t, nil, Options{})
	resp, err := http.Post("http://"+st.url+"/rpc", "application/json", strings.NewReader(`{"jsonrpc":"2.0","method":"patchbay.connect","id":1}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var made struct{ Result struct{ Connection string } }
	if err := json.NewDecoder(resp.Body).Decode(&made); err != nil {
		t.Fatal(err)
	}
	id := made.Result.Connection
	k := st.talk(t, nil)
	k.subscribe(fmt.Sprintf(`{"connection":%q,"destination":"messages"}`, id))
	k.say(`{"jsonrpc":"2.0","method":"patchbay.poll","params":{"connection":%q,"wait":60000},"id":"poll"}`, id)
	k.say(`{"jsonrpc":"2.0","method":"work.add","params":[1,2],"id":2}`)
	k.want(`{"jsonrpc":"2.0","result":3,"id":2}`)
	k.say(`{"jsonrpc":"2.0","method":"patchbay.publish","params":{"destination":"messages","body":"hello"}}`)
	if got := k.hear(); !strings.Contains(got, `"body":"hello"`) || !strings.HasSuffix(got, `"id":"poll"}`) {
		t.Errorf("got %s", got)
	}
	k.say(`{"jsonrpc":"2.0","method":"patchbay.connect","id":1}`)
	var own struct{ Result struct{ Connection string } }
	if err := json.Unmarshal([]byte(k.hear()), &own); err != nil {
		t.Fatal(err)
	}
	k.say(`{"jsonrpc":"2.0","method":"patchbay.poll","params":{"connection":%q},"id":1}`, own.Result.Connection)
	if got := k.hear(); !strings.Contains(got, "-32602") {
		t.Errorf("the socket's own: got %s", got)
	}
	k.subscribe(fmt.Sprintf(`{"connection":%q,"destination":"messages"}`, own.Result.Connection))
	k.say(`{"jsonrpc":"2.0","method":"patchbay.publish","params":{"destination":"messages","body":"own"}}`)
	if e := k.event(); e.Params.Message.Body != "own" {
		t.Errorf("got %v", e)
	}
}
