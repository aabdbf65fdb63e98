package services

import (
	"context"
	"sync"
	"time"

	"github.com/patchbay-go/patchbay/adapters/server"
	"github.com/patchbay-go/patchbay/core"
)

// Serve lets srv serve the set until ctx ends, and the clock go meanwhile: the topic "clock" gets the time each second.
func Serve(ctx context.Context, set *core.ChannelSet, srv *server.Server) error {
	going, cancel := context.WithCancel(ctx)
	var clock sync.WaitGroup
	defer clock.Wait()
	defer cancel()
	clock.Go(func() { runClock(going, set) })
	return srv.Serve(ctx)
}

// runClock publishes the time at each full second, until ctx ends. The body is a date, to the millisecond as AMF has dates.
func runClock(ctx context.Context, set *core.ChannelSet) {
	timer := time.NewTimer(untilNextSecond(set.Now()))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		now := set.Now()
		_, err := set.Publish(ctx, nil, &core.Publication{Topic: core.Topic{Destination: clockTopic}, Body: now.Truncate(time.Millisecond)})
		if err != nil && ctx.Err() == nil {
			set.Logger().WarnContext(ctx, "clock not published", "error", err)
		}
		timer.Reset(untilNextSecond(set.Now()))
	}
}

func untilNextSecond(now time.Time) time.Duration {
	return now.Truncate(time.Second).Add(time.Second).Sub(now)
}
