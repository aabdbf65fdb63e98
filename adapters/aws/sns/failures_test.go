package sns_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/aws/sns"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// A topic takes messages but for those of which it says something else.
type topic struct {
	fails  map[string]types.BatchResultErrorEntry // by the message's id
	silent bool                                   // it does not answer for what it fails
	err    error
	sizes  []int // of requests
	taken  []string
}

func (q *topic) PublishBatch(_ context.Context, in *awssns.PublishBatchInput, _ ...func(*awssns.Options)) (*awssns.PublishBatchOutput, error) {
	q.sizes = append(q.sizes, len(in.PublishBatchRequestEntries))
	out := &awssns.PublishBatchOutput{}
	for _, e := range in.PublishBatchRequestEntries {
		id := *e.MessageAttributes["patchbay-id"].StringValue
		f, fails := q.fails[id]
		switch {
		case fails && q.silent:
		case fails:
			f.Id = e.Id
			out.Failed = append(out.Failed, f)
		default:
			q.taken = append(q.taken, id)
			out.Successful = append(out.Successful, types.PublishBatchResultEntry{Id: e.Id})
		}
	}
	return out, q.err
}

func messages(t *testing.T, size int, ids ...string) []*core.Message {
	t.Helper()
	var all []*core.Message
	for _, id := range ids {
		body, err := value.PackValue(strings.Repeat("x", size), nil, value.Limits{})
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
		topic topic
		large bool // more than SNS takes
		deaf  bool // nobody takes what is put aside
		err   bool
		aside []string
		taken []string
	}{
		{name: "all is well", taken: []string{"a", "b", "c"}},
		{name: "the whole request", topic: topic{err: errors.New("throttled")}, err: true, taken: []string{"a", "b", "c"}},
		{name: "one for a while", topic: topic{fails: map[string]types.BatchResultErrorEntry{"b": theirs}}, err: true, taken: []string{"a", "c"}},
		{name: "a key that may not be used", topic: topic{fails: map[string]types.BatchResultErrorEntry{"b": keyless}}, err: true, taken: []string{"a", "c"}},
		{name: "one for ever", topic: topic{fails: map[string]types.BatchResultErrorEntry{"b": ours}}, aside: []string{"b"}, taken: []string{"a", "c"}},
		{name: "one for ever, and nobody to take it", topic: topic{fails: map[string]types.BatchResultErrorEntry{"b": ours}}, deaf: true, err: true, taken: []string{"a", "c"}},
		{name: "one without an answer", topic: topic{silent: true, fails: map[string]types.BatchResultErrorEntry{"b": theirs}}, err: true, taken: []string{"a", "c"}},
		{name: "too large", large: true, aside: []string{"a", "b", "c"}},
		{name: "too large, and nobody to take it", large: true, deaf: true, err: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var aside []string
			opts := sns.Options{Origin: "shop"}
			if !c.deaf {
				opts.Aside = func(_ context.Context, m *core.Message, reason error) error {
					if errors.Is(reason, sns.ErrTooLarge) != c.large {
						t.Errorf("put aside since %v", reason)
					}
					aside = append(aside, m.ID)
					return nil
				}
			}
			b, err := sns.New(&c.topic, "arn:aws:sns:us-east-1:1:orders", &opts)
			if err != nil {
				t.Fatal(err)
			}
			size := 200
			if c.large {
				size = 300 << 10
			}
			if err := b.Deliver(t.Context(), 0, messages(t, size, "a", "b", "c")); (err != nil) != c.err {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(c.aside, aside); diff != "" {
				t.Errorf("put aside (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.taken, c.topic.taken); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
		})
	}
}

// No request has more messages, or more bytes, than SNS takes.
func TestBatches(t *testing.T) {
	q := &topic{}
	b, err := sns.New(q, "arn:aws:sns:us-east-1:1:orders", &sns.Options{Origin: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Deliver(t.Context(), 0, messages(t, 200, strings.Split(strings.Repeat("x", 23), "")...)); err != nil {
		t.Fatal(err)
	}
	large := messages(t, 120<<10, "1", "2", "3")
	if err := b.Deliver(t.Context(), 0, large); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{10, 10, 3, 2, 1}, q.sizes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	if b, err := sns.New(&topic{}, "u", &sns.Options{Origin: "a,b"}); err == nil {
		t.Errorf("got %v", b)
	}
}
