package gateway

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// A pubsubMessage is a message as pushes write it: id and time come in both spellings.
// https://cloud.google.com/pubsub/docs/push#receive_push
type pubsubMessage struct {
	Attributes  map[string]string
	Data        []byte
	MessageID   string
	OrderingKey string
	PublishTime string
}

// pushBody is the body of a wrapped push.
type pushBody struct {
	Message struct {
		Attributes   map[string]string `json:"attributes,omitempty"`
		Data         []byte            `json:"data,omitempty"`
		MessageID    string            `json:"messageId"`
		MessageID2   string            `json:"message_id"`
		OrderingKey  string            `json:"orderingKey,omitempty"`
		PublishTime  string            `json:"publishTime"`
		PublishTime2 string            `json:"publish_time"`
	} `json:"message"`
	Subscription string `json:"subscription"`
}

func (m *pubsubMessage) wrapped(subscription string) *pushBody {
	b := &pushBody{Subscription: subscription}
	b.Message.Attributes, b.Message.Data, b.Message.OrderingKey = m.Attributes, m.Data, m.OrderingKey
	b.Message.MessageID, b.Message.MessageID2 = m.MessageID, m.MessageID
	b.Message.PublishTime, b.Message.PublishTime2 = m.PublishTime, m.PublishTime
	return b
}

// functionSubscription is what the function is told that a topic's subscription is.
func functionSubscription(topic string) string {
	project, name, _ := strings.Cut(topic, "/topics/")
	return project + "/subscriptions/" + name + "-function"
}

// post pushes a message to the subscription's endpoint, which acknowledges it by a status of success.
func (s *subscription) post(ctx context.Context, m *pubsubMessage) error {
	req, err := s.request(ctx, m)
	if err != nil {
		return err
	}
	resp, err := s.door.opts.Client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // for the log
	switch resp.StatusCode {
	case http.StatusProcessing, http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return nil
	}
	return fmt.Errorf("%s: %s: %q", s.config.PushEndpoint, resp.Status, said)
}

// request is a push: wrapped in JSON, or the data as they are, with what else there is in headers where that is wanted.
// https://cloud.google.com/pubsub/docs/payload-unwrapping
func (s *subscription) request(ctx context.Context, m *pubsubMessage) (*http.Request, error) {
	body := m.Data
	if s.config.NoWrapper == nil {
		var err error
		if body, err = encode(m.wrapped(s.name)); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.PushEndpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "CloudPubSub-Google")
	if s.config.NoWrapper == nil {
		req.Header.Set("Content-Type", "application/json")
		return req, nil
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded") // whatever the data are
	if s.config.NoWrapper.WriteMetadata {
		writeMetadata(req.Header, s.name, m)
	}
	return req, nil
}

// writeMetadata writes what a wrapped message tells beside the data, and the attributes under their own names.
func writeMetadata(h http.Header, subscription string, m *pubsubMessage) {
	for name, value := range m.Attributes {
		h.Set(name, value)
	}
	h.Set("X-Goog-Pubsub-Subscription-Name", subscription)
	h.Set("X-Goog-Pubsub-Message-Id", m.MessageID)
	h.Set("X-Goog-Pubsub-Publish-Time", m.PublishTime)
	if m.OrderingKey != "" {
		h.Set("X-Goog-Pubsub-Ordering-Key", m.OrderingKey)
	}
}
