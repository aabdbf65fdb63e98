package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
	"github.com/coder/websocket"

	"github.com/patchbay-go/patchbay/local"
)

func withFaults(p local.Probabilities) *WebSocketOptions {
	return &WebSocketOptions{Options: Options{Faults: local.NewFaults(p, 1)}, ReorderWithin: 50 * time.Millisecond}
}

// bodies returns what the next messages say, in the order in which the function was asked.
func (d *webSocketDoor) bodies(t *testing.T, n int) []string {
	t.Helper()
	var all []string
	for range n {
		all = append(all, *d.next(t).Body)
	}
	return all
}

// TestWebSocketFramesAtOnce has the function busy with one message while it is given the next.
func TestWebSocketFramesAtOnce(t *testing.T) {
	release := make(chan struct{})
	d := openWebSocketDoor(t, nil, func(_ context.Context, e *webSocketEvent) (string, error) {
		if e.Body != nil && *e.Body == "slow" {
			<-release
			return `{"statusCode":200,"body":"slow is done"}`, nil
		}
		return `{"statusCode":200,"body":"quick is done"}`, nil
	})
	socket, _ := d.connected(t)
	say(t, socket, "slow")
	say(t, socket, "quick")
	if got := hear(t, socket); got != "quick is done" {
		t.Errorf("got %q", got)
	}
	close(release)
	if got := hear(t, socket); got != "slow is done" {
		t.Errorf("got %q", got)
	}
}

// TestWebSocketReorder sends numbered messages: all arrive, in another order.
func TestWebSocketReorder(t *testing.T) {
	d := openWebSocketDoor(t, withFaults(local.Probabilities{Reorder: 0.5}), nil)
	socket, _ := d.connected(t)
	var sent []string
	for i := range 40 {
		sent = append(sent, fmt.Sprintf("%02d", i))
		say(t, socket, sent[i])
	}
	got := d.bodies(t, 40)
	if slices.IsSorted(got) {
		t.Errorf("all in order: %v", got)
	}
	slices.Sort(got)
	if !slices.Equal(got, sent) {
		t.Errorf("got %v", got)
	}
}

// TestWebSocketDisconnectOvertakes closes right after a message that is held back: the function hears of the end first.
func TestWebSocketDisconnectOvertakes(t *testing.T) {
	d := openWebSocketDoor(t, withFaults(local.Probabilities{Reorder: 1}), nil)
	socket, _ := d.connected(t)
	say(t, socket, "last words")
	_ = socket.Close(1000, "")
	first, second := d.next(t).RequestContext.EventType, d.next(t).RequestContext.EventType
	if kinds := []string{first, second}; !slices.Contains(kinds, "DISCONNECT") || !slices.Contains(kinds, "MESSAGE") {
		t.Errorf("got %v", kinds)
	}
}

// TestWebSocketDropDisconnect ends a connection of which the function never hears again.
func TestWebSocketDropDisconnect(t *testing.T) {
	d := openWebSocketDoor(t, withFaults(local.Probabilities{DropDisconnect: 1}), nil)
	socket, id := d.connected(t)
	_ = socket.Close(1000, "")
	waitUntil(t, "the connection is gone", func() bool { return d.door.connection(id) == nil })
	d.isGone(t, id)
	if len(d.events) > 0 {
		t.Errorf("got %+v", d.next(t))
	}
}

// TestWebSocketThrottle refuses half of everything: clients and functions are told in the words that they know.
func TestWebSocketThrottle(t *testing.T) {
	d := openWebSocketDoor(t, withFaults(local.Probabilities{Throttle: 0.5}), always(`{"statusCode":200,"body":"done"}`, nil))
	var socket *websocket.Conn
	waitUntil(t, "one may connect", func() bool {
		got, answer, err := d.tryDial(t, nil)
		if err != nil && answer.StatusCode != http.StatusTooManyRequests {
			t.Fatalf("got %v, %v", answer, err)
		}
		socket = got
		return err == nil
	})
	id := d.next(t).RequestContext.ConnectionID
	heard := map[bool]int{}
	for range 40 {
		say(t, socket, "x")
		heard[hear(t, socket) == "done"]++
	}
	taken := map[bool]int{}
	for range 40 {
		err := d.post(t, id, "x")
		if _, limit := errors.AsType[*types.LimitExceededException](err); err != nil && !limit {
			t.Fatal(err)
		}
		taken[err == nil]++
	}
	if heard[true] == 0 || heard[false] == 0 || taken[true] == 0 || taken[false] == 0 {
		t.Errorf("messages: %v, posts: %v; want some of each", heard, taken)
	}
}
