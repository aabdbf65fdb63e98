package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// The quotas of Pub/Sub: a call, and the messages in it.
const (
	maxPublishBytes    = 10 << 20
	maxPublishMessages = 1000
)

// pubsubNames are the addresses of the REST API that are imitated.
// https://cloud.google.com/pubsub/docs/reference/rest
var pubsubNames = regexp.MustCompile(`^/v1/(projects/[^/]{1,255}/(topics|subscriptions)/[^/:]{1,255})(:publish)?$`)

// A pubsubError is one as Google's APIs tell it.
type pubsubError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Status  string `json:"status"`
}

func (e *pubsubError) Error() string { return e.Message }

func invalid(format string, args ...any) *pubsubError {
	return &pubsubError{http.StatusBadRequest, fmt.Sprintf(format, args...), "INVALID_ARGUMENT"}
}

// ServeHTTP takes calls of Pub/Sub's REST API: PUT of a topic, which needs no making here; PUT and DELETE of a subscription with a
// pushConfig; and topics.publish.
func (p *PubSub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPublishBytes+maxPublishBytes/2)) // data is in base64
	if err != nil {
		pubsubRefuse(w, invalid("the request is too large"))
		return
	}
	answer, failed := p.call(r, body)
	if failed != nil {
		pubsubRefuse(w, failed)
		return
	}
	answerJSON(w, http.StatusOK, answer)
}

func (p *PubSub) call(r *http.Request, body []byte) (any, *pubsubError) {
	if p.opts.Faults.Throttle() {
		return nil, &pubsubError{http.StatusTooManyRequests, "Quota exceeded.", "RESOURCE_EXHAUSTED"}
	}
	parts := pubsubNames.FindStringSubmatch(r.URL.Path)
	if parts == nil {
		return nil, &pubsubError{http.StatusNotFound, "here are /v1/projects/P/topics/T, .../topics/T:publish and .../subscriptions/S", "NOT_FOUND"}
	}
	name, isTopic, publish := parts[1], parts[2] == "topics", parts[3] != ""
	switch {
	case isTopic && publish && r.Method == http.MethodPost:
		return p.publish(name, body)
	case isTopic && !publish && r.Method == http.MethodPut:
		return map[string]string{"name": name}, nil
	case !isTopic && !publish && r.Method == http.MethodPut:
		return p.subscribe(name, body)
	case !isTopic && !publish && r.Method == http.MethodDelete:
		return p.unsubscribe(name)
	}
	return nil, &pubsubError{http.StatusNotImplemented, r.Method + " is not imitated here", "UNIMPLEMENTED"}
}

// publish takes messages, all or none but for what a full subscription does not take.
func (p *PubSub) publish(topic string, body []byte) (any, *pubsubError) {
	var asked struct {
		Messages []struct {
			Data        []byte            `json:"data"`
			Attributes  map[string]string `json:"attributes"`
			OrderingKey string            `json:"orderingKey"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, invalid("the request is no list of messages: %v", err)
	}
	if n := len(asked.Messages); n == 0 || n > maxPublishMessages {
		return nil, invalid("give 1 to %d messages, not %d", maxPublishMessages, n)
	}
	for i, m := range asked.Messages {
		if len(m.Data) == 0 && len(m.Attributes) == 0 {
			return nil, invalid("message %d: each message must contain either non-empty data, or at least one attribute", i)
		}
	}
	subscriptions := p.to(topic)
	if subscriptions == nil {
		return nil, &pubsubError{http.StatusTooManyRequests, fmt.Sprintf("there are %d topics already", maxSubscriptions), "RESOURCE_EXHAUSTED"}
	}
	ids := make([]string, len(asked.Messages))
	for i, m := range asked.Messages {
		message := &pubsubMessage{
			Data: m.Data, Attributes: m.Attributes, OrderingKey: m.OrderingKey, MessageID: p.opts.NewID(),
			PublishTime: p.opts.Now().UTC().Format(time.RFC3339Nano),
		}
		ids[i] = message.MessageID
		for _, s := range subscriptions {
			if !s.add(message) {
				return nil, &pubsubError{http.StatusTooManyRequests, "subscription " + s.name + " takes no more messages", "RESOURCE_EXHAUSTED"}
			}
		}
	}
	return map[string][]string{"messageIds": ids}, nil
}

// pushConfig says where a subscription pushes to, and in which form.
type pushConfig struct {
	PushEndpoint string `json:"pushEndpoint"`
	NoWrapper    *struct {
		WriteMetadata bool `json:"writeMetadata"`
	} `json:"noWrapper,omitempty"`
}

// subscribe makes a subscription.
func (p *PubSub) subscribe(name string, body []byte) (any, *pubsubError) {
	var asked struct {
		Topic                 string     `json:"topic"`
		PushConfig            pushConfig `json:"pushConfig"`
		EnableMessageOrdering bool       `json:"enableMessageOrdering"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, invalid("the request is no subscription: %v", err)
	}
	endpoint, err := url.Parse(asked.PushConfig.PushEndpoint)
	if err != nil || endpoint.Scheme != "http" && endpoint.Scheme != "https" || endpoint.Host == "" {
		return nil, invalid("pushConfig.pushEndpoint %q: here are push subscriptions only, to http:// or https://", asked.PushConfig.PushEndpoint)
	}
	if !pubsubNames.MatchString("/v1/"+asked.Topic) || !strings.Contains(asked.Topic, "/topics/") {
		return nil, invalid("topic %q: want projects/P/topics/T", asked.Topic)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.subscriptions[name] != nil:
		return nil, &pubsubError{http.StatusConflict, "Resource already exists in the project (resource=" + name + ").", "ALREADY_EXISTS"}
	case len(p.subscriptions) >= maxSubscriptions:
		return nil, &pubsubError{http.StatusTooManyRequests, fmt.Sprintf("there are %d subscriptions already", maxSubscriptions), "RESOURCE_EXHAUSTED"}
	}
	s := p.newSubscription(name, asked.Topic)
	s.config, s.ordered, s.push = asked.PushConfig, asked.EnableMessageOrdering, s.post
	p.subscriptions[name] = s
	return map[string]any{"name": name, "topic": s.topic, "pushConfig": s.config, "enableMessageOrdering": s.ordered, "state": "ACTIVE"}, nil
}

// unsubscribe ends a subscription. What was published to it is not pushed again.
func (p *PubSub) unsubscribe(name string) (any, *pubsubError) {
	p.mu.Lock()
	s := p.subscriptions[name]
	delete(p.subscriptions, name)
	p.mu.Unlock()
	if s == nil {
		return nil, &pubsubError{http.StatusNotFound, "Resource not found (resource=" + name + ").", "NOT_FOUND"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleted = true
	return struct{}{}, nil
}

func pubsubRefuse(w http.ResponseWriter, e *pubsubError) {
	answerJSON(w, e.Code, map[string]*pubsubError{"error": e})
}
