package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"
)

// The quotas of a message and of a call that sends several.
const (
	maxMessageBytes = 1 << 20
	maxBatchEntries = 10
	maxDelay        = 900 // seconds
)

// An sqsError is one that SQS's clients know by its code.
type sqsError struct{ Code, Message string }

func (e *sqsError) Error() string { return e.Message }

// ServeHTTP takes SendMessage, SendMessageBatch, GetQueueUrl and GetQueueAttributes as AWS's SDKs send them (AWS JSON 1.0; signatures are not
// looked at), a POST to /QUEUE whose body is a message, and a GET of /QUEUE that tells how many there are.
func (s *SQS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2*maxMessageBytes)) // one message in base64, or with escapes
	if err != nil {
		sqsRefuse(w, &sqsError{"InvalidParameterValue", "the request is too large"})
		return
	}
	answer, err := s.call(r, body)
	if err != nil {
		sqsRefuse(w, err)
		return
	}
	answerJSON(w, http.StatusOK, answer)
}

func (s *SQS) call(r *http.Request, body []byte) (any, error) {
	if s.opts.Faults.Throttle() {
		return nil, &sqsError{"RequestThrottled", "Request is throttled."}
	}
	target, isAPI := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	switch {
	case !isAPI && r.Method == http.MethodPost:
		return s.send(path.Base(r.URL.Path), &sendRequest{MessageBody: string(body), MessageGroupID: r.URL.Query().Get("MessageGroupId"),
			MessageDeduplicationID: r.URL.Query().Get("MessageDeduplicationId")})
	case !isAPI:
		return s.attributes(path.Base(r.URL.Path))
	}
	var asked struct {
		sendRequest
		QueueURL  string        `json:"QueueUrl"`
		QueueName string        `json:"QueueName"`
		Entries   []sendRequest `json:"Entries"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, &sqsError{"InvalidParameterValue", "the request is no JSON: " + err.Error()}
	}
	name := path.Base(asked.QueueURL)
	switch target {
	case "SendMessage":
		return s.send(name, &asked.sendRequest)
	case "SendMessageBatch":
		return s.sendBatch(name, asked.Entries)
	case "GetQueueUrl":
		return map[string]string{"QueueUrl": "http://" + r.Host + "/" + accountID + "/" + asked.QueueName}, nil
	case "GetQueueAttributes":
		counts, err := s.attributes(name)
		return map[string]any{"Attributes": counts}, err
	}
	return nil, &sqsError{"UnsupportedOperation", fmt.Sprintf("%s is not imitated here", target)}
}

// sendRequest is a message as a sender writes it.
type sendRequest struct {
	ID                     string               `json:"Id"` // of an entry in a batch
	MessageBody            string               `json:"MessageBody"`
	MessageAttributes      map[string]attribute `json:"MessageAttributes"`
	MessageGroupID         string               `json:"MessageGroupId"`
	MessageDeduplicationID string               `json:"MessageDeduplicationId"`
	DelaySeconds           int                  `json:"DelaySeconds"`
}

// sendAnswer is what a sender is told.
type sendAnswer struct {
	ID                     string `json:"Id,omitempty"`
	MessageID              string `json:"MessageId"`
	MD5OfMessageBody       string `json:"MD5OfMessageBody"`
	MD5OfMessageAttributes string `json:"MD5OfMessageAttributes,omitempty"`
	SequenceNumber         string `json:"SequenceNumber,omitempty"`
}

func (s *SQS) send(name string, asked *sendRequest) (*sendAnswer, error) {
	if err := asked.check(strings.HasSuffix(name, ".fifo")); err != nil {
		return nil, err
	}
	q, err := s.find(name)
	if err != nil {
		return nil, err
	}
	m := &queued{id: s.opts.NewID(), body: asked.MessageBody, attributes: asked.MessageAttributes, group: asked.MessageGroupID, dedup: asked.MessageDeduplicationID}
	if !q.add(m, s.opts.Now(), time.Duration(asked.DelaySeconds)*time.Second) {
		return nil, &sqsError{"OverLimit", fmt.Sprintf("the queue has %d messages already", maxQueued)}
	}
	return &sendAnswer{asked.ID, m.id, md5Of(m.body), md5OfAttributes(m.attributes), m.sequence}, nil
}

// check tells what is wrong with a message.
func (a *sendRequest) check(fifo bool) error {
	size := len(a.MessageBody)
	for name, value := range a.MessageAttributes {
		size += len(name) + len(value.DataType) + len(value.BinaryValue)
		if value.StringValue != nil {
			size += len(*value.StringValue)
		}
	}
	switch {
	case a.MessageBody == "":
		return &sqsError{"MissingParameter", "The request must contain the parameter MessageBody."}
	case size > maxMessageBytes:
		return &sqsError{"InvalidParameterValue", fmt.Sprintf("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", maxMessageBytes)}
	case fifo && a.MessageGroupID == "":
		return &sqsError{"MissingParameter", "The request must contain the parameter MessageGroupId."}
	case a.DelaySeconds < 0 || a.DelaySeconds > maxDelay:
		return &sqsError{"InvalidParameterValue", fmt.Sprintf("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= %d.", a.DelaySeconds, maxDelay)}
	}
	return nil
}

// sendBatch sends several messages, of which each may fail alone.
func (s *SQS) sendBatch(name string, entries []sendRequest) (any, error) {
	switch {
	case len(entries) == 0:
		return nil, &sqsError{"AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."}
	case len(entries) > maxBatchEntries:
		return nil, &sqsError{"AWS.SimpleQueueService.TooManyEntriesInBatchRequest", fmt.Sprintf("Maximum number of entries per request are %d.", maxBatchEntries)}
	}
	type failure struct {
		ID          string `json:"Id"`
		Code        string `json:"Code"`
		Message     string `json:"Message"`
		SenderFault bool   `json:"SenderFault"`
	}
	var answer struct {
		Successful []*sendAnswer `json:"Successful"`
		Failed     []failure     `json:"Failed,omitempty"`
	}
	for i := range entries {
		sent, err := s.send(name, &entries[i])
		if known, ok := errors.AsType[*sqsError](err); ok {
			answer.Failed = append(answer.Failed, failure{entries[i].ID, known.Code, known.Message, true})
			continue
		}
		answer.Successful = append(answer.Successful, sent)
	}
	return &answer, nil
}

// attributes are those of a queue that tell how many messages there are. The dead ones are ours.
func (s *SQS) attributes(name string) (map[string]string, error) {
	q, err := s.find(name)
	if err != nil {
		return nil, err
	}
	waiting, hidden, dead := q.counts(s.opts.Now())
	return map[string]string{
		"ApproximateNumberOfMessages":           fmt.Sprint(waiting),
		"ApproximateNumberOfMessagesNotVisible": fmt.Sprint(hidden),
		"DeadLetters":                           fmt.Sprint(dead),
	}, nil
}

func (s *SQS) find(name string) (*queue, error) {
	if name == "" || name == "." || name == "/" || len(name) > 80 {
		return nil, &sqsError{"AWS.SimpleQueueService.NonExistentQueue", "give the queue a name of at most 80 characters: /QUEUE, or in QueueUrl"}
	}
	q := s.queue(name)
	if q == nil {
		return nil, &sqsError{"OverLimit", fmt.Sprintf("there are %d queues already, or the platform is shutting down", maxQueues)}
	}
	return q, nil
}

// sqsRefuse tells a client of an error as the AWS JSON protocol does.
func sqsRefuse(w http.ResponseWriter, err error) {
	known, ok := errors.AsType[*sqsError](err)
	if !ok {
		known = &sqsError{"InternalFailure", err.Error()}
	}
	w.Header().Set("X-Amzn-Query-Error", known.Code+";Sender")
	answerJSON(w, http.StatusBadRequest, map[string]string{"__type": "com.amazonaws.sqs#" + known.Code, "message": known.Message})
}
