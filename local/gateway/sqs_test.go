package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-go/patchbay/local"
)

// A consumer is a function for queues: it hands each event on, and answers what it gets for it.
type consumer struct {
	got    chan events.SQSEvent
	answer chan string // JSON, or "fail"
}

func newConsumer() *consumer {
	return &consumer{got: make(chan events.SQSEvent), answer: make(chan string)}
}

func (c *consumer) Invoke(ctx context.Context, event []byte) (*local.Result, error) {
	var e events.SQSEvent
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	select {
	case c.got <- e:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case text := <-c.answer:
		if text == "fail" {
			return nil, errors.New("cannot")
		}
		return &local.Result{Payload: []byte(text)}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A clock goes when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// queues opens an SQS door whose ids count up.
func queues(t *testing.T, opts *SQSOptions) (*SQS, *consumer, *clock, string) {
	t.Helper()
	c := newConsumer()
	now := &clock{now: noon}
	opts.Now = now.Now
	n := 0
	var mu sync.Mutex
	opts.NewID = func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprintf("id-%d", n)
	}
	s := NewSQS(c, opts)
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	return s, c, now, server.URL
}

// call asks a door for something and returns status and answer.
func call(t *testing.T, method, url, target, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if target != "" {
		req.Header.Set("X-Amz-Target", "AmazonSQS."+target)
		req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func post(t *testing.T, url, body string) string {
	t.Helper()
	status, answer := call(t, http.MethodPost, url, "", body)
	if status != http.StatusOK {
		t.Fatalf("%s: got %d %s", url, status, answer)
	}
	return answer
}

// wakeUp has a queue look at the time again.
func wakeUp(s *SQS, name string) { s.queue(name).signal() }

func bodies(e events.SQSEvent) string {
	var all []string
	for _, r := range e.Records {
		all = append(all, r.Body)
	}
	return strings.Join(all, " ")
}

// settled waits until a queue has so many messages, of any kind.
func settled(t *testing.T, s *SQS, name string, waiting, hidden, dead int) {
	t.Helper()
	var w, h, d int
	for range 2000 {
		w, h, d = s.queue(name).counts(s.opts.Now())
		if w == waiting && h == hidden && d == dead {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("queue %s has %d waiting, %d hidden, %d dead, want %d, %d, %d", name, w, h, d, waiting, hidden, dead)
}

// The event is the one of https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, by way of an SDK's call.
func TestSQSEvent(t *testing.T) {
	_, c, _, url := queues(t, &SQSOptions{})
	status, answer := call(t, http.MethodPost, url, "SendMessage", `{"QueueUrl": "`+url+`/123456789012/jobs", "MessageBody": "work",
		"MessageAttributes": {"n": {"DataType": "Number", "StringValue": "5"}, "b": {"DataType": "Binary", "BinaryValue": "AAE="}}}`)
	want := `{"MessageId":"id-1","MD5OfMessageBody":"67e92c8765a9bc7fb2d335c459de9eb5","MD5OfMessageAttributes":"` + md5OfTwo + `"}`
	if status != http.StatusOK || answer != want {
		t.Errorf("answer: got %d %s, want %s", status, answer, want)
	}
	got := <-c.got
	c.answer <- "null"
	five := "5"
	wantEvent := events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: "id-1", ReceiptHandle: "id-2", Body: "work", Md5OfBody: "67e92c8765a9bc7fb2d335c459de9eb5", Md5OfMessageAttributes: md5OfTwo,
		Attributes: map[string]string{
			"ApproximateReceiveCount": "1", "SentTimestamp": "1795341600000", "SenderId": "123456789012", "ApproximateFirstReceiveTimestamp": "1795341600000",
		},
		MessageAttributes: map[string]events.SQSMessageAttribute{
			"n": {StringValue: &five, StringListValues: []string{}, BinaryListValues: [][]byte{}, DataType: "Number"},
			"b": {BinaryValue: []byte{0, 1}, StringListValues: []string{}, BinaryListValues: [][]byte{}, DataType: "Binary"},
		},
		EventSource: "aws:sqs", EventSourceARN: "arn:aws:sqs:us-east-1:123456789012:jobs", AWSRegion: "us-east-1",
	}}}
	if diff := cmp.Diff(wantEvent, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// md5OfTwo is the digest of the attributes b (binary 00 01) and n (number 5), as AWS's documentation has it computed.
const md5OfTwo = "323ff500ae4fab048bad3edfdb23e904"

func TestSQSDelivery(t *testing.T) {
	t.Run("a failed batch comes again when it is visible, and in the end is dead", func(t *testing.T) {
		s, c, now, url := queues(t, &SQSOptions{MaxReceives: 2, Visibility: time.Minute})
		post(t, url+"/q", "a")
		<-c.got
		c.answer <- "fail"
		settled(t, s, "q", 0, 1, 0)
		now.advance(time.Minute)
		wakeUp(s, "q")
		if e := <-c.got; e.Records[0].Attributes["ApproximateReceiveCount"] != "2" {
			t.Errorf("got %v, want the second delivery", e.Records[0].Attributes)
		}
		c.answer <- "fail"
		settled(t, s, "q", 0, 1, 0)
		now.advance(time.Minute)
		wakeUp(s, "q")
		settled(t, s, "q", 0, 0, 1)
	})
	t.Run("a part of a batch has failed", func(t *testing.T) {
		s, c, now, url := queues(t, &SQSOptions{Visibility: time.Minute})
		call(t, http.MethodPost, url, "SendMessageBatch", `{"QueueUrl": "q", "Entries": [{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": ""}]}`)
		e := <-c.got
		c.answer <- `{"batchItemFailures": [{"itemIdentifier": "` + e.Records[0].MessageId + `"}]}`
		settled(t, s, "q", 0, 1, 0)
		now.advance(time.Minute)
		wakeUp(s, "q")
		if e := <-c.got; bodies(e) != "a" {
			t.Errorf("got %q again", bodies(e))
		}
		c.answer <- `{"batchItemFailures": []}`
		settled(t, s, "q", 0, 0, 0)
	})
	for _, answer := range []string{`{"batchItemFailures": [{"itemIdentifier": ""}]}`, `{"batchItemFailures": [{"itemIdentifier": "other"}]}`,
		`{"batchItemFailures": [{"wrong": "x"}]}`, `{"batchItemFailures": "x"}`} {
		t.Run("the whole batch has failed: "+answer, func(t *testing.T) {
			s, c, _, url := queues(t, &SQSOptions{})
			post(t, url+"/q", "a")
			<-c.got
			c.answer <- answer
			settled(t, s, "q", 0, 1, 0)
		})
	}
	for _, answer := range []string{`null`, `{}`, `"done"`, `{"batchItemFailures": null}`, `nonsense`} {
		t.Run("the batch is done: "+answer, func(t *testing.T) {
			s, c, _, url := queues(t, &SQSOptions{})
			post(t, url+"/q", "a")
			<-c.got
			c.answer <- answer
			settled(t, s, "q", 0, 0, 0)
		})
	}
	t.Run("delay", func(t *testing.T) {
		s, c, now, url := queues(t, &SQSOptions{})
		call(t, http.MethodPost, url, "SendMessage", `{"QueueUrl": "q", "MessageBody": "a", "DelaySeconds": 5}`)
		settled(t, s, "q", 0, 1, 0)
		now.advance(5 * time.Second)
		wakeUp(s, "q")
		<-c.got
		c.answer <- "null"
		settled(t, s, "q", 0, 0, 0)
	})
}

// A message that became visible while the function had it goes out again, and who had it first cannot delete it any more.
func TestLateDeliveryDeletesNothing(t *testing.T) {
	q := &queue{name: "q", opts: (&SQSOptions{Visibility: time.Minute}).withDefaults(), wake: make(chan struct{}, 1)}
	q.add(&queued{id: "1", body: "a"}, noon, 0)
	first, _ := q.take(noon)
	if again, _ := q.take(noon.Add(59 * time.Second)); len(again) != 0 {
		t.Errorf("got %v while it was hidden", again)
	}
	second, _ := q.take(noon.Add(time.Minute))
	q.done(first, nil)
	if _, hidden, _ := q.counts(noon); hidden != 1 {
		t.Error("the first delivery deleted what the second had")
	}
	q.done(second, nil)
	if waiting, hidden, _ := q.counts(noon); waiting+hidden != 0 {
		t.Error("the second delivery did not delete it")
	}
}

// An event has no more messages than Lambda takes bytes, whatever the batch size says: they would all become dead letters.
func TestSQSLargeMessages(t *testing.T) {
	q := &queue{name: "q", opts: (*SQSOptions)(nil).withDefaults(), wake: make(chan struct{}, 1), sent: map[string]duplicate{}}
	for range 10 {
		q.add(&queued{id: "m", body: strings.Repeat(`"`, 500_000)}, noon, 0) // which takes two bytes in JSON
	}
	var sizes []int
	for range 2 {
		batch, _ := q.take(noon)
		sizes = append(sizes, len(batch))
		event, err := encode(sqsEvent(q, batch))
		if err != nil || len(event) > local.MaxPayload {
			t.Errorf("an event of %d messages has %d bytes, %v", len(batch), len(event), err)
		}
	}
	if diff := cmp.Diff([]int{6, 4}, sizes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Messages of one group come in order and one batch at a time, those of others at once; what has been sent already is not sent again.
func TestFIFO(t *testing.T) {
	s, c, now, url := queues(t, &SQSOptions{BatchSize: 1, Visibility: time.Minute})
	first := post(t, url+"/q.fifo?MessageGroupId=g", "g1")
	post(t, url+"/q.fifo?MessageGroupId=g", "g2")
	post(t, url+"/q.fifo?MessageGroupId=h", "h1")
	if again := post(t, url+"/q.fifo?MessageGroupId=g", "g1"); again != first {
		t.Errorf("the same again: got %s, want %s", again, first)
	}
	seen := map[string]bool{}
	var e events.SQSEvent
	for range 2 {
		e = <-c.got
		seen[bodies(e)] = true
	}
	if !seen["g1"] || !seen["h1"] {
		t.Fatalf("got %v, want the first of each group", seen)
	}
	if a := e.Records[0].Attributes; a["MessageGroupId"] == "" || a["SequenceNumber"] == "" || a["MessageDeduplicationId"] == "" {
		t.Errorf("attributes: got %v", a)
	}
	c.answer <- "fail"
	c.answer <- "fail"
	settled(t, s, "q.fifo", 1, 2, 0) // g2 waits behind g1, which is hidden
	now.advance(time.Minute)
	wakeUp(s, "q.fifo")
	for range 2 {
		e := <-c.got
		if bodies(e) == "g2" {
			t.Error("g2 overtook g1")
		}
	}
	c.answer <- "null"
	c.answer <- "null"
	if e := <-c.got; bodies(e) != "g2" {
		t.Errorf("got %s, want g2", bodies(e))
	}
	c.answer <- "null"
	settled(t, s, "q.fifo", 0, 0, 0)
}

func TestSQSRefusals(t *testing.T) {
	s := NewSQS(waiting{}, nil)
	defer s.Close()
	server := httptest.NewServer(s)
	defer server.Close()
	url := server.URL
	for _, row := range []struct{ target, body, want string }{
		{"SendMessage", `{"QueueUrl": "q"}`, "MissingParameter"},
		{"SendMessage", `{"QueueUrl": "q.fifo", "MessageBody": "a"}`, "MessageGroupId"},
		{"SendMessage", `{"QueueUrl": "q", "MessageBody": "` + strings.Repeat("a", maxMessageBytes+1) + `"}`, "shorter than 1048576 bytes"},
		{"SendMessage", `{"QueueUrl": "q", "MessageBody": "a", "DelaySeconds": 901}`, "DelaySeconds"},
		{"SendMessage", `{"MessageBody": "a"}`, "NonExistentQueue"},
		{"SendMessage", `[`, "no JSON"},
		{"SendMessageBatch", `{"QueueUrl": "q", "Entries": []}`, "EmptyBatchRequest"},
		{"SendMessageBatch", `{"QueueUrl": "q", "Entries": [{},{},{},{},{},{},{},{},{},{},{}]}`, "TooManyEntriesInBatchRequest"},
		{"ReceiveMessage", `{"QueueUrl": "q"}`, "UnsupportedOperation"},
	} {
		if status, answer := call(t, http.MethodPost, url, row.target, row.body); status != http.StatusBadRequest || !strings.Contains(answer, row.want) || !strings.Contains(answer, `"__type"`) {
			t.Errorf("%s %.60s: got %d %s, want %s", row.target, row.body, status, answer, row.want)
		}
	}
	if status, answer := call(t, http.MethodPost, url, "GetQueueUrl", `{"QueueName": "q"}`); status != http.StatusOK || !strings.HasSuffix(answer, `/123456789012/q"}`) {
		t.Errorf("GetQueueUrl: got %d %s", status, answer)
	}
	if status, answer := call(t, http.MethodPost, url, "GetQueueAttributes", `{"QueueUrl": "q"}`); status != http.StatusOK || !strings.Contains(answer, `"ApproximateNumberOfMessages":"0"`) {
		t.Errorf("GetQueueAttributes: got %d %s", status, answer)
	}
}

// AWS's own client, which checks the digests, is content with what it is told.
func TestSQSByItsSDK(t *testing.T) {
	_, c, _, url := queues(t, &SQSOptions{})
	client := sqs.New(sqs.Options{BaseEndpoint: &url, Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, RetryMaxAttempts: 1})
	name, body, kind, value := "jobs", "work", "String", "ü"
	found, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: found.QueueUrl, MessageBody: &body,
		MessageAttributes: map[string]types.MessageAttributeValue{"a": {DataType: &kind, StringValue: &value}},
	}); err != nil {
		t.Fatal(err)
	}
	if e := <-c.got; bodies(e) != "work" || *e.Records[0].MessageAttributes["a"].StringValue != "ü" {
		t.Errorf("got %+v", e)
	}
	c.answer <- "null"
	sent, err := client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: found.QueueUrl, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("1"), MessageBody: &body}, {Id: aws.String("2"), MessageBody: aws.String("")},
	}})
	if err != nil || len(sent.Successful) != 1 || len(sent.Failed) != 1 {
		t.Errorf("batch: got %+v, %v", sent, err)
	}
	<-c.got
	c.answer <- "null"
	_, err = client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: found.QueueUrl})
	if unsupported, ok := errors.AsType[*types.UnsupportedOperation](err); !ok {
		t.Errorf("receive: got %v, %v", unsupported, err)
	}
}
