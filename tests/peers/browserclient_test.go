//go:build peers

package peers

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/adapters/lambda/management"
	"github.com/patchbay-go/patchbay/examples/interop/services"
	"github.com/patchbay-go/patchbay/local"
	"github.com/patchbay-go/patchbay/local/gateway"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/tests/browser"
)

// clientPage is a page that has nothing but the browser helper. What it gets becomes list items, so that a test can read it.
const clientPage = `<!doctype html><title>client</title><ol id="got"></ol><ol id="said"></ol>
<script type="module">
import { connect, RpcError, LostError } from "/patchbay.js";
Object.assign(window, { connect, RpcError, LostError, states: [], sockets: 0 });
window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); sockets++; } };
const add = (list, text) => document.querySelector(list).append(Object.assign(document.createElement("li"), { textContent: text }));
window.said = (text) => add("#said", text);
window.begin = async (options) => {
	window.client = connect(location.href.replace(/^http/, "ws").replace(/#.*/, "") + "rpc", { minDelay: 50, onstate: (state) => states.push(state), ...options });
	window.subscription = await client.subscribe("chat", (message) => add("#got", message.body.text ?? message.body));
	window.ready = true;
};
window.publishAll = async (from, to) => {
	for (let i = from; i <= to; i++) await client.publish("chat", { from: "page", text: "message " + i });
	window.published = to;
};
window.loaded = true;
</script>`

// servePage serves the page, and at "/rpc" what is at another address.
func servePage(t *testing.T, server string) string {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/rpc", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // the page's own origin
		r.Out.URL.Path = target.Path
	}})
	mux.HandleFunc("/patchbay.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "../../protocols/jsonrpc/client/patchbay.js")
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, clientPage)
	})
	page := httptest.NewServer(mux)
	t.Cleanup(page.CloseClientConnections)
	return page.URL + "/"
}

// openClient opens the page with a client that has subscribed to the chat.
func openClient(t *testing.T, server, options string) *browser.Page {
	t.Helper()
	page := browser.Start(t).Open(t, servePage(t, server))
	page.Wait("loaded")
	page.Wait("begin(" + options + "), true")
	page.Wait("ready")
	return page
}

func waitGot(page *browser.Page, n int) {
	page.Wait(fmt.Sprintf(`document.querySelectorAll("#got li").length >= %d`, n))
}

// sameTexts compares what the page has got with messages from 1 to n, each once and in order.
func sameTexts(t *testing.T, page *browser.Page, n int) {
	t.Helper()
	if diff := cmp.Diff(numbered(1, n), page.Texts("#got li")); diff != "" {
		t.Errorf("what came (-want +got):\n%s", diff)
	}
}

func TestBrowserClientCalls(t *testing.T) {
	page := openClient(t, serve(t)+"/rpc", `{methods: {"client.greet": (who) => "hello " + who}}`)
	for i, c := range []struct{ script, want string }{
		{`client.call("example.add", [1, 2])`, "3"},
		{`client.call("example.nowhere").catch((e) => [e instanceof RpcError, e.code])`, "true,-32601"},
		{`client.call("example.add", [1, 2], {timeout: 0}).catch((e) => [e instanceof LostError, e.message])`, "true,no answer to example.add in time"},
		{`client.subscribe("nowhere", () => {}).catch((e) => [e instanceof RpcError, e.code])`, "true,-32601"},
		{`client.publish("chat", {text: "message 1"}, {id: "one"}).then((answer) => answer.id)`, "one"},
		{`client.publish("chat", {text: "message 1"}, {id: "one"}).then((answer) => answer.id)`, "one"},
		{`client.publish("chat", {text: "message 2"}).then((answer) => answer.id.length)`, "32"},
		{`(subscription.unsubscribe(), client.publish("chat", {text: "message 3"}), client.call("example.add", [3, 4]))`, "7"},
		{`(client.close(), client.call("example.add", [1, 2])).catch((e) => [e instanceof LostError, e.message, client.state])`, "true,the client is closed,closed"},
	} {
		page.Wait("(" + c.script + ").then(String).then(said, (e) => said(String(e))), true")
		page.Wait(fmt.Sprintf(`document.querySelectorAll("#said li").length === %d`, i+1))
		if got := page.Texts("#said li")[i]; got != c.want {
			t.Errorf("%s: got %q, want %q", c.script, got, c.want)
		}
	}
	sameTexts(t, page, 2)
}

// A cut connection loses nothing that is still in the log, gives nothing twice, and what is published meanwhile goes out afterwards.
func TestBrowserClientResumes(t *testing.T) {
	for name, answer := range map[string]string{
		"cut":                "",
		"refused on the way": "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t)
			network, cut := newCutter(t, strings.TrimPrefix(server, "http://"))
			page := openClient(t, cut+"/rpc", "{maxDelay: 200}")
			sayAll(t, server, numbered(1, 3))
			waitGot(page, 3)

			network.cut(answer)
			page.Wait(`client.state === "lost"`)
			sayAll(t, server, numbered(4, 50)) // they live for 30 s
			page.Wait("publishAll(51, 53), true")
			network.mend()
			waitGot(page, 53)

			for i := range 5 { // and amid what comes
				page.Wait(fmt.Sprintf("publishAll(%d, %d), true", 54+20*i, 73+20*i))
				waitGot(page, 55+20*i)
				network.cut(answer)
				network.mend()
				waitGot(page, 73+20*i)
			}
			page.Wait("published === 153")
			sameTexts(t, page, 153)
		})
	}
}

