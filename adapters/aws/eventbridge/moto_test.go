//go:build peers

package eventbridge_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsevents "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/patchbay-go/patchbay/adapters/aws/eventbridge"
	"github.com/patchbay-go/patchbay/adapters/aws/internal/awstest"
)

// What is published reaches a queue that a rule of the bus sends it to, whole, as an event of ours.
func TestBus(t *testing.T) {
	cfg := awstest.Config(t)
	client := awsevents.NewFromConfig(cfg)
	q := awstest.NewQueue(t, cfg, "events")
	if _, err := client.CreateEventBus(t.Context(), &awsevents.CreateEventBusInput{Name: aws.String("shop")}); err != nil {
		t.Fatal(err)
	}
	_, err := client.PutRule(t.Context(), &awsevents.PutRuleInput{
		Name: aws.String("all"), EventBusName: aws.String("shop"), EventPattern: aws.String(`{"source": ["patchbay"], "detail-type": ["orders"]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.PutTargets(t.Context(), &awsevents.PutTargetsInput{
		Rule: aws.String("all"), EventBusName: aws.String("shop"), Targets: []types.Target{{Id: aws.String("queue"), Arn: &q.ARN}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := eventbridge.New(client, "shop", &eventbridge.Options{Origin: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	sent := awstest.Publish(t, b.Deliver, 24)
	came := map[string]map[string]string{}
	for _, m := range q.Receive(len(sent)) {
		var event struct {
			Source     string          `json:"source"`
			DetailType string          `json:"detail-type"`
			Detail     json.RawMessage `json:"detail"`
		}
		if err := json.Unmarshal([]byte(*m.Body), &event); err != nil {
			t.Fatal(err)
		}
		if event.Source != "patchbay" || event.DetailType != "orders" {
			t.Errorf("got source %q, detail type %q", event.Source, event.DetailType)
		}
		came[string(event.Detail)] = nil
	}
	awstest.CheckWhole(t, sent, came)
}
