// Package flex is a Flex client for the tests of the examples: it posts packets as Flex's AMFChannel does and shows what comes back
// as JSON, with the class of an object as its first member "$class".
package flex

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/patchbay-go/patchbay/core/value"
)

// The operations of CommandMessage that the examples need.
const (
	subscribe   = 0
	unsubscribe = 1
	poll        = 2
	ping        = 5
	login       = 8
	logout      = 9
)

const (
	classPrefix = "flex.messaging.messages."
	classError  = classPrefix + "ErrorMessage"
)

// A Message is what a server sends.
type Message = value.Object

// A Client is one Flex client on one channel. It is used by one goroutine.
type Client struct {
	t           testing.TB
	endpoint    string
	id          string        // the DSId
	credentials value.Members // of the packet header Credentials; nil: there is none
}

// Connect returns a client that has pinged the channel at endpoint, as a Flex channel does when it connects.
func Connect(t testing.TB, endpoint string) *Client {
	t.Helper()
	c := &Client{t: t, endpoint: endpoint, id: "nil"}
	headers, _ := c.command(ping, "", nil).Members.Get("headers")
	members, _ := headers.(map[string]any)
	c.id, _ = members["DSId"].(string)
	if c.id == "" {
		t.Fatalf("ping %s: got headers %v, want a DSId", endpoint, headers)
	}
	return c
}

// Call calls "destination.operation" as a RemoteObject does, with arguments in JSON, and returns its result in JSON.
func (c *Client) Call(target string, args ...string) string {
	c.t.Helper()
	reply := c.remoting(target, args)
	if fault := FaultOf(reply); fault != "" {
		c.t.Fatalf("%s: got fault %s", target, fault)
	}
	body, _ := reply.Members.Get("body")
	return JSON(c.t, body)
}

// Fault is Call for a call that is to fail: it returns what FaultOf says of the answer.
func (c *Client) Fault(target string, args ...string) string {
	c.t.Helper()
	reply := c.remoting(target, args)
	if FaultOf(reply) == "" {
		c.t.Fatalf("%s: got %s, want a fault", target, JSON(c.t, reply))
	}
	return FaultOf(reply)
}

// FaultOf returns code and text of an ErrorMessage, and of what a NetConnection gets in its place; empty for any other value.
func FaultOf(v any) string {
	switch v := v.(type) {
	case *Message:
		if v.Class == classError {
			code, _ := v.Members.Get("faultCode")
			text, _ := v.Members.Get("faultString")
			return fmt.Sprint(code, ": ", text)
		}
	case map[string]any:
		if v["level"] == "error" {
			return fmt.Sprint(v["faultCode"], ": ", v["faultString"])
		}
	}
	return ""
}

func (c *Client) remoting(target string, args []string) *Message {
	c.t.Helper()
	destination, operation, _ := strings.Cut(target, ".")
	list := make([]any, len(args))
	for i, arg := range args {
		list[i] = Value(arg)
	}
	return c.Send("RemotingMessage", value.Members{
		{Name: "operation", Value: operation}, {Name: "destination", Value: destination}, {Name: "body", Value: list},
	})
}

// command sends a CommandMessage and returns the answer.
func (c *Client) command(operation int, destination string, body any) *Message {
	c.t.Helper()
	return c.Send("CommandMessage", value.Members{
		{Name: "operation", Value: operation}, {Name: "destination", Value: destination}, {Name: "body", Value: body},
	})
}

// Login logs in as a ChannelSet does. The credentials are "user:password".
func (c *Client) Login(credentials string) *Message {
	c.t.Helper()
	return c.command(login, "auth", base64.StdEncoding.EncodeToString([]byte(credentials)))
}

// Logout logs out.
func (c *Client) Logout() {
	c.t.Helper()
	c.must(c.command(logout, "auth", nil), "messageId")
}

// Credentials sets the header that all packets have from now on, as NetConnection.addHeader does.
func (c *Client) Credentials(user, password string) {
	c.credentials = value.Members{{Name: "userid", Value: user}, {Name: "password", Value: password}}
}

// Send sends a message of that class, completed by what every message has, and returns the answer.
func (c *Client) Send(class string, members value.Members) *Message {
	c.t.Helper()
	members.Set("headers", value.Members{{Name: "DSId", Value: c.id}, {Name: "DSEndpoint", Value: "test"}})
	members.Set("messageId", rand.Text())
	_, v := c.Post("null", &Message{Class: classPrefix + class, Members: members, Sealed: len(members)})
	reply, ok := v.(*Message)
	if !ok {
		c.t.Fatalf("%s: the answer is %v, no message", class, v)
	}
	return reply
}