// A client that moves to a new socket before the old one has to end is not lost for a moment.
func TestBrowserClientMoves(t *testing.T) {
	server := serve(t)
	page := openClient(t, server+"/rpc", "{lifetime: 100}")
	sayAll(t, server, numbered(1, 300))
	waitGot(page, 300)
	page.Wait("sockets >= 3")
	sameTexts(t, page, 300)
	page.Wait(`states.join() === "open"`)
}

// A server that takes everything and says nothing is left: by the sign of life that does not come.
func TestBrowserClientLeavesASilentServer(t *testing.T) {
	var sockets atomic.Int64
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		sockets.Add(1)
		_, _, _ = socket.Read(r.Context())
		<-r.Context().Done()
	}))
	defer silent.Close()
	page := browser.Start(t).Open(t, servePage(t, silent.URL))
	page.Wait("loaded")
	page.Wait("begin({keepAlive: 50, timeout: 300, maxDelay: 100}).catch((e) => said(e.name + ': ' + e.message)), true")
	page.WaitText("#said li")
	if got := page.Text("#said li"); got != "LostError: no connection to subscribe to chat" {
		t.Errorf("got %q", got)
	}
	for end := time.Now().Add(20 * time.Second); sockets.Load() < 3; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d sockets, want 3", sockets.Load())
		}
	}
}

// inProcess is a function that needs no process.
type inProcess struct{ app *lambda.App }

func (f inProcess) Invoke(ctx context.Context, event []byte) (*local.Result, error) {
	answer, err := f.app.Invoke(ctx, event)
	if err != nil {
		return nil, local.NewFailure(local.Unhandled, "Error", "%v", err)
	}
	return &local.Result{Payload: answer}, nil
}

// serveWebSocketAPI serves the example as a function behind a WebSocket API, and returns its URL.
func serveWebSocketAPI(t *testing.T, opts *gateway.WebSocketOptions) string {
	t.Helper()
	var door http.Handler
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { door.ServeHTTP(w, r) }))
	t.Cleanup(api.CloseClientConnections)
	clients, err := management.New(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(api.URL), Credentials: credentials.NewStaticCredentialsProvider("any", "thing", ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	set := services.ChannelSet(memory.New(nil), nil, &services.Options{Function: true, Gateway: clients})
	function := inProcess{lambda.New(set, &lambda.Options{Sockets: lambda.NewWebSockets(set, clients, nil)})}
	door = gateway.NewWebSocket(function, opts)
	return api.URL + "/"
}

// Behind a WebSocket API on its bad days: every message comes once, and in order where the publisher waits for each.
func TestBrowserClientOnWebSocketAPI(t *testing.T) {
	faults := local.NewFaults(local.Probabilities{Reorder: 0.2, Throttle: 0.03, DropDisconnect: 0.5}, 1)
	api := serveWebSocketAPI(t, &gateway.WebSocketOptions{Options: gateway.Options{Faults: faults}, Lifetime: 2 * time.Second, ReorderWithin: 20 * time.Millisecond})
	page := openClient(t, api, "{lifetime: 1500, timeout: 6000, maxDelay: 200}")
	page.Wait("publishAll(1, 150), true")
	page.Wait("published === 150")
	waitGot(page, 150)
	sameTexts(t, page, 150)
}

func TestBrowserClientInNode(t *testing.T) {
	out := inNode(t, serve(t)+"/rpc", `import { connect } from "./patchbay.mjs";
const client = connect(process.argv[2]);
const got = new Promise((resolve) => client.subscribe("chat", resolve).then(() => client.publish("chat", "from Node")));
console.log(await client.call("example.add", [1, 2]), (await got).body);
client.close();`) // and the process ends by itself
	if out != "3 from Node\n" {
		t.Errorf("got %q", out)
	}
}

// A publish is tried again until there is an answer, but a function that fails each time is not run as often as it can be.
func TestBrowserClientPublishesWithPauses(t *testing.T) {
	var tries atomic.Int64
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		for {
			if _, _, err := socket.Read(r.Context()); err != nil {
				return
			}
			tries.Add(1)
			says := []byte(`{"message":"Internal server error","connectionId":"c","requestId":"r"}`)
			if err := socket.Write(r.Context(), websocket.MessageText, says); err != nil {
				return
			}
		}
	}))
	defer failing.Close()
	out := inNode(t, failing.URL, `import { connect } from "./patchbay.mjs";
const client = connect(process.argv[2], {minDelay: 100});
console.log(await client.publish("chat", 1, {timeout: 1500}).catch((e) => e.name));
client.close();`)
	if n := tries.Load(); out != "LostError\n" || n < 2 || n > 20 {
		t.Errorf("got %q after %d tries", out, n)
	}
}

// inNode runs a script beside the helper, with a server's address, and returns what it prints. Node has the same WebSocket as browsers, from
// version 20.10 with a flag and from 22 without.
func inNode(t *testing.T, address, script string) string {
	t.Helper()
	folder := t.TempDir()
	helper, err := os.ReadFile("../../protocols/jsonrpc/client/patchbay.js")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"patchbay.mjs": string(helper), "main.mjs": script} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, installed(t, "node/bin/node"), "--no-warnings", "--experimental-websocket", filepath.Join(folder, "main.mjs"),
		strings.Replace(address, "http", "ws", 1)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
