package lambda

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// serveQueue takes the records of an SQS queue, in order, and answers which have failed, so that only those come again: "Implementing
// partial batch responses". In a FIFO queue whatever stands behind a failure in its group fails as well, or it would overtake. The
// event source mapping must have ReportBatchItemFailures among its response types; without it SQS deletes the whole batch.
func (a *App) serveQueue(ctx context.Context, e *event) ([]byte, error) {
	var failed []string
	stuck := map[string]bool{}
	err := elements(e.records, func(v jsontext.Value) error {
		r, err := readQueueRecord(v)
		if err != nil {
			return err
		}
		if r.Group != "" && stuck[r.Group] {
			failed = append(failed, r.ID)
			return nil
		}
		// A notification's id is the topic's; what fails is told by the queue's.
		receipt := r.ID
		if err := r.unwrapNotification(); err != nil {
			return err
		}
		if err := a.take(ctx, r); err != nil {
			a.log.ErrorContext(ctx, "record failed", "from", r.From, "id", receipt, "error", err)
			failed, stuck[r.Group] = append(failed, receipt), true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read records of SQS: %w", err)
	}
	return batchFailures(failed), nil
}

// batchFailures is the answer that names what has failed.
func batchFailures(ids []string) []byte {
	b := []byte(`{"batchItemFailures":[`)
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(append(b, `{"itemIdentifier":`...), id), '}')
	}
	return append(b, "]}"...)
}

func readQueueRecord(v jsontext.Value) (*Record, error) {
	r := &Record{Raw: []byte(v), Attributes: map[string]string{}}
	err := members(v, func(name []byte, v jsontext.Value) error {
		switch string(name) {
		case "messageId":
			r.ID = text(v)
		case "body":
			r.Body = []byte(text(v))
		case "eventSourceARN":
			r.From = "sqs:" + nameInARN(text(v))
		case "attributes":
			return members(v, r.readGroup)
		case "messageAttributes":
			return members(v, r.readQueueAttribute)
		}
		return nil
	})
	return r, err
}

func (r *Record) readGroup(name []byte, v jsontext.Value) error {
	if string(name) == "MessageGroupId" {
		r.Group = text(v)
	}
	return nil
}

// readQueueAttribute keeps an attribute as a text: bytes are in base64.
func (r *Record) readQueueAttribute(name []byte, v jsontext.Value) error {
	return members(v, func(member []byte, v jsontext.Value) error {
		if (string(member) == "stringValue" || string(member) == "binaryValue") && !isAbsent(v) {
			r.Attributes[string(name)] = text(v)
		}
		return nil
	})
}

// nameInARN returns the last part of an ARN, which is a queue's or a topic's name.
func nameInARN(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }
