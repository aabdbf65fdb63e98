package lambda_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/protocols/jsonrpc"
	"github.com/patchbay-go/patchbay/stores/memory"
)

// newRPC returns a function that says who calls it, by JSON-RPC at "/rpc".
func newRPC(t testing.TB, opts *core.Options) *lambda.App {
	t.Helper()
	whoami := func(ctx context.Context) (map[string]any, error) {
		call := core.CallFrom(ctx)
		name := ""
		if p := call.Principal(); p != nil {
			name = p.Name + " " + strings.Join(p.Roles, ",")
		}
		return map[string]any{"name": name, "addr": call.Peer.Addr}, nil
	}
	echo := func(_ context.Context, x string) (int, error) { return len(x), nil }
	services := core.NewServiceMapper(core.NewService("example").Map("whoami", core.Func0(whoami)).Map("echo", core.Func(echo, "x")))
	set := core.NewChannelSet(services, memory.New(nil), opts)
	t.Cleanup(func() { _ = set.Close() })
	set.Map(&core.Channel{Name: "rpc", Endpoint: jsonrpc.New(nil), MaxUnit: 1 << 20})
	web := server.NewRequestHandler(set, &server.Options{Paths: map[string]string{"/rpc": "rpc"}, TrustedProxies: 1})
	return lambda.New(set, &lambda.Options{HTTP: web})
}

// rpc returns an event that posts a body to "/rpc".
func rpc(t testing.TB, shape string, body []byte, change func(e map[string]any)) []byte {
	t.Helper()
	return edited(t, shape, func(e map[string]any) {
		e["path"], e["rawPath"] = "/rpc", "/rpc"
		e["body"], e["isBase64Encoded"] = base64.StdEncoding.EncodeToString(body), true
		setHeader(e, headerName(shape, "Content-Type"), "application/json")
		if change != nil {
			change(e)
		}
	})
}

var whoami = []byte(`{"jsonrpc":"2.0","method":"example.whoami","id":1}`)

