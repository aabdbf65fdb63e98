package amf

import (
	"context"
	"math"

	"github.com/patchbay-go/patchbay/core"
	"github.com/patchbay-go/patchbay/core/value"
)

// answerPoll answers a poll: with a CommandMessage whose body is what there is, or with an empty AcknowledgeMessage. One whose place
// another has taken while it waited is answered so that the client does nothing, and does not poll again because of it.
func (s *step) answerPoll(ctx context.Context, b *body, x *exchange, batch *core.Batch) error {
	if batch.Superseded {
		x.request.SetReplyHeader(headerNoOpPoll, true)
	}
	limits := s.set.Limits().Value
	limits.Elements += 2 * s.set.Limits().BatchBytes // each takes a byte at least where it is stored
	err := s.writePoll(b, x, batch, limits)
	if err != nil && len(batch.Deliveries) > 0 {
		batch.Deliveries = s.writable(ctx, b, batch.Deliveries)
		limits.Elements, limits.Bytes = math.MaxInt32, math.MaxInt32
		err = s.writePoll(b, x, batch, limits)
	}
	return s.resultFault(ctx, b, err)
}

func (s *step) writePoll(b *body, x *exchange, batch *core.Batch, limits value.Limits) error {
	a := &s.reply
	shape := commandShape
	if len(batch.Deliveries) == 0 && !batch.Superseded {
		shape = s.shapeFor(b, x)
	}
	a.begin(s, x, shape)
	a.operation, a.destination = CommandClientSync, ""
	if a.clientID == "" {
		a.correlationID = "" // as in BlazeDS: it answers the channel, and no consumer of it
	}
	if len(batch.Deliveries) > 0 {
		s.deliveries.found = batch.Deliveries
		a.body = &s.deliveries
	}
	return s.writeBody(b, onResult, func() error {
		s.encoder.Reset(&s.writer, s.set.Registry(), limits)
		return a.write(&s.encoder)
	})
}

// deliveries is the body of a poll's answer. It is an array and never an ArrayCollection, whatever the options say: a Flex client drops what
// is none. What is in it is never small.
type deliveries struct {
	codec   *codec
	found   []core.Delivery
	message acknowledgement
}

// MarshalTokens implements value.Marshaler.
func (p *deliveries) MarshalTokens(e *value.Encoder) error {
	list := value.Token{Kind: value.KindList, Flag: true, Num: uint64(len(p.found))}
	if err := e.Write(&list); err != nil {
		return err
	}
	for i := range p.found {
		p.message.deliver(p.codec.set, &p.found[i], asyncShape)
		if err := p.message.write(e); err != nil {
			return value.WithinIndex(i, err)
		}
	}
	return e.Write(&value.Token{Kind: value.KindEnd})
}

// writable returns those deliveries that can be written, each for itself and all together, and logs the others. What one publisher has
// made to grow in this format, or for what its consumer's packet has no room, must not keep a client from everything behind it for ever.
func (s *step) writable(ctx context.Context, b *body, found []core.Delivery) (good []core.Delivery) {
	left := s.set.Limits().Value.Bytes
	s.beginAnswer()
	for i := range found {
		start := s.writer.Len()
		s.beginAnswerValue(b.amf3)
		s.deliveries.message.deliver(s.set, &found[i], asyncShape)
		err := safely(func() error { return s.deliveries.message.write(&s.encoder) })
		size := s.writer.Len() - start
		s.writer.Truncate(start)
		if err != nil || size > left {
			s.set.Logger().ErrorContext(ctx, "message cannot be delivered", "destination", found[i].Message.Destination,
				"message", found[i].Message.ID, "bytes", size, "error", err)
			continue
		}
		left -= size
		good = append(good, found[i])
	}
	return good
}
