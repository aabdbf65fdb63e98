//go:build peers

package sns_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	awssns "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/patchbay-go/patchbay/adapters/aws/internal/awstest"
	"github.com/patchbay-go/patchbay/adapters/aws/sns"
)

// What is published reaches a queue that subscribes to the topic, whole, with SNS's wrapper and without.
func TestTopic(t *testing.T) {
	cfg := awstest.Config(t)
	client := awssns.NewFromConfig(cfg)
	for _, name := range []string{"orders", "orders.fifo"} {
		for _, raw := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s raw %t", name, raw), func(t *testing.T) {
				name := fmt.Sprintf("%t-%s", raw, name)
				q := awstest.NewQueue(t, cfg, name)
				attributes := map[string]string{}
				if strings.HasSuffix(name, ".fifo") {
					attributes["FifoTopic"] = "true"
				}
				topic, err := client.CreateTopic(t.Context(), &awssns.CreateTopicInput{Name: &name, Attributes: attributes})
				if err != nil {
					t.Fatal(err)
				}
				protocol := "sqs"
				_, err = client.Subscribe(t.Context(), &awssns.SubscribeInput{
					TopicArn: topic.TopicArn, Protocol: &protocol, Endpoint: &q.ARN, Attributes: map[string]string{"RawMessageDelivery": fmt.Sprint(raw)},
				})
				if err != nil {
					t.Fatal(err)
				}
				b, err := sns.New(client, *topic.TopicArn, &sns.Options{Origin: "shop"})
				if err != nil {
					t.Fatal(err)
				}
				sent := awstest.Publish(t, b.Deliver, 24)
				came := map[string]map[string]string{}
				for _, m := range q.Receive(len(sent)) {
					data, attributes := *m.Body, awstest.Attributes(m)
					if !raw {
						data, attributes = unwrap(t, data)
					}
					if attributes["patchbay-destination"] != "orders" || attributes["patchbay-via"] != "shop" {
						t.Errorf("attributes: got %v", attributes)
					}
					came[data] = attributes
				}
				awstest.CheckWhole(t, sent, came)
			})
		}
	}
}

// unwrap takes a message out of what SNS wraps it in.
func unwrap(t *testing.T, body string) (data string, attributes map[string]string) {
	t.Helper()
	var wrapper struct {
		Message           string
		MessageAttributes map[string]struct{ Value string }
	}
	if err := json.Unmarshal([]byte(body), &wrapper); err != nil {
		t.Fatal(err)
	}
	attributes = map[string]string{}
	for name, v := range wrapper.MessageAttributes {
		attributes[name] = v.Value
	}
	return wrapper.Message, attributes
}
