package cloudrun_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/adapters/cloudrun"
	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
)

// echo answers with the address of who asks.
type echo struct{}

func (echo) Traits() core.Traits { return core.Traits{Protocol: "echo", ContentType: "text/plain"} }

func (echo) Serve(ctx context.Context, _ *core.ChannelSet, in *core.Inbound) error {
	return in.Reply.Send(ctx, []byte(in.Peer.Host()))
}

// The caller is who the front end has seen, and not who he says he is.
func TestCallersAddress(t *testing.T) {
	set := newSet(t, nil).Map(&core.Channel{Name: "echo", Endpoint: echo{}})
	for _, c := range []struct {
		name    string
		proxies int
		header  []string
		want    string
	}{
		{"one hop", 0, []string{"203.0.113.7"}, "203.0.113.7"},
		{"forged", 0, []string{"127.0.0.1, 203.0.113.7"}, "203.0.113.7"},
		{"forged by a header of its own", 0, []string{"127.0.0.1", "203.0.113.7"}, "203.0.113.7"},
		{"behind a load balancer", 2, []string{"127.0.0.1, 203.0.113.7, 198.51.100.1"}, "203.0.113.7"},
		{"IPv6", 0, []string{"2001:db8::1"}, "2001:db8::1"},
		{"none", 0, nil, "192.0.2.1"},
		{"no address", 0, []string{"unknown"}, "192.0.2.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := cloudrun.New(set, &cloudrun.Options{Server: server.Options{Paths: map[string]string{"/echo": "echo"}, TrustedProxies: c.proxies}})
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/echo", http.NoBody)
			r.RemoteAddr = "192.0.2.1:1234"
			r.Header["X-Forwarded-For"] = c.header
			w := httptest.NewRecorder()
			if srv.ServeHTTP(w, r); w.Body.String() != c.want {
				t.Errorf("got %q, want %q", w.Body, c.want)
			}
		})
	}
}

// serve serves a set until the test ends, and returns its address.
func serve(t testing.TB, set *core.ChannelSet, opts *cloudrun.Options) string {
	t.Helper()
	srv := cloudrun.New(set, opts)
	addr, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return addr.String()
}

// plainHTTP2 is a client that speaks HTTP/2 without TLS and nothing else, as the front end does where it is told to.
func plainHTTP2() *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: transport}
}

// Channels, pushes, health and the rest are served by HTTP/1.1, HTTP/2 and WebSockets at one address.
func TestProtocols(t *testing.T) {
	set := newSet(t, nil).Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(nil)})
	addr := serve(t, set, &cloudrun.Options{
		Server: server.Options{Paths: map[string]string{"/rpc": "rpc"}, Other: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })},
		Push:   map[string]*cloudrun.Push{"/push": newPush(t, set, cloudrun.PushOptions{Open: true})},
	})
	h2 := plainHTTP2()
	defer h2.CloseIdleConnections()
	for _, client := range []struct {
		name   string
		client *http.Client
		major  int
	}{{"HTTP/1.1", http.DefaultClient, 1}, {"HTTP/2", h2, 2}} {
		for _, c := range []struct {
			path, body, want string
			status           int
		}{
			{"/rpc", `{"jsonrpc":"2.0","id":1,"method":"patchbay.publish","params":{"destination":"orders","body":1}}`, `"result"`, 200},
			{"/push", wrapped("1", "1", nil), "", 204},
			{"/livez", "", "alive", 200},
			{"/readyz", "", "ready", 200},
			{"/other", "", "page", 200},
		} {
			t.Run(client.name+c.path, func(t *testing.T) {
				method := http.MethodGet
				if c.body != "" {
					method = http.MethodPost
				}
				r, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+c.path, strings.NewReader(c.body))
				if err != nil {
					t.Fatal(err)
				}
				resp, err := client.client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = resp.Body.Close() }()
				text, err := io.ReadAll(resp.Body)
				if err != nil || resp.StatusCode != c.status || resp.ProtoMajor != client.major || !strings.Contains(string(text), c.want) {
					t.Errorf("got %s %s, %s, %v", resp.Proto, resp.Status, text, err)
				}
			})
		}
	}
	t.Run("WebSocket", func(t *testing.T) {
		c, _, err := websocket.Dial(t.Context(), "ws://"+addr+"/rpc", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Error(err)
		}
	})
	http.DefaultClient.CloseIdleConnections()
}

func TestNewRefuses(t *testing.T) {
	set := newSet(t, nil).Map(&core.Channel{Name: "echo", Endpoint: echo{}})
	defer func() {
		if p, ok := recover().(string); !ok || !strings.Contains(p, `"/echo"`) {
			t.Errorf("got panic %q", p)
		}
	}()
	cloudrun.New(set, &cloudrun.Options{
		Server: server.Options{Paths: map[string]string{"/echo": "echo"}},
		Push:   map[string]*cloudrun.Push{"/echo": newPush(t, set, cloudrun.PushOptions{Open: true})},
	})
}

func TestAddress(t *testing.T) {
	for port, want := range map[string]string{"": "0.0.0.0:8080", "80": "0.0.0.0:80", "0": "", "x": "", "99999": "", "-1": "", "80:80": ""} {
		if got, err := cloudrun.Address(port); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", port, got, err, want)
		}
	}
}
