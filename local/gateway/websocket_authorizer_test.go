package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/local"
)

// policy returns what an authorizer answers that has one statement.
func policy(effect, action, resource string) string {
	return `{"principalId":"joe","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + resource + `"}]}}`
}

// TestWebSocketAuthorizer has a function of its own say who may connect.
func TestWebSocketAuthorizer(t *testing.T) {
	const invoke = "execute-api:Invoke"
	for _, row := range []struct {
		name   string
		answer string
		err    error
		status int
		says   string
	}{
		{name: "allowed", answer: policy("Allow", invoke, "arn:aws:execute-api:us-east-1:123456789012:local/prod/$connect"), status: 101},
		{name: "allowed by wildcards", answer: policy("Allow", "execute-api:*", "arn:aws:execute-api:*:*:*/pro?/*"), status: 101},
		{name: "lists", answer: `{"principalId":"joe","policyDocument":{"Statement":[{"Effect":"Allow","Action":["a","` + invoke + `"],"Resource":["b","*"]}]}}`, status: 101},
		{name: "denied", answer: policy("Deny", invoke, "*"), status: 403, says: "explicit deny"},
		{name: "denied beside allowed", answer: `{"principalId":"joe","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*/$connect"}]}}`, status: 403, says: "explicit deny"},
		{name: "another resource", answer: policy("Allow", invoke, "arn:aws:execute-api:us-east-1:123456789012:local/dev/*"), status: 403, says: "not authorized"},
		{name: "another action", answer: policy("Allow", "execute-api:ManageConnections", "*"), status: 403, says: "not authorized"},
		{name: "Unauthorized", err: local.NewFailure(local.Unhandled, "Error", "Unauthorized"), status: 401, says: "Unauthorized"},
		{name: "it fails", err: local.NewFailure(local.Unhandled, "Error", "boom"), status: 500, says: "Internal server error"},
		{name: "nobody", answer: `{"policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}}`, status: 500, says: "Internal server error"},
		{name: "no policy", answer: `{"principalId":"joe"}`, status: 500, says: "Internal server error"},
		{name: "null", answer: `null`, status: 500, says: "Internal server error"},
		{name: "an object in the context", answer: strings.Replace(policy("Allow", "*", "*"), `{"principalId"`, `{"context":{"a":{}},"principalId"`, 1), status: 500, says: "Internal server error"},
		{name: "more than 8 KB", answer: strings.Replace(policy("Allow", "*", "*"), "joe", strings.Repeat("j", 8<<10), 1), status: 500, says: "Internal server error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			authorizer := &script{events: make(chan *webSocketEvent, 10), answer: func(context.Context, *webSocketEvent) (string, error) { return row.answer, row.err }}
			d := openWebSocketDoor(t, &WebSocketOptions{Options: Options{Stage: "prod"}, Authorizer: authorizer}, nil)
			_, answer, err := d.tryDial(t, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"token"}}})
			if answer == nil || answer.StatusCode != row.status {
				t.Fatalf("got %v, %v, want %d", answer, err, row.status)
			}
			if e := authorizer.next(t); e.Headers["Authorization"] != "token" || e.RequestContext.RouteKey != "$connect" {
				t.Errorf("the authorizer got %+v", e)
			}
			for _, member := range []string{`"type":"REQUEST"`, `"methodArn":"arn:aws:execute-api:us-east-1:123456789012:local/prod/$connect"`} {
				if !strings.Contains(authorizer.text(0), member) || strings.Contains(authorizer.text(0), "isBase64Encoded") {
					t.Errorf("the authorizer got %s, want %s", authorizer.text(0), member)
				}
			}
			if row.status == http.StatusSwitchingProtocols {
				if got := string(d.next(t).RequestContext.Authorizer); !strings.Contains(got, `"principalId":"joe"`) {
					t.Errorf("the function got authorizer %s", got)
				}
				return
			}
			var said gatewayMessage
			if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || !strings.Contains(said.Message, row.says) {
				t.Errorf("got %+v, %v, want %q", said, err, row.says)
			}
			if len(d.events) > 0 {
				t.Error("the function was asked all the same")
			}
		})
	}
}

// TestWebSocketAuthorizerContext compares what all events of a connection are told, which is text.
func TestWebSocketAuthorizerContext(t *testing.T) {
	answer := strings.Replace(policy("Allow", "*", "*"), `{"principalId"`, `{"context":{"role":"admin","level":7,"account":12345678901,"new":true},"principalId"`, 1)
	claims, refused, err := readAuthorizer([]byte(answer), "x", 1500*time.Microsecond)
	if want := `{"account":"12345678901","integrationLatency":1,"level":"7","new":"true","principalId":"joe","role":"admin"}`; err != nil || refused != nil || string(claims) != want {
		t.Errorf("got %s, %v, %v, want %s", claims, refused, err, want)
	}
}

func TestMatches(t *testing.T) {
	for _, row := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"a*c", "abbc", true}, {"a*c", "ac", true}, {"a*c", "ab", false},
		{"?", "a", true}, {"?", "", false}, {"a?c*", "abcd", true}, {"*b*b*", "abab", true}, {"*b*b*", "aba", false}, {"a", "ab", false}, {"a**", "a", true},
		{"*ab", "aab", true}, {"x*", "ax", false},
	} {
		if got := matches(row.pattern, row.text); got != row.want {
			t.Errorf("%q and %q: got %v", row.pattern, row.text, got)
		}
	}
}

// FuzzAuthorizer reads what authorizers answer: nobody gets in whom no statement allows.
func FuzzAuthorizer(f *testing.F) {
	f.Add([]byte(policy("Allow", "*", "*")))
	f.Add([]byte(`{"principalId":"a","policyDocument":{"Statement":[{"Effect":"Allow","Action":[],"Resource":null}]},"context":{"a":1}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		claims, refused, err := readAuthorizer(payload, "arn:aws:execute-api:us-east-1:123456789012:local/prod/$connect", 0)
		if err == nil && refused == nil && (!json.Valid(claims) || !strings.Contains(string(payload), "llow")) {
			t.Errorf("%q: got in with %s", payload, claims)
		}
	})
}
