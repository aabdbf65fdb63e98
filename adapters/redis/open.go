package redis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/patchbay-go/patchbay/core"
)

// timeout bounds one command, and one attempt to connect, where the URL says nothing else.
const timeout = 2 * time.Second

// Open returns a Bus over the Redis at a URL: redis://USER:PASSWORD@HOST:PORT, rediss:// for TLS, or unix://USER:PASSWORD@/PATH, with user and
// password where it wants them. Before it returns it has connected, subscribed and published, and the error says what of this is refused
// and what to do; a password is in no error. Later failures are no errors, but are logged.
func Open(ctx context.Context, url string, opts *Options) (*Bus, error) {
	o := opts.withDefaults()
	settings, err := settingsOf(url, &o)
	if err != nil {
		return nil, fmt.Errorf("open redis bus: %w", err)
	}
	b := &Bus{
		client: redis.NewClient(settings), channel: o.Prefix + ":notices", logger: o.Logger,
		queue: make(chan core.Notice, o.Queue), hearers: map[int]func(core.Notice){},
	}
	b.ctx, b.end = context.WithCancel(context.WithoutCancel(ctx))
	subscription, err := b.begin(ctx)
	if err != nil {
		b.end()
		return nil, errors.Join(fmt.Errorf("open redis bus at %s: %w%s", settings.Addr, err, advice(err, settings.TLSConfig != nil)), b.client.Close())
	}
	b.work.Go(b.send)
	b.work.Go(func() { b.receive(subscription) })
	return b, nil
}

func settingsOf(text string, o *Options) (*redis.Options, error) {
	settings, err := redis.ParseURL(text)
	if wrong, ok := errors.AsType[*url.Error](err); ok {
		err = wrong.Err // without the URL, which may have a password in it
	}
	if err != nil {
		return nil, fmt.Errorf("%w: want redis://USER:PASSWORD@HOST:PORT, or rediss:// for TLS", err)
	}
	if o.TLS != nil && settings.TLSConfig != nil {
		name := settings.TLSConfig.ServerName
		settings.TLSConfig = o.TLS.Clone()
		if settings.TLSConfig.ServerName == "" {
			settings.TLSConfig.ServerName = name
		}
	}
	for _, d := range []*time.Duration{&settings.DialTimeout, &settings.ReadTimeout, &settings.WriteTimeout} {
		if *d == 0 {
			*d = timeout
		}
	}
	settings.MaxRetries = -1 // what was not taken at once is not worth much any more
	settings.DialerRetries = 1
	settings.ContextTimeoutEnabled = true
	settings.DisableIdentity = true // nobody asks, and old servers answer with an error
	settings.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return settings, nil
}

// begin does once all that the Bus will do.
func (b *Bus) begin(ctx context.Context) (*redis.PubSub, error) {
	if err := b.client.Ping(ctx).Err(); err != nil {
		return nil, err
	}
	subscription := b.client.Subscribe(ctx, b.channel)
	if _, err := subscription.Receive(ctx); err != nil { // that it stands
		return nil, errors.Join(fmt.Errorf("subscribe to %s: %w", b.channel, err), subscription.Close())
	}
	nothing := []byte{payloadForm}
	if err := b.client.Publish(ctx, b.channel, nothing).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("publish to %s: %w", b.channel, err), subscription.Close())
	}
	return subscription, nil
}

// advice says what to do about what Redis, or the way to it, answers.
func advice(err error, encrypted bool) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "NOAUTH"), strings.Contains(text, "WRONGPASS"), strings.Contains(text, "without any password configured"):
		return ": give the user and the password that it wants in the URL, redis://USER:PASSWORD@HOST:PORT"
	case strings.Contains(text, "NOPERM"):
		return ": allow the user this channel, and the commands ping, subscribe and publish (ACL SETUSER)"
	case strings.Contains(text, "certificate"):
		return ": its certificate is not trusted here"
	case encrypted: // a Redis without TLS says nothing to somebody who begins with it
		return ": is it running, does it take connections from here, and does it speak TLS? Without, it is redis://"
	}
	return ": is it running, and does it take connections from here? With TLS, it is rediss://"
}
