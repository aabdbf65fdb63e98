package backend

import (
	"context"
	"log/slog"

	goredis "github.com/redis/go-redis/v9"

	"github.com/patchbay-go/patchbay/adapters/redis"
)

// silent is for the log that all Redis clients of a process share, which goes to standard error by itself.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func openRedis(ctx context.Context, location string, logger *slog.Logger) (Bus, error) {
	if _, err := parseServer(location, busForms); err != nil {
		return nil, err
	}
	goredis.SetLogger(silent{}) // what matters is in the error, or told to the logger
	bus, err := redis.Open(ctx, location, &redis.Options{Logger: logger})
	if err != nil {
		return nil, err // a nil *redis.Bus would be no nil Bus
	}
	return bus, nil
}
