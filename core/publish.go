package core

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
)

// A Publication is what is to be published.
type Publication struct {
	Topic Topic
	// Subtopics are several to publish to at once, in place of Topic's; each subscription gets the message once.
	Subtopics []string
	// Body is any Go value, or a value.Packed or value.Late that came by some protocol and passes unread.
	Body    any
	Headers map[string]any // plain data, as Client.Set takes it; selectors look at these
	TTL     time.Duration  // zero: the destination's

	// ID makes a publish that is tried again within ten minutes, since it is in doubt, one message; at most 256 bytes. It costs a
	// write more.
	ID string
	// MessageID is the message's id where no ID is given, as Flex clients choose it; nothing is compared by it. Default: a new one.
	MessageID string
	// CorrelationID goes along as it is; nil: none. That of a Flex Producer is empty unless the application sets it.
	CorrelationID *string
	// Publisher is the connection that publishes, for protocols that leave it out of those who get the message.
	Publisher *Connection
}

const maxMessageID = 256 // bytes

// ViaHeader is the header that a message has which came over a bridge: the names of the deployments that it has passed, separated by
// commas, so that it goes round in no ring. Only the application itself publishes with it: a caller's message that had it would
// not be bridged.
const ViaHeader = "patchbay-via"

// Publish publishes for a caller or, with a nil call, for the application itself, which may do anything. When it returns without
// an error the message is in the log and will be delivered to whom the delivery promise (docs/delivery.md) names. The faults are those of
// authorisation, NotFound for a destination that there is not, Invalid and TooLarge for a message that cannot be, Exhausted for a caller
// who is too fast; any other leaves open whether it was published, and ID makes it safe to try again. Where the destination's throttle
// says so a message is dropped without a fault.
func (s *ChannelSet) Publish(ctx context.Context, call *Call, p *Publication) (*Message, error) {
	logs, err := s.mustLogsOf(p.Topic.Destination)
	if err != nil {
		return nil, err
	}
	d := logs.destination
	subtopics, err := d.subtopicsOf(p)
	if err != nil {
		return nil, err
	}
	if err := d.allowPublish(ctx, call, subtopics); err != nil {
		return nil, err
	}
	if _, forged := p.Headers[ViaHeader]; forged && call != nil {
		return nil, Invalid.Errorf("A message cannot be published with the header %s.", ViaHeader)
	}
	m, err := s.newMessage(d, p, subtopics)
	if err != nil {
		return nil, err
	}
	dropped, err := logs.throttleIn(call, p.Publisher)
	if err != nil || dropped {
		return m, err
	}
	if _, err := logs.load(ctx); err != nil {
		return nil, err
	}
	copies := copiesByShard(m, d.Shards)
	shards := slices.Sorted(maps.Keys(copies))
	for _, shard := range shards {
		l := logs.log(shard)
		if err := l.beginBridges(ctx); err != nil {
			return nil, err
		}
		if err := l.publishCopy(ctx, copies[shard], p.ID); err != nil {
			return nil, err
		}
	}
	// It stands: what fails from here on is made good by the next publish or the sweep.
	for _, shard := range shards {
		logs.log(shard).follow(ctx)
	}
	return m, nil
}

// allowPublish is the fault for a caller who may not publish to all of these subtopics; none: to the destination alone.
func (d *Destination) allowPublish(ctx context.Context, call *Call, subtopics []string) error {
	if len(subtopics) == 0 {
		subtopics = noSubtopic
	}
	for _, subtopic := range subtopics {
		if err := d.Publish.allow(ctx, call, Topic{d.Name, subtopic}); err != nil {
			return err
		}
	}
	return nil
}

