package redis

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// quiet is how long nothing may come before Redis is asked whether it is still there, and again until its answer is missed.
const quiet = 10 * time.Second

// receive hands on what comes until the Bus is closed. A connection that breaks is made anew.
func (b *Bus) receive(subscription *redis.PubSub) {
	receiving := spell{logger: b.logger, what: "hearing notices"}
	for b.ctx.Err() == nil {
		err := b.hearSome(subscription, &receiving)
		_ = subscription.Close() // it is broken
		if b.ctx.Err() != nil {
			return
		}
		receiving.note(b.ctx, err)
		receiving.rest(b.ctx)
		subscription = b.client.Subscribe(b.ctx, b.channel)
	}
}

// hearSome hands on what comes until that fails. Nothing has to be caught up with: whoever has missed a notice finds what it is about.
func (b *Bus) hearSome(subscription *redis.PubSub, receiving *spell) error {
	stop := context.AfterFunc(b.ctx, func() { _ = subscription.Close() }) // which ends a read that waits
	defer stop()
	asked := false
	for {
		message, err := subscription.ReceiveTimeout(b.ctx, quiet)
		switch {
		case err == nil:
			receiving.note(b.ctx, nil)
			asked = false
			b.take(message)
		case !asked && isTimeout(err):
			if err := subscription.Ping(b.ctx); err != nil {
				return err
			}
			asked = true
		default:
			return err
		}
	}
}

func isTimeout(err error) bool {
	wait, ok := errors.AsType[net.Error](err)
	return ok && wait.Timeout()
}

// take hands on the notices of a message. What else comes are answers to SUBSCRIBE and PING.
func (b *Bus) take(message any) {
	m, ok := message.(*redis.Message)
	if !ok {
		return
	}
	if err := readPayload(m.Payload, b.tell); err != nil {
		b.stats.ignored.Add(1)
	}
}
