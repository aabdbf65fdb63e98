package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchbay-go/patchbay/core/value"
)

// An amfPoll is a consumer that polls.
type amfPoll struct {
	consumer
	asking *commandMessage // the poll that has no answer yet: asked once more, it gets the same messages
}

var _ link = (*amfPoll)(nil)

// open implements link.
func (p *amfPoll) open(ctx context.Context) error {
	if p.subscribed {
		return p.resume(ctx)
	}
	p.asking = nil // it was asked in another session
	if err := p.begin(ctx); err != nil {
		return err
	}
	return p.forgotten(p.subscribe(ctx))
}

// resume connects anew in the same session, where the server still knows that.
func (p *amfPoll) resume(ctx context.Context) error {
	p.received.anew()
	ack, err := p.client.send(ctx, command(pingCommand, "", nil, p.headers))
	if err != nil {
		return err
	}
	if before, _ := p.headers.Get(sessionHeader); ack.isOther(before) {
		return p.beginAnew(errors.New("it gives another one"))
	}
	return nil
}

// pollInterval is how long after an empty answer's question the next one comes. A server that lets polls wait is asked at once.
const pollInterval = time.Second

// next implements link. It returns after one poll, and the time until the next one is due.
func (p *amfPoll) next(ctx context.Context) ([]*Message, error) {
	if p.asking == nil {
		p.asking = command(pollCommand, "", nil, p.headers)
	}
	asked := time.Now()
	ack, err := p.client.send(ctx, p.asking)
	if err != nil {
		if _, lost := errors.AsType[*ConnectionError](err); !lost {
			p.asking = nil
		}
		if err := p.leftOut(p.forgotten(err)); err != nil {
			return nil, err
		}
		return nil, sleep(ctx, pollInterval)
	}
	p.asking = nil
	messages, err := p.read(ack)
	if len(messages) > 0 || err != nil {
		return messages, err
	}
	return nil, sleep(ctx, pauseAfter(ack, time.Since(asked)))
}

// pollWaitHeader says when the next poll is wanted: BlazeDS, CommandMessage.
const pollWaitHeader = "DSPollWait"

// pauseAfter returns how long to wait after an empty answer that took some time: what it says, where it does.
func pauseAfter(ack *acknowledgement, took time.Duration) time.Duration {
	wait, _ := ack.Headers.Get(pollWaitHeader)
	ms := -1.0
	switch wait := wait.(type) {
	case int32:
		ms = float64(wait)
	case int:
		ms = float64(wait)
	case float64:
		ms = wait
	}
	if ms >= 0 {
		return time.Duration(min(ms, float64(longestPause/time.Millisecond)) * float64(time.Millisecond))
	}
	return pollInterval - took
}

// read reads the messages of an answer.
func (p *amfPoll) read(ack *acknowledgement) ([]*Message, error) {
	var list []value.Late
	if err := ack.Body.Bind(&list); err != nil {
		return nil, fmt.Errorf("read the answer to a poll: %w", err)
	}
	var messages []*Message
	for i := range list {
		m, err := p.receive(list[i])
		if err != nil {
			return messages, err
		}
		if m != nil {
			messages = append(messages, m)
		}
	}
	return messages, nil
}