// What an authorizer has found out, by each source that has one, is who calls; what headers say is nobody.
func TestClaims(t *testing.T) {
	before := func() time.Time { return testTime.Add(-time.Minute) }
	after := func() time.Time { return testTime.Add(time.Minute) }
	authorizer := func(v any) func(e map[string]any) {
		return func(e map[string]any) { e["requestContext"].(map[string]any)["authorizer"] = v }
	}
	for _, c := range []struct {
		name, shape, claim string
		now                func() time.Time
		change             func(e map[string]any)
		want               string
	}{
		{"REST API, user pool", "rest", "sub", before, nil, `"ann admins,users"`},
		{"REST API, Lambda authorizer", "rest", "principalId", before, authorizer(map[string]any{"principalId": "bob", "integrationLatency": 7}), `"bob "`},
		{"HTTP API, JWT", "http", "sub", before, nil, `"ann admins,users"`},
		{"HTTP API, Lambda authorizer", "http", "user", before, authorizer(map[string]any{"lambda": map[string]any{"user": "bob", "cognito:groups": []any{"a", "b"}}}), `"bob a,b"`},
		{"HTTP API, IAM", "http", "userArn", before, authorizer(map[string]any{"iam": map[string]any{"userArn": "arn:x", "cognitoIdentity": nil}}), `"arn:x "`},
		{"function URL, IAM", "url", "userArn", before, nil, `"arn:aws:iam::123456789012:user/ann "`},
		{"no authorizer", "http", "sub", before, authorizer(nil), `"name":""`},
		{"an authorizer that says nothing", "http", "sub", before, authorizer(map[string]any{}), `"name":""`},
		{"balancer", "balancer", "sub", before, nil, `"name":""`},
		{"REST API, expired", "rest", "sub", after, nil, `has expired`},
		{"HTTP API, expired", "http", "sub", after, nil, `has expired`},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := newRPC(t, &core.Options{Claims: core.ClaimsPrincipal(c.claim, "cognito:groups"), Now: c.now})
			if got := invoke(t, app, rpc(t, c.shape, whoami, c.change)).body(t); !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// forged are the headers by which other adapters, or authorizers in front of other servers, tell who calls.
var forged = []string{
	"X-GoLambdaProxy-ApiGw-Context", "X-GoLambdaProxy-ApiGw-StageVars", "X-GoLambdaProxy-ALB-Context", "X-GoLambdaProxy-Fu-Context",
	"X-Amzn-Request-Context", "X-Amzn-Lambda-Context", "X-Amz-Tenant-Id", "X-Apigateway-Event", "X-Apigateway-Context",
	"X-Amzn-Oidc-Identity", "X-Amzn-Oidc-Accesstoken", "x-amzn-request-CONTEXT",
}

// Headers that only the platform or an adapter could mean do not reach a handler, whoever sends them and however they are spelled; and nobody
// is anybody for them.
func TestForgedAuthorizerHeaders(t *testing.T) {
	const claims = `{"authorizer":{"claims":{"sub":"eve"},"jwt":{"claims":{"sub":"eve"}},"lambda":{"sub":"eve"}},"sub":"eve"}`
	for _, shape := range shapes {
		forge := func(e map[string]any) {
			delete(e["requestContext"].(map[string]any), "authorizer")
			for _, name := range forged {
				setHeader(e, name, claims)
			}
			setHeader(e, "authorizer", claims)
		}
		r, _ := seen(t, edited(t, shape, forge), lambda.Options{})
		for _, name := range forged {
			if got := r.Header.Values(name); got != nil {
				t.Errorf("%s: header %s came through", shape, name)
			}
		}
		app := newRPC(t, &core.Options{Claims: core.ClaimsPrincipal("sub", "")})
		if got := invoke(t, app, rpc(t, shape, whoami, forge)).body(t); !strings.Contains(got, `"name":""`) {
			t.Errorf("%s: got %s", shape, got)
		}
	}
}

// The caller's address is the platform's word, also for a server that is told to trust proxies.
func TestSpoofedForwardedFor(t *testing.T) {
	for _, shape := range shapes {
		spoof := func(e map[string]any) {
			for _, name := range []string{"Forwarded", "X-Real-Ip", "True-Client-Ip", "X-Client-Ip", "Cf-Connecting-Ip"} {
				setHeader(e, name, "127.0.0.1")
			}
			setHeader(e, headerName(shape, "X-Forwarded-For"), "127.0.0.1, 10.0.0.1, 203.0.113.7")
		}
		r, _ := seen(t, edited(t, shape, spoof), lambda.Options{})
		for name, list := range r.Header {
			if cmp.Equal(list, []string{"127.0.0.1"}) || name == "X-Forwarded-For" {
				t.Errorf("%s: header %s came through", shape, name)
			}
		}
		if got := invoke(t, newRPC(t, nil), rpc(t, shape, whoami, spoof)).body(t); !strings.Contains(got, `"203.0.113.7:0"`) {
			t.Errorf("%s: got %s", shape, got)
		}
	}
}

// Addresses of version 6 have a port like all others, and one with a port keeps it.
func TestAddresses(t *testing.T) {
	for addr, want := range map[string]string{"2001:db8::1": "[2001:db8::1]:0", "203.0.113.7:4711": "203.0.113.7:4711", "[2001:db8::1]": "[2001:db8::1]:0", "": ""} {
		r, _ := seen(t, edited(t, "balancer", func(e map[string]any) { setHeader(e, "x-forwarded-for", addr) }), lambda.Options{})
		if r.RemoteAddr != want {
			t.Errorf("%q: got %q, want %q", addr, r.RemoteAddr, want)
		}
	}
}

func packed(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Bodies that are too large, or become so, are refused with a status, and small ones that are packed are taken.
func TestLargeAndPackedBodies(t *testing.T) {
	echo := func(n int) []byte {
		return []byte(`{"jsonrpc":"2.0","method":"example.echo","params":["` + strings.Repeat("x", n) + `"],"id":1}`)
	}
	gzipped := func(shape string) func(e map[string]any) {
		return func(e map[string]any) { setHeader(e, headerName(shape, "Content-Encoding"), "gzip") }
	}
	bomb, large := packed(t, make([]byte, 16<<20)), echo(1<<20)
	packedLarge := packed(t, echo(2<<20))
	for _, shape := range shapes {
		for _, c := range []struct {
			name   string
			body   []byte
			change func(e map[string]any)
			status int
		}{
			{"small", echo(1000), nil, http.StatusOK},
			{"more than the channel takes", large, nil, http.StatusRequestEntityTooLarge},
			{"packed", packed(t, echo(1000)), gzipped(shape), http.StatusOK},
			{"packed, more than the channel takes", packedLarge, gzipped(shape), http.StatusRequestEntityTooLarge},
			{"a bomb", bomb, gzipped(shape), http.StatusRequestEntityTooLarge},
			{"not what it says", echo(1000), gzipped(shape), http.StatusBadRequest},
			{"cut short", packed(t, echo(1000))[:60], gzipped(shape), http.StatusBadRequest},
			{"a length that lies", echo(1000), func(e map[string]any) { setHeader(e, headerName(shape, "Content-Length"), "5") }, http.StatusOK},
			{"chunked, it says", echo(1000), func(e map[string]any) { setHeader(e, headerName(shape, "Transfer-Encoding"), "chunked") }, http.StatusOK},
		} {
			t.Run(shape+" "+c.name, func(t *testing.T) {
				a := invoke(t, newRPC(t, nil), rpc(t, shape, c.body, c.change))
				if a.Status != c.status {
					t.Errorf("got %d %.100q, want %d", a.Status, a.body(t), c.status)
				}
			})
		}
	}
}

// A body of more than a balancer hands on did not come by one.
func TestBalancerTakesOneMegabyte(t *testing.T) {
	app := answering(t, func(http.ResponseWriter, *http.Request) {})
	for n, want := range map[int]int{1 << 20: http.StatusOK, 1<<20 + 1: http.StatusRequestEntityTooLarge} {
		a := invoke(t, app, edited(t, "balancer", func(e map[string]any) { e["body"] = strings.Repeat("x", n) }))
		if a.Status != want {
			t.Errorf("%d bytes: got %d, want %d", n, a.Status, want)
		}
	}
}

// Nobody becomes a WebSocket by asking for it in a request, which is one like others.
func TestUpgradeIsRefused(t *testing.T) {
	for _, shape := range []string{"http", "rest"} {
		a := invoke(t, newRPC(t, nil), rpc(t, shape, whoami, func(e map[string]any) {
			setHeader(e, headerName(shape, "Connection"), "Upgrade")
			setHeader(e, headerName(shape, "Upgrade"), "websocket")
			setHeader(e, headerName(shape, "Sec-Websocket-Version"), "13")
			setHeader(e, headerName(shape, "Sec-Websocket-Key"), "AAAAAAAAAAAAAAAAAAAAAA==")
		}))
		if a.Status != http.StatusOK || !strings.Contains(a.body(t), `"result"`) {
			t.Errorf("%s: got %d %s", shape, a.Status, a.body(t))
		}
	}
}
