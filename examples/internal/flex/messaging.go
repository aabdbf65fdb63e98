package flex

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
)

// Subscribe subscribes a Consumer and returns its clientId.
func (c *Client) Subscribe(destination string) string {
	c.t.Helper()
	return c.must(c.command(subscribe, destination, nil), "clientId")
}

// Unsubscribe ends what Subscribe began.
func (c *Client) Unsubscribe(destination, clientID string) {
	c.t.Helper()
	c.must(c.Send("CommandMessage", value.Members{
		{Name: "operation", Value: unsubscribe}, {Name: "destination", Value: destination}, {Name: "clientId", Value: clientID},
	}), "messageId")
}

// Publish sends a message as a Producer does. Its body is JSON; a ttl of 0 says nothing of how long it lives.
func (c *Client) Publish(destination, body string, ttl float64) {
	c.t.Helper()
	c.must(c.Send("AsyncMessage", value.Members{
		{Name: "destination", Value: destination}, {Name: "body", Value: Value(body)}, {Name: "timeToLive", Value: ttl},
	}), "messageId")
}

// Poll asks once for what has been published and returns it, each as "clientId body".
func (c *Client) Poll() []string {
	c.t.Helper()
	reply := c.command(poll, "", nil)
	if fault := FaultOf(reply); fault != "" {
		c.t.Fatalf("poll: got fault %s", fault)
	}
	body, _ := reply.Members.Get("body")
	list, _ := body.([]any)
	var got []string
	for _, v := range list {
		got = append(got, published(c.t, v))
	}
	return got
}

// PollFault is Poll for a client that has nothing to ask for: it returns what FaultOf says of the answer.
func (c *Client) PollFault() string {
	c.t.Helper()
	return FaultOf(c.command(poll, "", nil))
}

// published shows what came from a Producer.
func published(t testing.TB, v any) string {
	t.Helper()
	m, ok := v.(*Message)
	if !ok || m.Class != classPrefix+"AsyncMessage" {
		t.Fatalf("got %s, want an AsyncMessage", JSON(t, v))
	}
	id, _ := m.Members.Get("clientId")
	body, _ := m.Members.Get("body")
	return fmt.Sprint(id, " ", JSON(t, body))
}

// must returns a member of an answer that is no fault, as text.
func (c *Client) must(reply *Message, name string) string {
	c.t.Helper()
	if fault := FaultOf(reply); fault != "" {
		c.t.Fatalf("got fault %s", fault)
	}
	v, _ := reply.Members.Get(name)
	return fmt.Sprint(v)
}

// A Stream is the answer of a StreamingAMFChannel's request, which goes on until somebody ends it.
type Stream struct {
	t    testing.TB
	body *bufio.Reader
}

// patience is how long a stream may take for all that a test waits for.
const patience = time.Minute

// Open opens a stream for the client. It ends with the test.
func (c *Client) Open() *Stream {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	c.t.Cleanup(cancel)
	form := strings.NewReader(url.Values{"DSId": {c.id}}.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint+"?command=open&version=1", form)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		c.t.Fatalf("open: got %s", resp.Status)
	}
	s := &Stream{c.t, bufio.NewReader(resp.Body)}
	if first := s.next(); first.Class != classPrefix+"AcknowledgeMessage" {
		c.t.Fatalf("open: got %s, want an AcknowledgeMessage", JSON(c.t, first))
	}
	return s
}

// Next waits for what is published next and returns it as Client.Poll does.
func (s *Stream) Next() string {
	s.t.Helper()
	return published(s.t, s.next())
}

// next reads frames until one holds a message: a length in hexadecimal, CR, LF, that many bytes of AMF3. A frame that begins with a
// 00 byte is padding, and 00 bytes between frames say that the server is there.
func (s *Stream) next() *Message {
	s.t.Helper()
	for {
		line, err := s.body.ReadString('\n')
		if err != nil {
			s.t.Fatalf("stream: %v", err)
		}
		line = strings.Trim(line, "\x00\r\n")
		if line == "" {
			continue // the line's end that may follow a frame
		}
		n, err := strconv.ParseUint(line, 16, 24)
		if err != nil {
			s.t.Fatalf("stream: frame of length %q", line)
		}
		frame := make([]byte, n)
		if _, err := io.ReadFull(s.body, frame); err != nil {
			s.t.Fatalf("stream: frame: %v", err)
		}
		if n == 0 || frame[0] == 0 {
			continue
		}
		var m *Message
		r := amf.NewReader(frame, &amf.ReaderOptions{Version: amf.AMF3})
		if err := value.NewDecoder(r, nil, value.Limits{}).Bind(&m); err != nil {
			s.t.Fatalf("stream: frame %x: %v", frame, err)
		}
		return m
	}
}
