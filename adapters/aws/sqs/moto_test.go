//go:build peers

package sqs_test

import (
	"fmt"
	"testing"

	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/patchbay-go/patchbay/adapters/aws/internal/awstest"
	"github.com/patchbay-go/patchbay/adapters/aws/sqs"
)

// What is published reaches the queue, whole, more of it than one request takes, and to a FIFO queue in the order of each topic.
func TestQueue(t *testing.T) {
	cfg := awstest.Config(t)
	for _, name := range []string{"orders", "orders.fifo"} {
		for _, asIs := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s as it is %t", name, asIs), func(t *testing.T) {
				q := awstest.NewQueue(t, cfg, fmt.Sprintf("%t-%s", asIs, name))
				b, err := sqs.New(awssqs.NewFromConfig(cfg), q.URL, &sqs.Options{Origin: "shop", AsIs: asIs})
				if err != nil {
					t.Fatal(err)
				}
				sent := awstest.Publish(t, b.Deliver, 24)
				came := map[string]map[string]string{}
				last := map[string]int{}
				place := map[string]int{}
				for i, m := range sent {
					place[m.ID] = i
				}
				for _, m := range q.Receive(len(sent)) {
					a := awstest.Attributes(m)
					came[*m.Body] = a
					if name != "orders.fifo" {
						continue
					}
					if group := m.Attributes["MessageGroupId"]; len(group) != 64 && group != "orders" { // a space is none that it may have
						t.Errorf("group %q", group)
					}
					i, topic := place[a["patchbay-id"]], a["patchbay-subtopic"]
					if i < last[topic] {
						t.Errorf("of %s, message %d came behind %d", topic, i, last[topic])
					}
					last[topic] = i
				}
				awstest.CheckWhole(t, sent, came)
			})
		}
	}
}
