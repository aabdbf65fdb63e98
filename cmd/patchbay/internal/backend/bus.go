package backend

import (
	"context"
	"io"
	"log/slog"

	"github.com/patchbay-go/patchbay/core"
)

// A Bus is a core.Bus that holds a connection.
type Bus interface {
	core.Bus
	io.Closer
}

const busForms = "redis://USER:PASSWORD@HOST:PORT, rediss://..., postgres://USER:PASSWORD@HOST/DATABASE, " + pubSubForm

// OpenBus opens the bus at a location. What goes wrong with it later it logs. The error is as that of OpenStore.
func OpenBus(ctx context.Context, location string, logger *slog.Logger) (Bus, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch scheme(location) {
	case "redis", "rediss":
		return openRedis(ctx, location, logger)
	case "postgres", "postgresql":
		return openPostgresBus(ctx, location, logger)
	case "pubsub":
		return openPubSub(ctx, location, logger)
	}
	return nil, wrong(location, "no such bus; there are %s", busForms)
}
