//go:build peers

// Package awstest is what the tests of the bridges to AWS have in common: a server that stands in for AWS, a queue to look into, and what
// publishes.
package awstest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/patchbay-go/patchbay/adapters/internal/envelope"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
	"github.com/patchbay-go/patchbay/stores/memory"
	"github.com/patchbay-go/patchbay/tests/servers"
)

// Config is for clients of a server that runs until the test ends.
func Config(t *testing.T) aws.Config {
	t.Helper()
	return aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		BaseEndpoint: aws.String("http://" + servers.Run(t, servers.Moto()).Address),
	}
}

// A Queue is one of SQS's.
type Queue struct {
	URL, ARN string

	t      *testing.T
	client *sqs.Client
}

// NewQueue makes a queue.
func NewQueue(t *testing.T, cfg aws.Config, name string) *Queue {
	t.Helper()
	q := &Queue{t: t, client: sqs.NewFromConfig(cfg), ARN: "arn:aws:sqs:us-east-1:123456789012:" + name}
	in := &sqs.CreateQueueInput{QueueName: &name}
	if strings.HasSuffix(name, ".fifo") {
		in.Attributes = map[string]string{"FifoQueue": "true"}
	}
	out, err := q.client.CreateQueue(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	q.URL = *out.QueueUrl
	return q
}

// Receive takes so many messages off the queue, in its order, and fails where more are left.
func (q *Queue) Receive(n int) []types.Message {
	q.t.Helper()
	var all []types.Message
	for late := time.Now().Add(20 * time.Second); ; {
		out, err := q.client.ReceiveMessage(q.t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &q.URL, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			q.t.Fatal(err)
		}
		all = append(all, out.Messages...)
		for _, m := range out.Messages {
			if _, err := q.client.DeleteMessage(q.t.Context(), &sqs.DeleteMessageInput{QueueUrl: &q.URL, ReceiptHandle: m.ReceiptHandle}); err != nil {
				q.t.Fatal(err)
			}
		}
		if len(out.Messages) == 0 && (len(all) >= n || time.Now().After(late)) {
			break
		}
	}
	if len(all) != n {
		q.t.Fatalf("got %d messages, want %d", len(all), n)
	}
	return all
}

// Attributes are those of a message.
func Attributes(m types.Message) map[string]string {
	all := map[string]string{}
	for name, v := range m.MessageAttributes {
		all[name] = aws.ToString(v.StringValue)
	}
	return all
}

// Publish publishes n messages, to three subtopics in turn, into a set with a bridge, and then one of text that is hard to carry. It returns all.
func Publish(t *testing.T, deliver func(context.Context, int, []*core.Message) error, n int) []*core.Message {
	t.Helper()
	set := newSet(t)
	f := &core.Follower{Name: "out", Destination: "orders", Replay: true, Deliver: deliver}
	var all []*core.Message
	for i := range n + 1 {
		p := &core.Publication{
			Topic: core.Topic{Destination: "orders", Subtopic: fmt.Sprintf("s%d", i%3)}, Body: map[string]any{"number": i}, Headers: map[string]any{"h": "v"},
		}
		if i == n {
			p.Body = map[string]any{"text": "\x00 \ufffe <&> \U0001F600"}
			p.Topic.Subtopic = "\x01\ufffe"
		}
		m, err := set.Publish(t.Context(), nil, p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	if err := set.Follow(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return all
}

func newSet(t *testing.T) *core.ChannelSet {
	t.Helper()
	set := core.NewChannelSet(core.NewServiceMapper(), memory.New(nil), nil).AddDestination(&core.Destination{Name: "orders"})
	t.Cleanup(func() { _ = set.Close() })
	return set
}

// CheckWhole fails unless what came is what was sent, when it is published elsewhere: data and attributes, in any order.
func CheckWhole(t *testing.T, sent []*core.Message, came map[string]map[string]string) {
	t.Helper()
	set := newSet(t)
	in := envelope.Inlet{Set: set, Origin: "elsewhere", Named: []string{"orders"}}
	for data, attributes := range came {
		if fate, err := in.Take(t.Context(), &envelope.Arrival{Data: []byte(data), Attributes: attributes}); err != nil || fate != envelope.Published {
			t.Fatalf("%s: got %q, %v", data, fate, err)
		}
	}
	got := map[string]string{}
	look := &core.Follower{Name: "look", Destination: "orders", Replay: true, Deliver: func(_ context.Context, _ int, messages []*core.Message) error {
		for _, m := range messages {
			delete(m.Headers, core.ViaHeader)
			got[m.ID] = text(t, m)
		}
		return nil
	}}
	if err := set.Follow(t.Context(), look); err != nil {
		t.Fatal(err)
	}
	for _, m := range sent {
		if want := text(t, m); got[m.ID] != want {
			t.Errorf("message %s: got %s, want %s", m.ID, got[m.ID], want)
		}
	}
	if len(got) != len(sent) {
		t.Errorf("got %d messages, want %d", len(got), len(sent))
	}
}

// text is all of a message that crosses.
func text(t *testing.T, m *core.Message) string {
	t.Helper()
	var body any
	if err := m.Body.Bind(&body, nil, value.Limits{}); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal([]any{m.Destination, m.Subtopics, body, m.Headers, m.Expires.UnixMilli() / 1000})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
