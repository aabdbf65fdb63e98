package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchbay-go/patchbay/local"
)

func (d *webSocketDoor) delete(t testing.TB, id string) {
	t.Helper()
	if _, err := d.sdk().DeleteConnection(t.Context(), &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: &id}); err != nil {
		t.Error(err)
	}
}

// TestManagementByAWSClient is the fifth part of the conformance list: AWS's own client finds what it knows, errors with their types.
func TestManagementByAWSClient(t *testing.T) {
	for _, stage := range []string{"", "prod"} {
		t.Run("stage "+stage, func(t *testing.T) {
			now := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
			d := openWebSocketDoor(t, &WebSocketOptions{Options: Options{Stage: stage, Now: func() time.Time { return now }}}, nil)
			socket, id := d.connected(t)
			if err := d.post(t, id, "hello"); err != nil {
				t.Fatal(err)
			}
			if got := hear(t, socket); got != "hello" {
				t.Errorf("got %q", got)
			}
			got, err := d.sdk().GetConnection(t.Context(), &apigatewaymanagementapi.GetConnectionInput{ConnectionId: &id})
			if err != nil {
				t.Fatal(err)
			}
			want := &apigatewaymanagementapi.GetConnectionOutput{
				ConnectedAt: &now, LastActiveAt: &now, Identity: &types.Identity{SourceIp: aws.String("127.0.0.1"), UserAgent: aws.String("Go-http-client/1.1")},
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(types.Identity{}), cmpopts.IgnoreFields(*got, "ResultMetadata"), cmpopts.IgnoreUnexported(*got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			d.delete(t, id)
			if end := hearEnd(t, socket); end.Code != 1000 {
				t.Errorf("got %v", end)
			}
			d.isGone(t, id)
		})
	}
}

// isGone asks in all ways for a connection that is not there.
func (d *webSocketDoor) isGone(t *testing.T, id string) {
	t.Helper()
	_, got := d.sdk().GetConnection(t.Context(), &apigatewaymanagementapi.GetConnectionInput{ConnectionId: &id})
	_, deleted := d.sdk().DeleteConnection(t.Context(), &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: &id})
	for verb, err := range map[string]error{"POST": d.post(t, id, "x"), "GET": got, "DELETE": deleted} {
		if _, gone := errors.AsType[*types.GoneException](err); !gone {
			t.Errorf("%s: got %v, want GoneException", verb, err)
		}
	}
}

// TestManagementBeforeConnect posts while the function is still being asked whether the client may connect: it is gone, as long as it is
// not there.
func TestManagementBeforeConnect(t *testing.T) {
	early := make(chan error, 1)
	var d *webSocketDoor
	d = openWebSocketDoor(t, nil, func(_ context.Context, e *webSocketEvent) (string, error) {
		if e.RequestContext.EventType == "CONNECT" {
			early <- d.post(t, e.RequestContext.ConnectionID, "too early")
		}
		return ok, nil
	})
	socket, id := d.connected(t)
	if err := <-early; err == nil {
		t.Error("a post during $connect was taken")
	} else if _, gone := errors.AsType[*types.GoneException](err); !gone {
		t.Errorf("got %v, want GoneException", err)
	}
	if err := d.post(t, id, "now"); err != nil {
		t.Error(err)
	}
	if got := hear(t, socket); got != "now" {
		t.Errorf("got %q", got)
	}
}

// TestManagementRefusals asks without AWS's client for what that would not ask for.
func TestManagementRefusals(t *testing.T) {
	const signed = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=00"
	d := openWebSocketDoor(t, &WebSocketOptions{Options: Options{Stage: "prod"}}, nil)
	_, id := d.connected(t)
	root := strings.TrimSuffix(d.http, "/prod")
	for _, row := range []struct {
		name, method, url, authorization, body string
		status                                 int
		errorType, says                        string
	}{
		{"taken", "POST", d.http + "/@connections/" + id, signed, "x", 200, "", ""},
		{"both parts escaped", "POST", d.http + "/%40connections/" + strings.ReplaceAll(id, "=", "%3D"), signed, "x", 200, "", ""},
		{"nothing in it", "POST", d.http + "/@connections/" + id, signed, "", 200, "", ""},
		{"128 KB", "POST", d.http + "/@connections/" + id, signed, strings.Repeat("x", maxMessage), 200, "", ""},
		{"more", "POST", d.http + "/@connections/" + id, signed, strings.Repeat("x", maxMessage+1), 413, "PayloadTooLargeException", "Message too long"},
		{"not signed", "POST", d.http + "/@connections/" + id, "", "x", 403, "ForbiddenException", "Missing Authentication Token"},
		{"a bearer token", "POST", d.http + "/@connections/" + id, "Bearer x", "x", 403, "ForbiddenException", "Missing Authentication Token"},
		{"half signed", "POST", d.http + "/@connections/" + id, "AWS4-HMAC-SHA256 Credential=a/b/c/execute-api/aws4_request", "x", 403, "IncompleteSignatureException", "SignedHeaders"},
		{"for another service", "POST", d.http + "/@connections/" + id, strings.Replace(signed, "execute-api", "lambda", 1), "x", 403, "InvalidSignatureException", "execute-api"},
		{"not signed, unknown id", "GET", d.http + "/@connections/" + gatewayID(7), "", "", 403, "ForbiddenException", "Missing Authentication Token"},
		{"without the stage", "POST", root + "/@connections/" + id, signed, "x", 426, "", "Upgrade Required"},
		{"another stage", "POST", root + "/dev/@connections/" + id, signed, "x", 426, "", "Upgrade Required"},
		{"an id that never was", "POST", d.http + "/@connections/" + gatewayID(7), signed, "x", 410, "GoneException", ""},
		{"text that is no id", "POST", d.http + "/@connections/undefined", signed, "x", 400, "BadRequestException", "Invalid connectionId: undefined"},
		{"no id", "POST", d.http + "/@connections/", signed, "x", 400, "BadRequestException", "Invalid connectionId: "},
		{"a path behind the id", "GET", d.http + "/@connections/" + id + "/x", signed, "", 400, "BadRequestException", "Invalid connectionId"},
		{"another method", "PUT", d.http + "/@connections/" + id, signed, "x", 403, "ForbiddenException", "Forbidden"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), row.method, row.url, strings.NewReader(row.body))
			if err != nil {
				t.Fatal(err)
			}
			if row.authorization != "" {
				r.Header.Set("Authorization", row.authorization)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = answer.Body.Close() }()
			var said strings.Builder
			_ = answer.Write(&said)
			if answer.StatusCode != row.status || answer.Header.Get("X-Amzn-Errortype") != row.errorType || !strings.Contains(said.String(), row.says) {
				t.Errorf("got %s, want %d, %q and %q", said.String(), row.status, row.errorType, row.says)
			}
		})
	}
}

