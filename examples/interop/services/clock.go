package services

import (
	"context"
	"crypto/sha256"
	"fmt"
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

// runClock publishes the time at each full second, until ctx ends. The body is a date, to the millisecond as AMF has dates. Where several
// instances share a store each has its clock go, and the message's id, which is the same in all of them, makes it one message.
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
		_, err := set.Publish(ctx, nil, &core.Publication{
			Topic: core.Topic{Destination: clockTopic}, Body: now.Truncate(time.Millisecond), ID: idOfSecond(now),
		})
		if err != nil && ctx.Err() == nil {
			set.Logger().WarnContext(ctx, "clock not published", "error", err)
		}
		timer.Reset(untilNextSecond(set.Now()))
	}
}

// idOfSecond is an upper-case UUID, as clients of AMF take ids for.
func idOfSecond(t time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s at %d", clockTopic, t.Round(time.Second).Unix()))
	return fmt.Sprintf("%X-%X-%X-%X-%X", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func untilNextSecond(now time.Time) time.Duration {
	return now.Truncate(time.Second).Add(time.Second).Sub(now)
}
