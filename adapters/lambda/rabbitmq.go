package lambda

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// serveRabbit takes the messages of an Amazon MQ broker for RabbitMQ: "Processing messages from RabbitMQ". One that fails fails the
// invocation, and then all come again. RabbitMQ gives messages no ids: what its publisher has not given one may be published twice.
func (a *App) serveRabbit(ctx context.Context, e *event) ([]byte, error) {
	var records []*Record
	err := members(e.queues, func(queue []byte, list jsontext.Value) error {
		name, _, _ := strings.Cut(string(queue), "::") // behind it stands the virtual host
		return elements(list, func(v jsontext.Value) error {
			r, err := readRabbit(v)
			if err != nil {
				return err
			}
			r.From = "rmq:" + name
			r.ID = string(queue) + "/" + r.ID // of another queue it is another message: publishers count for themselves
			records = append(records, r)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read messages of RabbitMQ: %w", err)
	}
	return a.takeAll(ctx, records)
}

func readRabbit(v jsontext.Value) (*Record, error) {
	r := &Record{Raw: []byte(v), Attributes: map[string]string{}}
	err := members(v, func(name []byte, v jsontext.Value) (err error) {
		switch string(name) {
		case "data":
			r.Body, err = base64.StdEncoding.DecodeString(text(v))
		case "basicProperties":
			err = members(v, r.readProperty)
		}
		return err
	})
	if r.ID == "" {
		r.ID = rand.Text()
	}
	return r, err
}

func (r *Record) readProperty(name []byte, v jsontext.Value) error {
	switch string(name) {
	case "messageId":
		r.ID = text(v)
	case "headers":
		return members(v, func(name []byte, v jsontext.Value) error {
			s, err := rabbitText(v)
			r.Attributes[string(name)] = s
			return err
		})
	}
	return nil
}

// rabbitText returns a header's value as a text. Texts come as {"bytes": [...]}; of numbers and truth values it is how they are written.
func rabbitText(v jsontext.Value) (string, error) {
	switch v.Kind() {
	case '"':
		return text(v), nil
	case '{':
		var b []byte
		err := members(v, func(name []byte, v jsontext.Value) error {
			if string(name) != "bytes" {
				return nil
			}
			return elements(v, func(v jsontext.Value) error {
				b = append(b, byte(whole(v)))
				return nil
			})
		})
		return string(b), err
	}
	return string(v), nil
}
