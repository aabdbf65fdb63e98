package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/wire/amf"
	"github.com/patchbay-go/patchbay/wire/amf/packet"
)

// A client is a Flex client with one connection.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
	id     string // DSId
}

func dial(ctx context.Context, address string) (*client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, reader: bufio.NewReaderSize(conn, 1024)}, nil
}

// connectAll makes clients, some at a time.
func connectAll(ctx context.Context, n int, connect func(int) (*client, error)) ([]*client, error) {
	clients := make([]*client, n)
	errs := make([]error, n)
	places := make(chan struct{}, 32)
	var wg sync.WaitGroup
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		places <- struct{}{}
		wg.Go(func() {
			clients[i], errs[i] = connect(i)
			<-places
		})
	}
	wg.Wait()
	return clients, errors.Join(ctx.Err(), errors.Join(errs...))
}

func closeAll(clients []*client) {
	for _, c := range clients {
		if c != nil {
			_ = c.conn.Close()
		}
	}
}

func (c *client) post(path string, body []byte) error {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-amf\r\nContent-Length: %d\r\n\r\n",
		path, c.conn.RemoteAddr(), len(body))
	_, err := c.conn.Write(append([]byte(head), body...))
	return err
}

// read reads an answer.
func (c *client) read() ([]byte, error) {
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %s: %s", response.Status, body)
	}
	return body, err
}

func (c *client) ask(path string, m *message) ([]byte, error) {
	unit, err := packetOf(m)
	if err != nil {
		return nil, err
	}
	if err := c.post(path, unit); err != nil {
		return nil, err
	}
	return c.read()
}

// A message is a Flex message that a client sends.
type message struct {
	Operation   int
	Body        any
	ClientID    *string `patchbay:"clientId"`
	Destination string
	Headers     value.Members
	MessageID   string `patchbay:"messageId"`

	class string // commandMessage where it is empty
}

const (
	commandMessage = "flex.messaging.messages.CommandMessage"
	asyncMessage   = "flex.messaging.messages.AsyncMessage"
)

// packetOf returns a packet with one message.
func packetOf(m *message) ([]byte, error) {
	m.MessageID = strings.ToUpper(rand.Text())
	registry := value.NewRegistry()
	registry.Register(cmp.Or(m.class, commandMessage), message{})
	w := amf.NewWriter(nil)
	err := packet.Write(w, &packet.Packet{Version: 3, Target: "null", Response: "/1", Body: func() error {
		w.BehindMarker()
		return value.NewEncoder(w, registry, value.Limits{}).Encode([]any{m})
	}})
	return w.Bytes(), err
}

// subscribe connects a client and subscribes it to what publish publishes.
func subscribe(ctx context.Context, address, path string) (*client, error) {
	c, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	answer, err := c.ask(path, &message{Operation: 5, Headers: value.Members{{Name: "DSId", Value: "nil"}, {Name: "DSMessagingVersion", Value: 1}}})
	if err != nil {
		return c, err
	}
	if c.id, err = findID(answer); err != nil {
		return c, err
	}
	answer, err = c.ask(path, &message{Destination: "messages", Headers: c.headers(value.Member{Name: "DSSubtopic", Value: "bench"})})
	if err == nil && !bytes.Contains(answer, []byte("/onResult")) {
		err = fmt.Errorf("not subscribed: %q", answer)
	}
	return c, err
}

func (c *client) headers(more ...value.Member) value.Members {
	return append(value.Members{{Name: "DSId", Value: c.id}}, more...)
}

// findID returns the DSId in the answer to a ping: the text behind its name, a string of AMF3.
func findID(answer []byte) (string, error) {
	const name = "DSId\x06"
	i := bytes.Index(answer, []byte(name))
	if i < 0 || len(answer) < i+len(name)+1 {
		return "", fmt.Errorf("no DSId in %q", answer)
	}
	start := i + len(name) + 1
	end := start + int(answer[start-1]>>1)
	if end > len(answer) {
		return "", fmt.Errorf("no whole DSId in %q", answer)
	}
	return string(answer[start:end]), nil
}

// poll sends a poll and does not wait for its answer.
func (c *client) poll(path string) error {
	unit, err := packetOf(&message{Operation: 2, Headers: c.headers()})
	if err != nil {
		return err
	}
	return c.post(path, unit)
}

// answer waits for the answer to a poll, which has a message in it.
func (c *client) answer() error {
	body, err := c.read()
	if err == nil && !bytes.Contains(body, []byte(payload)) {
		err = fmt.Errorf("the poll brought %q", body)
	}
	return err
}

// openStream connects a client, subscribes it and opens its stream.
func openStream(ctx context.Context, address, path string) (*client, error) {
	c, err := subscribe(ctx, address, path)
	if err != nil {
		return c, err
	}
	body := "DSId=" + c.id
	head := fmt.Sprintf("POST %s?command=open&version=1 HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		path, c.conn.RemoteAddr(), len(body), body)
	if _, err := io.WriteString(c.conn, head); err != nil {
		return c, err
	}
	return c, c.until("open")
}

// frame reads the stream up to the next message.
func (c *client) frame() error { return c.until(payload) }

func (c *client) until(text string) error {
	var seen []byte
	for !bytes.HasSuffix(seen, []byte(text)) {
		b, err := c.reader.ReadByte()
		if err != nil {
			return fmt.Errorf("%w behind %q", err, seen)
		}
		seen = append(seen, b)
	}
	return nil
}

// payload is what is published.
const payload = "a message for all who wait"

// publish sends the message by a client of its own.
func (p *publisher) publish() error {
	answer, err := p.ask("/amf", &message{class: asyncMessage, Destination: "messages", Body: payload,
		Headers: p.headers(value.Member{Name: "DSSubtopic", Value: "bench"})})
	if err == nil && !bytes.Contains(answer, []byte("/onResult")) {
		err = fmt.Errorf("not published: %q", answer)
	}
	return err
}

// publishBare has a bare server answer all who wait.
func (c *client) publishBare() error {
	if err := c.post(pathPublish, nil); err != nil {
		return err
	}
	_, err := c.read()
	return err
}

// A publisher is a client that is connected and has subscribed to nothing that matters.
type publisher struct{ *client }

func newPublisher(ctx context.Context, address string) (*publisher, error) {
	c, err := subscribe(ctx, address, "/amf")
	return &publisher{c}, err
}
