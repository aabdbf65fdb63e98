package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// call is one RemoteObject call ready to be sent: the packet holds the DSId and the cookies name the session, or a server
// that binds both would make a new session each time.
type call struct {
	url     string
	cookies string
	packet  []byte
	reply   []byte      // to the packet
	headers http.Header // of the reply
}

const echoed = "hello"

// newCall pings a server as a Flex client does, makes the call, and sends it once to see that it is answered rightly.
func newCall(ctx context.Context, url string) (call, error) {
	ping := &commandMessage{Operation: 5, MessageID: messageID, Headers: map[string]any{"DSId": "nil", "DSEndpoint": "amf"}}
	packet, err := requestPacket(ping)
	if err != nil {
		return call{}, err
	}
	c := call{url: url, packet: packet}
	pong, err := c.send(ctx)
	if err != nil {
		return call{}, fmt.Errorf("ping: %w", err)
	}
	id, _ := pong.Headers["DSId"].(string) // the bare handler answers the call even to the ping, without one
	echo := &remotingMessage{
		Operation: "echo", Destination: "example", Body: []any{echoed}, MessageID: messageID,
		Headers: map[string]any{"DSId": id, "DSEndpoint": "amf"},
	}
	if c.packet, err = requestPacket(echo); err != nil {
		return call{}, err
	}
	answer, err := c.send(ctx)
	if err != nil {
		return call{}, fmt.Errorf("echo: %w", err)
	}
	if answer.Body != echoed {
		return call{}, fmt.Errorf("echo gave %v, want %q", answer.Body, echoed)
	}
	return c, nil
}

// messageID is the same in every call: no server minds.
const messageID = "B8E2F0D4-1111-4222-8333-444455556666"

func requestPacket(message any) ([]byte, error) {
	w := amf.NewWriter(nil)
	e := value.NewEncoder(w, newRegistry[any](), value.Limits{})
	if err := writePacket(w, e, "null", "/1", []any{message}); err != nil {
		return nil, err
	}
	return bytes.Clone(w.Bytes()), nil
}

// send posts the packet, keeps cookies and reply, and returns the acknowledgement.
func (c *call) send(ctx context.Context) (acknowledgeMessage[any], error) {
	var answer acknowledgeMessage[any]
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.packet))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Content-Type", "application/x-amf")
	if c.cookies != "" {
		request.Header.Set("Cookie", c.cookies)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer, err
	}
	defer func() { _ = response.Body.Close() }()
	if c.reply, err = io.ReadAll(response.Body); err != nil {
		return answer, err
	}
	c.headers = response.Header
	if response.StatusCode != http.StatusOK {
		return answer, fmt.Errorf("status %s: %s", response.Status, c.reply)
	}
	for _, cookie := range response.Cookies() {
		c.cookies = strings.TrimPrefix(c.cookies+"; "+cookie.Name+"="+cookie.Value, "; ")
	}
	reader := amf.NewReader(c.reply, nil)
	target, err := readPacket(reader, value.NewDecoder(reader, newRegistry[any](), value.Limits{}), &answer)
	if err == nil && !strings.HasSuffix(target, "/onResult") {
		err = fmt.Errorf("answered with %s", target)
	}
	return answer, err
}
