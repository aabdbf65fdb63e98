package lambda

import (
	"bytes"
	"context"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// serveTopic takes the records of an SNS topic. One that fails fails the invocation, and then all come again.
func (a *App) serveTopic(ctx context.Context, e *event) ([]byte, error) {
	var records []*Record
	err := elements(e.records, func(v jsontext.Value) error {
		r := &Record{Raw: []byte(v), Attributes: map[string]string{}}
		records = append(records, r)
		return members(v, func(name []byte, v jsontext.Value) error {
			if string(name) == "Sns" {
				return members(v, r.readNotification)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read records of SNS: %w", err)
	}
	return a.takeAll(ctx, records)
}

// readNotification reads a member of a notification, as it stands in an event and, with other members, in the body that a queue gets.
func (r *Record) readNotification(name []byte, v jsontext.Value) error {
	switch string(name) {
	case "MessageId":
		r.ID = text(v)
	case "TopicArn":
		r.From = "sns:" + nameInARN(text(v))
	case "Message":
		r.Body = []byte(text(v))
	case "MessageAttributes":
		return members(v, func(name []byte, v jsontext.Value) error {
			return members(v, func(member []byte, v jsontext.Value) error {
				if string(member) == "Value" {
					r.Attributes[string(name)] = text(v)
				}
				return nil
			})
		})
	}
	return nil
}

// unwrapNotification makes the record of a queue that a topic has written to without raw delivery the topic's own.
func (r *Record) unwrapNotification() error {
	if !bytes.Contains(r.Body, []byte(`"Notification"`)) || !wellFormed(r.Body) || jsontext.Value(r.Body).Kind() != '{' {
		return nil // a look spares reading what is none
	}
	inner := &Record{Attributes: map[string]string{}}
	kind := ""
	err := members(r.Body, func(name []byte, v jsontext.Value) error {
		if string(name) == "Type" {
			kind = text(v)
		}
		return inner.readNotification(name, v)
	})
	if err != nil || kind != "Notification" || inner.From == "" || inner.ID == "" {
		return nil //nolint:nilerr // some other body, which may be no JSON
	}
	r.ID, r.Body, r.Attributes, r.also = inner.ID, inner.Body, inner.Attributes, inner.From
	return nil
}