// TestManagementErrorTypes has AWS's client find the types that it knows.
func TestManagementErrorTypes(t *testing.T) {
	d := openWebSocketDoor(t, nil, nil)
	_, id := d.connected(t)
	_, tooLarge := errors.AsType[*types.PayloadTooLargeException](d.post(t, id, strings.Repeat("x", maxMessage+1)))
	if !tooLarge {
		t.Error("129 KB: want PayloadTooLargeException")
	}
	bad, _ := errors.AsType[smithy.APIError](d.post(t, "nobody", "x"))
	if bad == nil || bad.ErrorCode() != "BadRequestException" || bad.ErrorMessage() != "Invalid connectionId: nobody" {
		t.Errorf("got %v", bad)
	}
	throttled := openWebSocketDoor(t, &WebSocketOptions{
		Routes:  []string{"$default"},
		Options: Options{Faults: local.NewFaults(local.Probabilities{Throttle: 1}, 1)},
	}, nil)
	if _, limit := errors.AsType[*types.LimitExceededException](throttled.post(t, gatewayID(1), "x")); !limit {
		t.Error("throttled: want LimitExceededException")
	}
}

// TestManagementKeepsOrder posts many messages, one after the other, and reads them in the same order.
func TestManagementKeepsOrder(t *testing.T) {
	d := openWebSocketDoor(t, nil, nil)
	socket, id := d.connected(t)
	for i := range 200 {
		if err := d.post(t, id, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	d.delete(t, id) // what was posted before comes before the end
	for i := range 200 {
		if got := hear(t, socket); got != fmt.Sprint(i) {
			t.Fatalf("got %q, want %d", got, i)
		}
	}
}

// TestManagementSlowClient posts to a client that reads nothing: the buffer fills, posts are refused, and what was taken arrives.
func TestManagementSlowClient(t *testing.T) {
	d := openWebSocketDoor(t, &WebSocketOptions{SendBuffer: 256 << 10}, nil)
	socket, id := d.connected(t)
	piece, taken := strings.Repeat("x", maxMessage), 0
	for {
		err := d.post(t, id, piece)
		if _, full := errors.AsType[*types.LimitExceededException](err); full {
			break
		}
		if err != nil || taken > 1000 {
			t.Fatalf("after %d posts: %v", taken, err)
		}
		taken++
	}
	for i := range taken {
		if got := hear(t, socket); len(got) != maxMessage {
			t.Fatalf("message %d has %d bytes", i, len(got))
		}
	}
	if err := d.post(t, id, "again"); err != nil {
		t.Error(err)
	}
}
