package sqs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/aws/sqs"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A queue takes messages but for those of which it says something else.
type queue struct {
	fails  map[string]types.BatchResultErrorEntry // by the message's id
	silent bool                                   // it does not answer for what it fails
	err    error
	sizes  []int // of requests
	taken  []string
}

func (q *queue) SendMessageBatch(_ context.Context, in *awssqs.SendMessageBatchInput, _ ...func(*awssqs.Options)) (*awssqs.SendMessageBatchOutput, error) {
	q.sizes = append(q.sizes, len(in.Entries))
	out := &awssqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		id := *e.MessageAttributes["patchbay-id"].StringValue
		f, fails := q.fails[id]
		switch {
		case fails && q.silent:
		case fails:
			f.Id = e.Id
			out.Failed = append(out.Failed, f)
		default:
			q.taken = append(q.taken, id)
			out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: e.Id})
		}
	}
	return out, q.err
}

func messages(t *testing.T, ids ...string) []*core.Message {
	t.Helper()
	var all []*core.Message
	for _, id := range ids {
		body, err := value.PackValue(strings.Repeat("x", 200), nil, value.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &core.Message{ID: id, Destination: "orders", Body: body, Timestamp: time.Now(), Expires: time.Now().Add(time.Minute)})
	}
	return all
}

// What one request cannot take comes again or is put aside, and the others go.
func TestFailures(t *testing.T) {
	ours := types.BatchResultErrorEntry{Code: aws.String("InvalidMessageContents"), SenderFault: true}
	keyless := types.BatchResultErrorEntry{Code: aws.String("KMS.AccessDeniedException"), SenderFault: true}
	theirs := types.BatchResultErrorEntry{Code: aws.String("InternalError")}
	for _, c := range []struct {
		name  string
		queue queue
		opts  sqs.Options
		deaf  bool // nobody takes what is put aside
		err   bool
		aside []string
		taken []string
	}{
		{name: "all is well", taken: []string{"a", "b", "c"}},
		{name: "the whole request", queue: queue{err: errors.New("throttled")}, err: true, taken: []string{"a", "b", "c"}},
		{name: "one for a while", queue: queue{fails: map[string]types.BatchResultErrorEntry{"b": theirs}}, err: true, taken: []string{"a", "c"}},
		{name: "a key that may not be used", queue: queue{fails: map[string]types.BatchResultErrorEntry{"b": keyless}}, err: true, taken: []string{"a", "c"}},
		{name: "one for ever", queue: queue{fails: map[string]types.BatchResultErrorEntry{"b": ours}}, aside: []string{"b"}, taken: []string{"a", "c"}},
		{name: "one for ever, and nobody to take it", queue: queue{fails: map[string]types.BatchResultErrorEntry{"b": ours}}, deaf: true, err: true, taken: []string{"a", "c"}},
		{name: "one without an answer", queue: queue{silent: true, fails: map[string]types.BatchResultErrorEntry{"b": theirs}}, err: true, taken: []string{"a", "c"}},
		{name: "too large", opts: sqs.Options{MaxBytes: 300}, aside: []string{"a", "b", "c"}},
		{name: "too large, and nobody to take it", opts: sqs.Options{MaxBytes: 300}, deaf: true, err: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var aside []string
			c.opts.Origin = "shop"
			if !c.deaf {
				c.opts.Aside = func(_ context.Context, m *core.Message, reason error) error {
					if errors.Is(reason, sqs.ErrTooLarge) != (c.opts.MaxBytes > 0) {
						t.Errorf("put aside since %v", reason)
					}
					aside = append(aside, m.ID)
					return nil
				}
			}
			b, err := sqs.New(&c.queue, "https://sqs.example/1/orders", &c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Deliver(t.Context(), 0, messages(t, "a", "b", "c")); (err != nil) != c.err {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(c.aside, aside); diff != "" {
				t.Errorf("put aside (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.taken, c.queue.taken); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
		})
	}
}

// No request has more messages, or more bytes, than SQS takes.
func TestBatches(t *testing.T) {
	q := &queue{}
	b, err := sqs.New(q, "https://sqs.example/1/orders", &sqs.Options{Origin: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Deliver(t.Context(), 0, messages(t, strings.Split(strings.Repeat("x", 23), "")...)); err != nil {
		t.Fatal(err)
	}
	large := messages(t, "1", "2", "3")
	for _, m := range large {
		if m.Body, err = value.PackValue(strings.Repeat("x", 500<<10), nil, value.Limits{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Deliver(t.Context(), 0, large); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{10, 10, 3, 2, 1}, q.sizes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	if b, err := sqs.New(&queue{}, "u", &sqs.Options{Origin: "a,b"}); err == nil {
		t.Errorf("got %v", b)
	}
}
