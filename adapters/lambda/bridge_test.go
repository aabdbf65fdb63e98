package lambda_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	awsevents "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/aws/eventbridge"
	"github.com/patchbay-go/patchbay/adapters/aws/sns"
	"github.com/patchbay-go/patchbay/adapters/aws/sqs"
	"github.com/patchbay-go/patchbay/adapters/lambda"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A relay stands for all three brokers: it gives what a bridge sends to a function, as an event.
type relay struct {
	t    *testing.T
	app  *lambda.App
	last []byte // the last event
}

func (r *relay) deliver(event any) {
	r.t.Helper()
	b, err := json.Marshal(event)
	if err != nil {
		r.t.Fatal(err)
	}
	r.last = b
	answer, err := r.app.Invoke(r.t.Context(), b)
	if err != nil || (string(answer) != "null" && string(answer) != `{"batchItemFailures":[]}`) {
		r.t.Fatalf("got %s, %v", answer, err)
	}
}

func (r *relay) SendMessageBatch(_ context.Context, in *awssqs.SendMessageBatchInput, _ ...func(*awssqs.Options)) (*awssqs.SendMessageBatchOutput, error) {
	var records []any
	out := &awssqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		attributes := map[string]any{}
		for name, a := range e.MessageAttributes {
			attributes[name] = map[string]any{"stringValue": a.StringValue, "dataType": a.DataType}
		}
		records = append(records, map[string]any{"messageId": "sqs-" + *e.Id, "body": e.MessageBody, "messageAttributes": attributes,
			"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue"})
		out.Successful = append(out.Successful, sqstypes.SendMessageBatchResultEntry{Id: e.Id})
	}
	r.deliver(map[string]any{"Records": records})
	return out, nil
}

func (r *relay) PublishBatch(_ context.Context, in *awssns.PublishBatchInput, _ ...func(*awssns.Options)) (*awssns.PublishBatchOutput, error) {
	var records []any
	out := &awssns.PublishBatchOutput{}
	for _, e := range in.PublishBatchRequestEntries {
		attributes := map[string]any{}
		for name, a := range e.MessageAttributes {
			attributes[name] = map[string]any{"Type": a.DataType, "Value": a.StringValue}
		}
		records = append(records, map[string]any{"EventSource": "aws:sns", "Sns": map[string]any{"MessageId": "sns-" + *e.Id, "Message": e.Message,
			"MessageAttributes": attributes, "TopicArn": "arn:aws:sns:eu-west-1:123456789012:topic"}})
		out.Successful = append(out.Successful, snstypes.PublishBatchResultEntry{Id: e.Id})
	}
	r.deliver(map[string]any{"Records": records})
	return out, nil
}

func (r *relay) PutEvents(_ context.Context, in *awsevents.PutEventsInput, _ ...func(*awsevents.Options)) (*awsevents.PutEventsOutput, error) {
	out := &awsevents.PutEventsOutput{}
	for _, e := range in.Entries {
		r.deliver(map[string]any{"version": "0", "id": "event", "detail-type": e.DetailType, "source": e.Source, "detail": json.RawMessage(*e.Detail)})
		out.Entries = append(out.Entries, eventtypes.PutEventsResultEntry{})
	}
	return out, nil
}

// What one deployment's bridge sends, another one's function publishes whole: id, destination, subtopic, headers and body; and a function of
// the deployment that it came from drops it.
func TestBridgesIntoFunctions(t *testing.T) {
	type deliver = func(ctx context.Context, shard int, messages []*core.Message) error
	for _, c := range []struct {
		name string
		make func(r *relay) (deliver, error)
	}{
		{"SQS", func(r *relay) (deliver, error) {
			b, err := sqs.New(r, "https://sqs.example/queue", &sqs.Options{Origin: "there"})
			return b.Deliver, err
		}},
		{"SQS as it is", func(r *relay) (deliver, error) {
			b, err := sqs.New(r, "https://sqs.example/queue", &sqs.Options{Origin: "there", AsIs: true})
			return b.Deliver, err
		}},
		{"SNS", func(r *relay) (deliver, error) {
			b, err := sns.New(r, "arn:aws:sns:eu-west-1:123456789012:topic", &sns.Options{Origin: "there"})
			return b.Deliver, err
		}},
		{"SNS as it is", func(r *relay) (deliver, error) {
			b, err := sns.New(r, "arn:aws:sns:eu-west-1:123456789012:topic", &sns.Options{Origin: "there", AsIs: true})
			return b.Deliver, err
		}},
		{"EventBridge", func(r *relay) (deliver, error) {
			b, err := eventbridge.New(r, "bus", &eventbridge.Options{Origin: "there"})
			return b.Deliver, err
		}},
	} {
		for name, body := range map[string]any{"text": "hello ü", "bytes": []byte{0, 0xff}, "map": map[string]any{"n": 1.0}} {
			t.Run(c.name+" "+name, func(t *testing.T) {
				packed, err := value.PackValue(body, nil, value.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				m := &core.Message{ID: "M-1", Destination: "news", Subtopics: []string{"a.b"}, Headers: map[string]any{"n": 1.0}, Body: packed,
					Timestamp: time.Now(), Expires: time.Now().Add(time.Minute)}
				set := newsSet(t)
				r := &relay{t: t, app: lambda.New(set, &lambda.Options{Origin: "here", Sources: []lambda.Source{{Destinations: []string{"news"}}}})}
				deliver, err := c.make(r)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // a bridge may repeat itself
					if err := deliver(t.Context(), 0, []*core.Message{m}); err != nil {
						t.Fatal(err)
					}
				}
				if name == "bytes" && (c.name == "SQS" || c.name == "SNS" || c.name == "EventBridge") {
					body = "AP8=" // in JSON, bytes are a text
				}
				want := []published{{ID: "M-1", Subs: []string{"a.b"}, Body: body, Headers: map[string]any{"n": 1.0, core.ViaHeader: "there"}}}
				if diff := cmp.Diff(want, log(t, set, "news")); diff != "" {
					t.Errorf("published (-want +got):\n%s", diff)
				}
				home := newsSet(t)
				back := lambda.New(home, &lambda.Options{Origin: "there", Sources: []lambda.Source{{Destinations: []string{"news"}}}})
				if _, err := back.Invoke(t.Context(), r.last); err != nil || len(log(t, home, "news")) != 0 {
					t.Errorf("it came back to where it was published: %v", err)
				}
			})
		}
	}
}
