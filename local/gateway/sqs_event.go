package gateway

import (
	"crypto/md5" //nolint:gosec // what SQS tells of bodies, against transmission errors
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/patchbay-go/patchbay/local"
)

// sqsRecords is the event of a batch.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
type sqsRecords struct {
	Records []sqsRecord `json:"Records"`
}

type sqsRecord struct {
	MessageID              string                     `json:"messageId"`
	ReceiptHandle          string                     `json:"receiptHandle"`
	Body                   string                     `json:"body"`
	Attributes             map[string]string          `json:"attributes"`
	MessageAttributes      map[string]recordAttribute `json:"messageAttributes"`
	MD5OfMessageAttributes string                     `json:"md5OfMessageAttributes,omitempty"`
	MD5OfBody              string                     `json:"md5OfBody"`
	EventSource            string                     `json:"eventSource"`
	EventSourceARN         string                     `json:"eventSourceARN"`
	AWSRegion              string                     `json:"awsRegion"`
}

type recordAttribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues []string `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

// An attribute is one that a sender gives a message, as SQS's API writes it.
type attribute struct {
	DataType    string  `json:"DataType"`
	StringValue *string `json:"StringValue,omitempty"`
	BinaryValue []byte  `json:"BinaryValue,omitempty"`
}

// sqsEvent makes the event of a batch.
func sqsEvent(q *queue, batch []delivery) sqsRecords {
	var records sqsRecords
	for _, d := range batch {
		records.Records = append(records.Records, q.record(d))
	}
	return records
}

// record makes the record of a message.
func (q *queue) record(m delivery) sqsRecord {
	r := sqsRecord{
		MessageID: m.id, ReceiptHandle: m.receipt, Body: m.body, MD5OfBody: md5Of(m.body), MD5OfMessageAttributes: md5OfAttributes(m.attributes),
		EventSource: "aws:sqs", EventSourceARN: "arn:aws:sqs:" + region + ":" + accountID + ":" + q.name, AWSRegion: region,
		Attributes: map[string]string{
			"ApproximateReceiveCount":          strconv.Itoa(m.receives),
			"SentTimestamp":                    strconv.FormatInt(m.sentAt.UnixMilli(), 10),
			"SenderId":                         accountID,
			"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.firstReceived.UnixMilli(), 10),
		},
		MessageAttributes: map[string]recordAttribute{},
	}
	if q.fifo {
		r.Attributes["SequenceNumber"] = m.sequence
		r.Attributes["MessageDeduplicationId"] = m.dedup
	}
	if m.group != "" {
		r.Attributes["MessageGroupId"] = m.group
	}
	for name, a := range m.attributes {
		r.MessageAttributes[name] = recordAttribute{
			StringValue: a.StringValue, BinaryValue: a.BinaryValue, DataType: a.DataType, StringListValues: []string{}, BinaryListValues: []string{},
		}
	}
	return r
}

// eventFrame is more than what an event has around its records.
const eventFrame = 64

// recordSize is how many bytes the record of a message has in an event, at most: ids and times are not known yet when it is asked for.
func (q *queue) recordSize(m *queued) int {
	const unknown = 256
	text, err := encode(q.record(delivery{queued: m}))
	if err != nil {
		return local.MaxPayload // never: a record is text and numbers
	}
	return len(text) + unknown
}

func md5Of(text string) string {
	return fmt.Sprintf("%x", md5.Sum([]byte(text))) //nolint:gosec // as above
}

// md5OfAttributes is the sum over names, types and values; empty, where there are no attributes.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
func md5OfAttributes(attributes map[string]attribute) string {
	if len(attributes) == 0 {
		return ""
	}
	sum := md5.New() //nolint:gosec // as above
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		addPart(sum, name)
		addPart(sum, a.DataType)
		if strings.HasPrefix(a.DataType, "Binary") {
			_, _ = sum.Write([]byte{2}) // a hash takes everything
			addPart(sum, string(a.BinaryValue))
			continue
		}
		_, _ = sum.Write([]byte{1}) // as above
		if a.StringValue != nil {
			addPart(sum, *a.StringValue)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// addPart adds a text with its length before it.
func addPart(sum hash.Hash, text string) {
	_, _ = sum.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) // as above
	_, _ = io.WriteString(sum, text)                                        // as above
}
