package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

// TestWebSocketEvents compares whole events, in the shape of those that were recorded on AWS: testdata of aws-lambda-go, "Managing connected
// users" in API Gateway's developer guide.
func TestWebSocketEvents(t *testing.T) {
	now := time.Date(2024, 1, 20, 11, 55, 0, 453_000_000, time.UTC)
	d := openWebSocketDoor(t, &WebSocketOptions{
		Options: Options{
			Stage: "prod", TrustAuthorizer: true, StageVariables: map[string]string{"color": "blue"},
			Now: func() time.Time { return now }, NewID: counter(),
		},
		DomainName: "abc.example", APIID: "abc",
	}, nil)
	header := http.Header{
		"User-Agent": {"tests/1"}, "Cookie": {"a=b"}, "X-Two": {"1", "2"}, "X-Forwarded-For": {"10.9.8.7"}, "X-Amzn-Trace-Id": {"Root=1-2-3"},
		AuthorizerHeader: {`{"principalId":"joe"}`},
	}
	d.http += "?name=me&name=you&q=a%20b"
	socket, _, err := d.tryDial(t, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	d.next(t)
	say(t, socket, "{\"a\": 1}")
	d.next(t)
	_ = socket.Close(4001, "enough")
	d.next(t)

	context := func(id int, kind, route string) map[string]any {
		return map[string]any{
			"routeKey": route, "eventType": kind, "messageDirection": "IN", "stage": "prod", "apiId": "abc", "domainName": "abc.example",
			"requestTime": "20/Jan/2024:11:55:00 +0000", "requestTimeEpoch": 1705751700453.0, "connectedAt": 1705751700453.0,
			"identity": map[string]any{"sourceIp": "127.0.0.1", "userAgent": "tests/1"}, "authorizer": map[string]any{"principalId": "joe"},
			"connectionId": gatewayID(1), "requestId": gatewayID(uint64(id)), "extendedRequestId": gatewayID(uint64(id)),
		}
	}
	variables := map[string]any{"color": "blue"}
	message := context(3, "MESSAGE", "$default")
	message["messageId"] = gatewayID(4)
	disconnect := context(5, "DISCONNECT", "$disconnect")
	disconnect["disconnectStatusCode"], disconnect["disconnectReason"] = 4001.0, "enough"
	want := []map[string]any{
		{
			"headers": map[string]any{
				"Host": "HOST", "Accept-Encoding": "gzip", "User-Agent": "tests/1", "Cookie": "a=b", "X-Two": "2", "Sec-WebSocket-Key": "KEY", "Sec-WebSocket-Version": "13",
				"X-Amzn-Trace-Id": "Root=1-2-3", "X-Forwarded-For": "10.9.8.7, 127.0.0.1", "X-Forwarded-Port": "PORT", "X-Forwarded-Proto": "http",
			},
			"multiValueHeaders": map[string]any{
				"Host": []any{"HOST"}, "Accept-Encoding": []any{"gzip"}, "User-Agent": []any{"tests/1"}, "Cookie": []any{"a=b"}, "X-Two": []any{"1", "2"},
				"Sec-WebSocket-Key": []any{"KEY"}, "Sec-WebSocket-Version": []any{"13"}, "X-Amzn-Trace-Id": []any{"Root=1-2-3"},
				"X-Forwarded-For": []any{"10.9.8.7, 127.0.0.1"}, "X-Forwarded-Port": []any{"PORT"}, "X-Forwarded-Proto": []any{"http"},
			},
			"queryStringParameters":           map[string]any{"name": "you", "q": "a b"},
			"multiValueQueryStringParameters": map[string]any{"name": []any{"me", "you"}, "q": []any{"a b"}},
			"stageVariables":                  variables,
			"requestContext":                  context(2, "CONNECT", "$connect"),
			"isBase64Encoded":                 false,
		},
		{"body": "{\"a\": 1}", "stageVariables": variables, "requestContext": message, "isBase64Encoded": false},
		{
			"headers":           map[string]any{"Host": "abc.example", "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""},
			"multiValueHeaders": map[string]any{"Host": []any{"abc.example"}, "x-api-key": []any{""}, "X-Forwarded-For": []any{""}, "x-restapi": []any{""}},
			"stageVariables":    variables,
			"requestContext":    disconnect,
			"isBase64Encoded":   false,
		},
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(d.http, "http://"), "/")
	_, port, _ := strings.Cut(host, ":")
	for i := range want {
		var got map[string]any
		if err := json.Unmarshal([]byte(d.text(i)), &got); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			single, several := got["headers"].(map[string]any), got["multiValueHeaders"].(map[string]any)
			for name, value := range map[string]string{"Host": "HOST", "X-Forwarded-Port": "PORT", "Sec-WebSocket-Key": "KEY"} {
				if exact := map[string]string{"Host": host, "X-Forwarded-Port": port}[name]; exact != "" && single[name] != exact {
					t.Errorf("header %s: got %v, want %v", name, single[name], exact)
				}
				single[name], several[name] = value, []any{value}
			}
		}
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("event %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestWebSocketEventsAreReadable decodes events by the type that Go functions use.
func TestWebSocketEventsAreReadable(t *testing.T) {
	d := openWebSocketDoor(t, nil, nil)
	socket, id := d.connected(t)
	say(t, socket, "hello")
	d.next(t)
	var e events.APIGatewayWebsocketProxyRequest
	if err := json.Unmarshal([]byte(d.text(1)), &e); err != nil {
		t.Fatal(err)
	}
	if e.Body != "hello" || e.RequestContext.ConnectionID != id || e.RequestContext.EventType != "MESSAGE" || e.RequestContext.Stage != "local" || e.Headers != nil {
		t.Errorf("got %+v", e)
	}
	if !isConnectionID(id) || len(id) != 16 {
		t.Errorf("connection id %q does not look like one of AWS's", id)
	}
}

// TestWebSocketEventWithoutQuery has neither query nor authorizer: the members are left out, and a header that nobody trusts is not
// handed on.
func TestWebSocketEventWithoutQuery(t *testing.T) {
	d := openWebSocketDoor(t, nil, nil)
	if _, _, err := d.tryDial(t, &websocket.DialOptions{HTTPHeader: http.Header{AuthorizerHeader: {`{"principalId":"root"}`}}}); err != nil {
		t.Fatal(err)
	}
	d.next(t)
	for _, absent := range []string{"ueryString", "authorizer", "root", "stageVariables", "messageId", "body\"", "disconnect", "Upgrade", "Connection\""} {
		if strings.Contains(d.text(0), absent) {
			t.Errorf("event has %q: %s", absent, d.text(0))
		}
	}
	if !strings.Contains(d.text(0), `"X-Amzn-Trace-Id":"Root=1-`) {
		t.Errorf("event has no trace id: %s", d.text(0))
	}
}
