package eventbridge_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsevents "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/adapters/aws/eventbridge"
	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

var idIn = regexp.MustCompile(`"id":"(.*?)"`)

// A bus takes messages but for those of which it says something else.
type bus struct {
	fails  map[string]types.PutEventsResultEntry // by the message's id
	silent bool                                  // it does not answer for what it fails
	err    error
	sizes  []int // of requests
	taken  []string
}

func (q *bus) PutEvents(_ context.Context, in *awsevents.PutEventsInput, _ ...func(*awsevents.Options)) (*awsevents.PutEventsOutput, error) {
	q.sizes = append(q.sizes, len(in.Entries))
	out := &awsevents.PutEventsOutput{}
	for _, e := range in.Entries {
		id := idIn.FindStringSubmatch(*e.Detail)[1]
		f, fails := q.fails[id]
		switch {
		case fails && q.silent:
		case fails:
			out.Entries = append(out.Entries, f)
		default:
			q.taken = append(q.taken, id)
			out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String("1")})
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
	ours := types.PutEventsResultEntry{ErrorCode: aws.String("MalformedDetail")}
	theirs := types.PutEventsResultEntry{ErrorCode: aws.String("InternalFailure")}
	for _, c := range []struct {
		name  string
		bus   bus
		large bool // more than EventBridge takes
		deaf  bool // nobody takes what is put aside
		err   bool
		aside []string
		taken []string
	}{
		{name: "all is well", taken: []string{"a", "b", "c"}},
		{name: "the whole request", bus: bus{err: errors.New("throttled")}, err: true, taken: []string{"a", "b", "c"}},
		{name: "one for a while", bus: bus{fails: map[string]types.PutEventsResultEntry{"b": theirs}}, err: true, taken: []string{"a", "c"}},
		{name: "one for ever", bus: bus{fails: map[string]types.PutEventsResultEntry{"b": ours}}, aside: []string{"b"}, taken: []string{"a", "c"}},
		{name: "one for ever, and nobody to take it", bus: bus{fails: map[string]types.PutEventsResultEntry{"b": ours}}, deaf: true, err: true, taken: []string{"a", "c"}},
		{name: "one without an answer", bus: bus{silent: true, fails: map[string]types.PutEventsResultEntry{"b": theirs}}, err: true, taken: []string{"a", "c"}},
		{name: "too large", large: true, aside: []string{"a", "b", "c"}},
		{name: "too large, and nobody to take it", large: true, deaf: true, err: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var aside []string
			opts := eventbridge.Options{Origin: "shop"}
			if !c.deaf {
				opts.Aside = func(_ context.Context, m *core.Message, reason error) error {
					if errors.Is(reason, eventbridge.ErrTooLarge) != c.large {
						t.Errorf("put aside since %v", reason)
					}
					aside = append(aside, m.ID)
					return nil
				}
			}
			b, err := eventbridge.New(&c.bus, "arn:aws:sns:us-east-1:1:orders", &opts)
			if err != nil {
				t.Fatal(err)
			}
			size := 200
			if c.large {
				size = 2 << 20
			}
			if err := b.Deliver(t.Context(), 0, messages(t, size, "a", "b", "c")); (err != nil) != c.err {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(c.aside, aside); diff != "" {
				t.Errorf("put aside (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.taken, c.bus.taken); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
		})
	}
}

// No request has more messages, or more bytes, than EventBridge takes.
func TestBatches(t *testing.T) {
	q := &bus{}
	b, err := eventbridge.New(q, "arn:aws:sns:us-east-1:1:orders", &eventbridge.Options{Origin: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Deliver(t.Context(), 0, messages(t, 200, strings.Split(strings.Repeat("x", 23), "")...)); err != nil {
		t.Fatal(err)
	}
	large := messages(t, 500<<10, "1", "2", "3")
	if err := b.Deliver(t.Context(), 0, large); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{10, 10, 3, 2, 1}, q.sizes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	if b, err := eventbridge.New(&bus{}, "u", &eventbridge.Options{Origin: "a,b"}); err == nil {
		t.Errorf("got %v", b)
	}
}
