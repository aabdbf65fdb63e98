package main

import (
	"context"
	"fmt"

	"github.com/patchbay-go/patchbay/core"
)

// The operations that are measured: each is what one request does.
const (
	opPublish     = "publish"
	opIdle        = "idle poll"
	opDeliver     = "poll that delivers 1 message"
	opDeliverTen  = "poll that delivers 10 messages"
	opConfirm     = "poll that confirms"
	opBoth        = "poll that confirms and delivers"
	opCall        = "call without a session"
	opSessionCall = "call in a session"
	opLogin       = "login"
	opAttribute   = "set an attribute"
)

// operations is their order in tables.
var operations = []string{
	opPublish, opIdle, opDeliver, opDeliverTen, opConfirm, opBoth, opCall, opSessionCall, opLogin, opAttribute,
}

const (
	some   = 20  // subscribers, at most, that are measured one after the other
	ten    = 10  // messages of a batch
	evenly = 100 // publishes between two that also raise the log's head hint: as many, or twice as many, have their fair share of that
)

// A session measures the operations of a crowd on one store, one at a time.
type session struct {
	*crowd
	samples map[string][]sample
}

// measureOperations measures each operation at least so many times. Nothing else is under way then.
func (c *crowd) measureOperations(ctx context.Context, atLeast int) ([]figure, error) {
	s := &session{crowd: c, samples: map[string][]sample{}}
	for len(s.samples[opIdle]) < atLeast {
		if err := s.round(ctx); err != nil {
			return nil, err
		}
	}
	for len(s.samples[opPublish])%evenly != 0 {
		if err := s.publish(ctx); err != nil {
			return nil, err
		}
	}
	for len(s.samples[opCall]) < atLeast {
		if err := s.sessionRound(ctx); err != nil {
			return nil, err
		}
	}
	figures := make([]figure, 0, len(operations))
	for _, op := range operations {
		f := figureOf(s.samples[op])
		f.Operation, f.Subscribers = op, len(c.ids)
		figures = append(figures, f)
	}
	return figures, nil
}

// do measures an operation once.
func (s *session) do(ctx context.Context, op string, do func(context.Context) error) error {
	taken, err := measure(ctx, do)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	s.samples[op] = append(s.samples[op], taken)
	return nil
}

func (s *session) publish(ctx context.Context) error {
	return s.do(ctx, opPublish, func(ctx context.Context) error { return publish(ctx, s.set, news) })
}

// round takes some of the crowd through all that can happen to a poll. They begin and end with nothing that waits for them.
func (s *session) round(ctx context.Context) error {
	for _, step := range []struct {
		op            string
		publish, want int
	}{
		{opDeliver, 1, 1},
		{opConfirm, 0, 0},
		{opDeliverTen, ten, ten},
		{opBoth, 1, 1},
		{opConfirm, 0, 0},
		{opIdle, 0, 0},
	} {
		for range step.publish {
			if err := s.publish(ctx); err != nil {
				return err
			}
		}
		for _, id := range s.ids[:min(len(s.ids), some)] {
			if err := s.do(ctx, step.op, func(ctx context.Context) error { return s.poll(ctx, id, step.want) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// sessionRound measures what has nothing to do with messages.
func (s *session) sessionRound(ctx context.Context) error {
	if err := s.do(ctx, opCall, func(ctx context.Context) error { return s.call(ctx, nil) }); err != nil {
		return err
	}
	id, _, err := s.subscribe(ctx, s.end) // somebody whom nobody else counts
	if err != nil {
		return err
	}
	if err := s.do(ctx, opLogin, func(ctx context.Context) error { return s.login(ctx, id) }); err != nil {
		return err
	}
	if err := s.setAttribute(ctx, id); err != nil { // the first time its name is noted too
		return err
	}
	if err := s.do(ctx, opAttribute, func(ctx context.Context) error { return s.setAttribute(ctx, id) }); err != nil {
		return err
	}
	return s.do(ctx, opSessionCall, func(ctx context.Context) error {
		client, _, err := s.set.Load(ctx, channel, id)
		if err != nil {
			return err
		}
		return s.call(ctx, client)
	})
}

func (s *session) call(ctx context.Context, client *core.Client) error {
	_, err := s.set.Invoke(ctx, &core.Call{Service: "echo", Operation: "echo", Args: core.Values(payload), Client: client})
	return err
}

func (s *session) login(ctx context.Context, id string) error {
	client, _, err := s.set.Load(ctx, channel, id)
	if err != nil {
		return err
	}
	return s.set.Login(ctx, client, core.Credentials{User: "u", Password: "p"}, &core.Peer{})
}

func (s *session) setAttribute(ctx context.Context, id string) error {
	client, _, err := s.set.Load(ctx, channel, id)
	if err != nil {
		return err
	}
	return client.Set(ctx, "colour", "blue")
}