// publishCopy appends a message to one log.
func (l *log) publishCopy(ctx context.Context, m *Message, id string) error {
	var w formWriter
	w.envelope(m)
	headers, mostHeaders := len(w.b), l.set.opts.Limits.MessageHeaders
	w.most = headers + mostHeaders
	err := w.plainMap(m.Headers, 0)
	switch {
	case len(w.b)-headers > mostHeaders:
		return TooLarge.Errorf("The headers of the message have more than %d bytes.", mostHeaders)
	case len(w.b) > l.destination.MaxMessage:
		return TooLarge.Errorf("The message has more than %d bytes.", l.destination.MaxMessage)
	case err != nil:
		return err
	case id != "":
		return l.publishOnce(ctx, m, id)
	}
	return l.publish(ctx, m, len(w.b))
}

// subtopicsOf returns the subtopics that p names, each once.
func (d *Destination) subtopicsOf(p *Publication) ([]string, error) {
	list := p.Subtopics
	if len(list) == 0 && p.Topic.Subtopic != "" {
		list = []string{p.Topic.Subtopic}
	}
	if len(list) > maxSubtopics {
		return nil, TooLarge.Errorf("A message has more than %d subtopics.", maxSubtopics)
	}
	var subtopics []string
	for _, subtopic := range list {
		if err := d.checkSubtopic(subtopic, false); err != nil {
			return nil, err
		}
		if subtopic != "" && !slices.Contains(subtopics, subtopic) {
			subtopics = append(subtopics, subtopic)
		}
	}
	return subtopics, nil
}

func (s *ChannelSet) newMessage(d *Destination, p *Publication, subtopics []string) (*Message, error) {
	now := s.Now()
	m := &Message{
		ID: p.ID, Destination: d.Name, Subtopics: subtopics, Headers: p.Headers, CorrelationID: p.CorrelationID,
		Timestamp: now, Expires: now.Add(d.ttl(p.TTL)), publisher: p.Publisher.publisherName(),
	}
	if m.ID == "" {
		m.ID = p.MessageID
	}
	if len(m.ID) > maxMessageID || (m.CorrelationID != nil && len(*m.CorrelationID) > maxMessageID) {
		return nil, TooLarge.Errorf("A message's id has more than %d bytes.", maxMessageID)
	}
	var err error
	if m.ID == "" {
		if m.ID, err = s.newUUID(); err != nil {
			return nil, err
		}
	}
	m.Body, err = s.pack(p.Body)
	return m, err
}

// pack returns a body as it is stored.
func (s *ChannelSet) pack(body any) (value.Packed, error) {
	switch body := body.(type) {
	case value.Packed:
		return body, nil
	case value.Late:
		return body.Pack(s.opts.Limits.Value)
	}
	packed, err := value.PackValue(body, s.opts.Registry, s.opts.Limits.Value)
	if err != nil {
		return nil, fmt.Errorf("pack the body of a message: %w", err)
	}
	return packed, nil
}

// copiesByShard returns the copies of a message by the shards that its subtopics lie in. Each says which subtopics it stands for.
func copiesByShard(m *Message, shards int) map[int]*Message {
	if len(m.Subtopics) == 0 || shards <= 1 {
		m.own = nil
		for i := range m.Subtopics {
			m.own = append(m.own, i)
		}
		return map[int]*Message{shardOfSubtopic("", shards): m}
	}
	copies := map[int]*Message{}
	for i, subtopic := range m.Subtopics {
		shard := shardOfSubtopic(subtopic, shards)
		if copies[shard] == nil {
			c := *m
			c.own = nil
			copies[shard] = &c
		}
		copies[shard].own = append(copies[shard].own, i)
	}
	return copies
}

// publisherName names a connection in what it publishes: nobody who reads it can tell the client's id from it.
func (c *Connection) publisherName() string {
	if c == nil {
		return ""
	}
	return HashID(c.client.id) + "/" + c.channel
}

// IsFrom reports whether the connection published the message.
func (m *Message) IsFrom(c *Connection) bool {
	return m.publisher != "" && c != nil && m.publisher == c.publisherName()
}
